/** A twin that did not exist: its model and id, placed in the middle of the view. Not the same as placing one that is there. */
import { useState } from "preact/hooks";
import { useApp } from "../app/useApp.ts";
import { freeSpot } from "../live/freeSpot.ts";
import type { World } from "../live/World.ts";
import { ask, type Refusal } from "../net/requests.ts";
import { S } from "../strings.ts";
import { RefusalNote } from "./RefusalNote.tsx";

export function NewTwin({ world }: { world: World }) {
  const app = useApp();
  const why = app.placeBlock.value;
  const [open, setOpen] = useState(false);
  const [modelId, setModelId] = useState("");
  const [twinId, setTwinId] = useState("");
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | undefined>(undefined);
  const models = [...app.models.value.values()].toSorted((a, b) => a.label.localeCompare(b.label));
  const create = async () => {
    setBusy(true);
    const spot = freeSpot(app.centre.value, world.placements.value);
    const id = twinId.trim();
    const request = { modelId, place: { x: spot.x, z: spot.z }, ...(id === "" ? {} : { twinId: id }) };
    const answer = await ask(world.room, "twin.create", request);
    setBusy(false);
    setRefusal(answer.ok ? undefined : answer.refusal);
    if (answer.ok) {
      setOpen(false);
      setTwinId("");
      app.selected.value = answer.value.twinId;
    }
  };
  if (!open) {
    return (
      <button type="button" class="button small" disabled={why !== ""} title={why} onClick={() => setOpen(true)}>
        {S.build.create}
      </button>
    );
  }
  return (
    <form
      class="new-twin"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <select
        required
        aria-label={S.build.model}
        value={modelId}
        onChange={(event) => setModelId(event.currentTarget.value)}
      >
        <option value="">{S.build.model}</option>
        {models.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
      <input
        type="text"
        aria-label={S.build.idLabel}
        placeholder={S.build.id}
        value={twinId}
        onInput={(event) => setTwinId(event.currentTarget.value)}
      />
      <div class="actions">
        <button class="button primary small" type="submit" disabled={busy || modelId === "" || why !== ""} title={why}>
          {S.build.createGo}
        </button>
        <button type="button" class="button small" onClick={() => setOpen(false)}>
          {S.commands.cancel}
        </button>
      </div>
      {refusal && <RefusalNote refusal={refusal} />}
    </form>
  );
}
