/** What builders do to what is picked, or else selected; shared by buttons and keys. Refusals are told as a sentence. */
import { type Answer, type Arrangement, ask, refusalText } from "../net/requests.ts";
import { S } from "../strings.ts";
import type { AppState } from "./AppState.ts";

/** Ids of the placements that an arrangement is about. */
export function targets(app: AppState): string[] {
  const placements = app.world.value?.placements.value ?? [];
  const picked = [...app.picked.value].filter((id) => placements.some((placement) => placement.id === id));
  return picked.length > 0
    ? picked
    : placements.filter(({ twinId }) => twinId === app.selected.value).map(({ id }) => id);
}

export async function arrange(app: AppState, how: Arrangement): Promise<void> {
  const world = app.world.value;
  const placementIds = targets(app);
  if (world !== undefined && placementIds.length > 0) {
    const answer = await ask(world.room, "placement.arrange", { placementIds, ...how });
    if (tell(app, answer) && how.do === "duplicate" && answer.ok) {
      app.picked.value = new Set(answer.value.placementIds);
    }
  }
}

export function duplicate(app: AppState): Promise<void> {
  return arrange(app, { do: "duplicate", dx: 2, dz: 2 });
}

export async function remove(app: AppState): Promise<void> {
  const world = app.world.value;
  const placementIds = targets(app);
  if (world !== undefined && placementIds.length > 0) {
    tell(app, await ask(world.room, "placement.remove", { placementIds }));
  }
}

export async function undo(app: AppState): Promise<void> {
  const world = app.world.value;
  const answer = world && (await ask(world.room, "placement.undo", {}));
  if (answer !== undefined && tell(app, answer) && answer.ok) {
    app.say(S.build.undone(answer.value.undone));
  }
}

export async function redo(app: AppState): Promise<void> {
  const world = app.world.value;
  const answer = world && (await ask(world.room, "placement.redo", {}));
  if (answer !== undefined && tell(app, answer) && answer.ok) {
    app.say(S.build.redone(answer.value.redone));
  }
}

function tell(app: AppState, answer: Answer<unknown>): boolean {
  if (!answer.ok) {
    app.say(refusalText(answer.refusal));
  }
  return answer.ok;
}
