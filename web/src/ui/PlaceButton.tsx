/** Puts a twin into the space: in the middle of the view, on the nearest free spot, selected and ready to be dragged. */
import { useState } from "preact/hooks";
import { refusalText } from "../app/AppState.ts";
import { useApp } from "../app/useApp.ts";
import { freeSpot } from "../live/freeSpot.ts";
import type { World } from "../live/World.ts";
import { ask } from "../net/requests.ts";
import { S } from "../strings.ts";

export function PlaceButton({ world, twinId, name }: { world: World; twinId: string; name: string }) {
  const app = useApp();
  const why = app.placeBlock.value;
  const [busy, setBusy] = useState(false);
  const place = async () => {
    setBusy(true);
    const spot = freeSpot(app.centre.value, world.placements.value);
    const answer = await ask(world.room, "placement.add", { items: [{ twinId, x: spot.x, y: 0, z: spot.z }] });
    setBusy(false);
    if (answer.ok) {
      app.selected.value = twinId;
    } else {
      app.say(refusalText(answer.refusal));
    }
  };
  return (
    <button
      type="button"
      class="button small"
      aria-label={S.catalogue.placeNamed(name)}
      disabled={busy || why !== ""}
      title={why}
      onClick={() => void place()}
    >
      {busy ? S.catalogue.placing : S.catalogue.place}
    </button>
  );
}
