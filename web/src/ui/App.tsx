/** Join screen or world, and the keys that work everywhere. */
import { useEffect } from "preact/hooks";
import { handleKey } from "../app/keys.ts";
import { useApp } from "../app/useApp.ts";
import { S } from "../strings.ts";
import { Join } from "./Join.tsx";
import { loadScene } from "./loadScene.ts";
import { Mark } from "./Mark.tsx";
import { SignInCard } from "./SignInCard.tsx";
import { WorldScreen } from "./WorldScreen.tsx";

export function App() {
  const app = useApp();
  const world = app.world.value;
  const name = world?.name.value ?? "";
  useEffect(() => {
    document.title = name === "" ? S.title : `${name} · ${S.title}`;
  }, [name]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => handleKey(app, event);
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [app]);
  useEffect(() => void loadScene().catch(() => undefined), []);
  if (world !== undefined) {
    return <WorldScreen world={world} />;
  }
  if (app.starting.value || app.session.link.value === "joining") {
    return <Joining />;
  }
  return app.account.offer.value !== undefined && !app.account.signedIn ? <SignInCard /> : <Join />;
}

function Joining() {
  return (
    <main class="join" aria-busy="true">
      <p class="joining" role="status">
        <Mark />
        {S.join.joining}
      </p>
    </main>
  );
}
