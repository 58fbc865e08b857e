/** Where the twin stands: metres, turn and size to type, whether that is saved, and the way out of the space. One per placement. */
import { useState } from "preact/hooks";
import type { Transform } from "../../../src/protocol/names.ts";
import { turnedBy, yawOf } from "../../../src/protocol/turn.ts";
import { visualOf } from "../../../src/protocol/visuals.ts";
import { useApp } from "../app/useApp.ts";
import type { Keyed, PlacementState } from "../live/roomTypes.ts";
import type { World } from "../live/World.ts";
import { ask, refusalText } from "../net/requests.ts";
import { S } from "../strings.ts";
import { LooksEditor } from "./LooksEditor.tsx";
import { PlaceButton } from "./PlaceButton.tsx";

export function PlacementEditor({ world, twinId }: { world: World; twinId: string }) {
  const placements = world.placements.value.filter((placement) => placement.twinId === twinId);
  const model = useApp().modelOf(twinId);
  return (
    <section class="group">
      <h3>{S.inspector.placement}</h3>
      {placements.length === 0 && (
        <div class="unplaced">
          <p class="note">{S.scene.notPlaced}</p>
          <PlaceButton twinId={twinId} modelId={model?.id ?? ""} name={world.twin(twinId)?.$name || twinId} />
        </div>
      )}
      {placements.map((placement) => (
        <Editor key={placement.id} world={world} placement={placement} />
      ))}
      {model !== undefined && <LooksEditor key={model.id} world={world} model={model} />}
    </section>
  );
}

/** What can be typed, with its unit and how many decimals are shown. */
const FIELDS = [
  ["x", S.placement.metre, 2],
  ["y", S.placement.metre, 2],
  ["z", S.placement.metre, 2],
  ["turn", S.placement.degree, 0],
  ["size", S.placement.times, 2],
] as const;
type Field = (typeof FIELDS)[number][0];
type Drafts = Partial<Record<Field, string>>;

function Editor({ world, placement }: { world: World; placement: Keyed<PlacementState> }) {
  const app = useApp();
  const why = app.placeBlock.value;
  const [drafts, setDrafts] = useState<Drafts>({});
  const held = app.mover.value?.held.value;
  const at = held?.id === placement.id ? { ...placement, ...held } : placement;
  const move = (event: Event) => {
    event.preventDefault();
    setDrafts({});
    void app.mover.value?.settle({ id: placement.id, ...moved(at, drafts) });
  };
  const remove = async () => {
    const answer = await ask(world.room, "placement.remove", { placementIds: [placement.id] });
    if (!answer.ok) {
      app.say(refusalText(answer.refusal));
    }
  };
  return (
    <form class="placement" onSubmit={move}>
      <div class="axes">
        {FIELDS.map(([field, unit, decimals]) => (
          <label key={field}>
            <span>{S.placement[field]}</span>
            <input
              type="number"
              step="any"
              name={field}
              required
              disabled={why !== ""}
              value={drafts[field] ?? shown(at, field).toFixed(decimals)}
              onInput={(event) => setDrafts({ ...drafts, [field]: event.currentTarget.value })}
            />
            <small>{unit}</small>
          </label>
        ))}
        <button class="button primary" type="submit" disabled={why !== "" || Object.keys(drafts).length === 0}>
          {S.placement.move}
        </button>
      </div>
      <p class={`save ${placement.status}`} role="status" data-status={placement.status}>
        <span class="dot" aria-hidden="true" /> {S.placement[placement.status]}
        {placement.reason !== "" && <small> · {placement.reason}</small>}
        {placement.by !== "" && <small> · {S.placement.by(placement.by)}</small>}
      </p>
      {placement.heldBy !== "" && held?.id !== placement.id && (
        <p class="note stale" role="status">
          {S.build.heldBy(placement.heldBy)}
        </p>
      )}
      {placement.visual !== "" && <p class="hint">{S.looks.own(visualOf(undefined, placement.visual).shape ?? "")}</p>}
      <p class="hint">{why || S.placement.drag}</p>
      <button
        type="button"
        class="button"
        disabled={why !== ""}
        title={S.placement.removeHint}
        onClick={() => void remove()}
      >
        {S.placement.remove}
      </button>
    </form>
  );
}

function shown(at: Transform, field: Field): number {
  return field === "turn" ? Math.round(yawOf(at)) || 0 : field === "size" ? at.s : at[field];
}

/** Only what was typed: turn and size stay as they are otherwise. */
function moved(at: Transform, { x, y, z, turn, size }: Drafts): Pick<Transform, "x" | "y" | "z"> & Partial<Transform> {
  return {
    x: number(x, at.x),
    y: number(y, at.y),
    z: number(z, at.z),
    ...(turn === undefined ? {} : turnedBy(at, number(turn, yawOf(at)) - yawOf(at))),
    ...(size === undefined ? {} : { s: number(size, at.s) }),
  };
}

function number(draft: string | undefined, otherwise: number): number {
  const value = Number(draft);
  return draft === undefined || draft.trim() === "" || Number.isNaN(value) ? otherwise : value;
}
