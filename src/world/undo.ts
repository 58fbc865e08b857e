/** Which changes of a step can still be taken, and what is in the way of the others. Pure; WorldEditor asks it. */
import type { PlacementView } from "../services.ts";
import type { TwinId } from "../twins/types.ts";
import { type Change, contentOf, type Obstacle, sameContent, twinOf } from "./edits.ts";

export interface Present {
  current: (id: string) => PlacementView | undefined;
  exists: (twinId: TwinId) => boolean;
  /** The space of whatever has that id now. */
  spaceOf: (id: string) => TwinId | undefined;
}

/** A change can be taken where what is there is what it starts from: nobody came in between. */
export function judge(changes: readonly Change[], present: Present): { possible: Change[]; obstacles: Obstacle[] } {
  const possible: Change[] = [];
  const obstacles: Obstacle[] = [];
  for (const change of changes) {
    const reason = obstacleOf(change, present);
    if (reason === undefined) {
      possible.push(change);
    } else {
      obstacles.push({ id: change.id, twinId: twinOf(change), reason });
    }
  }
  return { possible, obstacles };
}

function obstacleOf(change: Change, { current, exists, spaceOf }: Present): string | undefined {
  const view = current(change.id);
  const twinId = twinOf(change);
  if (view === undefined && change.before !== undefined) {
    return `'${twinId}' was removed since`;
  }
  if (view !== undefined && !sameContent(contentOf(view), change.before)) {
    return `${view.by || "somebody"} has changed '${twinId}' since`;
  }
  if (change.before === undefined && change.after !== undefined && !exists(twinId)) {
    return `the twin '${twinId}' does not exist any more`;
  }
  const other = view === undefined ? spaceOf(change.id) : undefined;
  return other === undefined ? undefined : `the placement of '${twinId}' was imported into '${other}' since`;
}
