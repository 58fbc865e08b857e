/** The space: top bar, twins and catalogue at the left, the scene in the middle, the selected twin at the right. */
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import { S } from "../strings.ts";
import { Announcements } from "./Announcements.tsx";
import { Catalogue } from "./Catalogue.tsx";
import { Inspector } from "./Inspector.tsx";
import { SignInBanner } from "./SignInBanner.tsx";
import { Stage } from "./Stage.tsx";
import { TopBar } from "./TopBar.tsx";
import { TwinList } from "./TwinList.tsx";

export function WorldScreen({ world }: { world: World }) {
  const app = useApp();
  const selected = app.selected.value;
  const up = app.sheetUp.value;
  const classes = [
    "world",
    selected === "" && !app.overview.value ? "" : "inspecting",
    up ? "sheet-up" : "",
    app.connected.value ? "" : "frozen",
  ];
  return (
    <div class={classes.filter(Boolean).join(" ")}>
      <TopBar world={world} />
      {world.status.value === "degraded" && (
        <p class="banner" role="status">
          {S.link.degradedNote}
        </p>
      )}
      <SignInBanner />
      <Announcements world={world} />
      <div class="panes">
        <Stage world={world} />
        <button
          type="button"
          class="sheet-handle"
          aria-expanded={up}
          aria-label={up ? S.sheet.down : S.sheet.up}
          onClick={() => {
            app.sheetUp.value = !up;
          }}
        />
        <aside class="pane left" aria-label={S.list.title}>
          {app.building.value && <Catalogue world={world} />}
          <TwinList world={world} />
        </aside>
        <aside class="pane right" aria-label={S.inspector.title}>
          <Inspector world={world} key={selected} twinId={selected} />
        </aside>
      </div>
      <p class={app.notice.value === "" ? "notice" : "notice shown"} role="status">
        {app.notice.value}
      </p>
    </div>
  );
}
