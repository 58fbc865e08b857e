/** The middle: 3D view or plan, with its buttons, hints, the empty state, and the veil while values are frozen. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { VIEWS, type View } from "../app/AppState.ts";
import { useApp } from "../app/useApp.ts";
import { inRows } from "../live/inRows.ts";
import type { World } from "../live/World.ts";
import { ask, refusalText } from "../net/requests.ts";
import { S } from "../strings.ts";
import { BuildTools } from "./BuildTools.tsx";
import { loadScene } from "./loadScene.ts";
import { offersWebGl } from "./offersWebGl.ts";
import { PlacingBar } from "./PlacingBar.tsx";
import { PlanView } from "./PlanView.tsx";
import { WalkPad } from "./WalkPad.tsx";

export function Stage({ world }: { world: World }) {
  const app = useApp();
  const plan = app.view.value === "plan" || !app.webgl.value;
  return (
    <main class="stage">
      {plan ? <PlanView world={world} /> : <LazyScene world={world} key={world.room.roomId} />}
      <div class="stage-tools">
        <ViewSwitch />
        <button
          type="button"
          class="button small"
          onClick={() => {
            app.fit.value++;
          }}
        >
          {S.scene.fit}
        </button>
      </div>
      {!plan && app.view.value === "walk" && <WalkPad />}
      {app.placing.ghost.value === undefined ? app.building.value && <BuildTools world={world} /> : <PlacingBar />}
      <Hints plan={plan} />
      {!app.webgl.value && <p class="stage-note note low">{S.scene.noWebGl}</p>}
      <Empty world={world} />
      <Veil />
    </main>
  );
}

/** three and the 3D view are more than half of the page's code: they come beside it, while the space is being joined. */
function LazyScene({ world }: { world: World }) {
  const app = useApp();
  const [loaded, setLoaded] = useState<{ Scene: ComponentType<{ world: World }> } | undefined>(undefined);
  useEffect(() => {
    if (!offersWebGl()) {
      app.webgl.value = false;
      return;
    }
    loadScene().then(
      ({ Scene3D }) => setLoaded({ Scene: Scene3D }),
      () => app.say(S.errors.outdated),
    );
  }, [app]);
  return loaded === undefined ? <div class="scene" /> : <loaded.Scene world={world} />;
}

const VIEW_NAMES: Record<View, string> = { "3d": S.scene.three, walk: S.scene.walk, plan: S.scene.plan };

function ViewSwitch() {
  const app = useApp();
  const view = app.webgl.value ? app.view.value : "plan";
  return (
    <fieldset class="segments small" aria-label={S.scene.view}>
      {VIEWS.map((option) => (
        <label key={option} title={option !== "plan" && !app.webgl.value ? S.scene.noWebGl : ""}>
          <input
            type="radio"
            name="view"
            checked={view === option}
            disabled={option !== "plan" && !app.webgl.value}
            onChange={() => {
              app.view.value = option;
            }}
          />
          {VIEW_NAMES[option]}
        </label>
      ))}
    </fieldset>
  );
}

function Hints({ plan }: { plan: boolean }) {
  const app = useApp();
  const looking = plan ? S.scene.hintPlan : app.view.value === "walk" ? S.scene.hintWalk : S.scene.hint;
  const hints = app.building.value ? (plan ? S.scene.hintBuildPlan : S.scene.hintBuild) : looking;
  return (
    <p class="hints" aria-hidden="true">
      {hints.map(([key, what]) => (
        <span key={key}>
          <span class="key">{key}</span> {what}
        </span>
      ))}
    </p>
  );
}

function Empty({ world }: { world: World }) {
  const app = useApp();
  if (world.placements.value.length > 0 || world.status.value === "loading") {
    return null;
  }
  const mayBuild = app.placeBlock.value === "";
  return (
    <div class="stage-empty">
      <p>{S.scene.empty}</p>
      <p class="hint">{mayBuild ? S.scene.emptyBuilder : S.scene.emptyOther}</p>
      {mayBuild && world.twinIds.value.length > 0 && <PlaceAll world={world} />}
    </div>
  );
}

/** The quickest way to a first picture: everything in rows, kinds together. */
function PlaceAll({ world }: { world: World }) {
  const app = useApp();
  const [busy, setBusy] = useState(false);
  const ids = world.twinIds.value.filter((id) => id !== world.space);
  const place = async () => {
    setBusy(true);
    const kind = (id: string) => app.modelOf(id)?.label ?? "";
    const answer = await ask(world.room, "placement.add", { items: inRows(ids, kind) });
    setBusy(false);
    if (answer.ok) {
      app.fit.value++;
    } else {
      app.say(refusalText(answer.refusal));
    }
  };
  return (
    <button type="button" class="button primary" disabled={busy} onClick={() => void place()}>
      {busy ? S.catalogue.placing : S.scene.placeAll(ids.length)}
    </button>
  );
}

function Veil() {
  const link = useApp().session.link.value;
  return link === "reconnecting" || link === "lost" ? (
    <div class="veil" role="alert">
      <strong>{S.veil[link]}</strong>
      <span>{S.veil.note}</span>
      {link === "lost" && <small>{S.veil.again}</small>}
    </div>
  ) : null;
}
