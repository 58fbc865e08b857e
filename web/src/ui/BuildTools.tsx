/** Builders' tools over the scene: undo and redo, and what can be done to the things that are picked or selected. */
import { arrange, duplicate, redo, remove, targets, undo } from "../app/building.ts";
import { useApp } from "../app/useApp.ts";
import type { World } from "../live/World.ts";
import type { Arrangement } from "../net/requests.ts";
import { S } from "../strings.ts";

const QUARTER = 90;
const STEP = 1.15;
const GRID = 0.5;

const ONE: readonly [string, Arrangement][] = [
  [S.build.left, { do: "rotate", degrees: QUARTER }],
  [S.build.right, { do: "rotate", degrees: -QUARTER }],
  [S.build.smaller, { do: "scale", factor: 1 / STEP }],
  [S.build.larger, { do: "scale", factor: STEP }],
  [S.build.snap, { do: "snap", grid: GRID }],
];
const MANY: readonly [string, Arrangement][] = [
  [S.build.row, { do: "align", axis: "z" }],
  [S.build.column, { do: "align", axis: "x" }],
  [S.build.distribute, { do: "distribute", axis: "x" }],
];

export function BuildTools({ world }: { world: World }) {
  const app = useApp();
  world.placements.value; // what is picked may be gone
  const count = targets(app).length;
  const why = app.placeBlock.value;
  const button = (label: string, act: () => Promise<void>, keys?: string) => (
    <button
      key={label}
      type="button"
      class="button small"
      disabled={why !== ""}
      title={why}
      aria-keyshortcuts={keys}
      onClick={() => void act()}
    >
      {label}
    </button>
  );
  const arrangements = count > 1 ? [...MANY, ...ONE] : ONE;
  return (
    <div class="build-tools" role="toolbar" aria-label={S.build.tools}>
      {button(S.build.undo, () => undo(app), "Control+Z")}
      {button(S.build.redo, () => redo(app), "Control+Y")}
      {count > 0 && (
        <>
          {app.view.value === "3d" && app.webgl.value && <Handles />}
          <span role="status" title={S.build.pickHint}>
            {S.build.picked(count)}
          </span>
          {arrangements.map(([label, how]) => button(label, () => arrange(app, how)))}
          {button(S.build.duplicate, () => duplicate(app), "Control+D")}
          {button(S.build.remove, () => remove(app), "Delete")}
        </>
      )}
    </div>
  );
}

/** G, R and S do the same. */
function Handles() {
  const app = useApp();
  return (
    <fieldset class="segments small" aria-label={S.build.handlesOf}>
      {(["translate", "rotate", "scale"] as const).map((mode) => (
        <label key={mode}>
          <input
            type="checkbox"
            checked={app.handles.value === mode}
            onChange={() => {
              app.handles.value = app.handles.value === mode ? undefined : mode;
            }}
          />
          {S.build.handles[mode]}
        </label>
      ))}
    </fieldset>
  );
}
