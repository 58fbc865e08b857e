/**
 * One action of a builder as a list of changes, each with what was there before and after: what WorldEditor does, keeps
 * and takes back. Pure.
 */
import type { PlacementContent, PlacementView } from "../services.ts";
import type { TwinId } from "../twins/types.ts";
import { AXES } from "./placementValue.ts";

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

export function contentOf({ id: _, status: __, ...content }: PlacementView): PlacementContent {
  return content;
}

/** Stands there as that; whoever put it. */
export function sameContent(a: PlacementContent | undefined, b: PlacementContent | undefined): boolean {
  if (a === undefined || b === undefined) {
    return a === b;
  }
  return a.twinId === b.twinId && a.visual === b.visual && AXES.every((axis) => a[axis] === b[axis]);
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
