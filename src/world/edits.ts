/**
 * One action of a builder as a list of changes, each with what was there before and after: what WorldEditor does, keeps
 * and takes back. Pure.
 */
import type { PlacementContent, PlacementView } from "../services.ts";
import type { TwinId } from "../twins/types.ts";
import { AXES, checkLook, checkWithin, transformed } from "./placementValue.ts";

export interface Change {
  id: string;
  before?: PlacementContent;
  after?: PlacementContent;
}

/** A step that cannot be taken, or not for this placement, and why. */
export interface Obstacle {
  id: string;
  twinId: TwinId;
  reason: string;
}

export function contentOf({ id: _, status: __, reason: ___, ...content }: PlacementView): PlacementContent {
  return content;
}

/** Stands there as that; whoever put it. */
export function sameContent(a: PlacementContent | undefined, b: PlacementContent | undefined): boolean {
  if (a === undefined || b === undefined) {
    return a === b;
  }
  return a.twinId === b.twinId && a.visual === b.visual && AXES.every((axis) => a[axis] === b[axis]);
}

/** INVALID_VALUE when one would put something where nothing may stand, or with a look that cannot be kept. */
export function checkChanges(changes: readonly Change[]): void {
  for (const { after } of changes) {
    if (after !== undefined) {
      checkWithin(after.twinId, after);
      checkLook(after.twinId, after.visual);
    }
  }
}

/**
 * The same once more, that many metres away. `kept`: what stood at a made-up place is saved there, since a place is made up
 * only as long as the twin has no other.
 */
export function copied(
  views: readonly PlacementView[],
  { dx, dy, dz }: { dx: number; dy: number; dz: number },
  { newId, by }: { newId: () => string; by: string },
): { kept: Change[]; copies: Change[] } {
  const changes = views.map((view): { view: PlacementView; after: PlacementContent } => {
    return { view, after: { ...contentOf(view), by } };
  });
  const kept = changes
    .filter(({ view }) => view.status === "unsaved")
    .map(({ view: { id }, after }) => ({ id, after }));
  const copies = changes.map(({ after }): Change => {
    const { x, y, z } = after;
    return { id: newId(), after: { ...after, ...transformed(after, { x: x + dx, y: y + dy, z: z + dz }) } };
  });
  return { kept, copies };
}

export function inverted({ id, before, after }: Change): Change {
  return { id, ...(after && { before: after }), ...(before && { after: before }) };
}

export function twinOf({ before, after }: Change): TwinId {
  return (after ?? before)?.twinId ?? "";
}

/** "moved pump-101", "added 12 twins". */
export function labelOf(verb: string, changes: readonly Change[]): string {
  const [first] = changes;
  return `${verb} ${changes.length === 1 && first ? twinOf(first) : `${changes.length} twins`}`;
}
