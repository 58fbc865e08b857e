/**
 * A space's layout ↔ one JSON document, and what an import of it would change, in words. Pure; WorldEditor does it.
 */
import { isDeepStrictEqual } from "node:util";
import type { LayoutDocument } from "../protocol/layout.ts";
import { ORIGIN } from "../protocol/names.ts";
import type { VisualTemplate } from "../protocol/visuals.ts";
import type { PlacementContent, PlacementView } from "../services.ts";
import type { Dtmi, TwinId } from "../twins/types.ts";
import { type Change, contentOf, sameContent } from "./edits.ts";
import { AXES, transformed } from "./placementValue.ts";

export interface LayoutDifference {
  /** Placements, in the order of their ids. `text`: for people. */
  changes: { do: "add" | "change" | "remove"; placementId: string; twinId: TwinId; text: string }[];
  /** Templates that would be added or replaced. */
  visuals: Dtmi[];
  unchanged: number;
  /** Placements of the document whose twins the twin service does not have: they are left out. */
  missing: { placementId: string; twinId: TwinId }[];
}

export interface Import extends LayoutDifference {
  edits: Change[];
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

/** The same layout gives the same document. */
export function toDocument(
  space: TwinId,
  placements: Iterable<PlacementView>,
  templates: ReadonlyMap<Dtmi, VisualTemplate>,
): LayoutDocument {
  const shown = [...placements].sort(byId).map(({ status: _, ...view }) => view);
  const visuals = Object.fromEntries([...templates].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { format: "colyseus-digital-twins/layout", version: 1, space, placements: shown, visuals };
}

export interface ImportContext {
  current: ReadonlyMap<string, PlacementView>;
  templates: ReadonlyMap<Dtmi, VisualTemplate>;
  exists: (twinId: TwinId) => boolean;
  /** An id of the document that another space uses. */
  isTaken: (id: string) => boolean;
  newId: () => string;
}

/** What makes the space as the document says: what it does not name is removed. */
export function planImport(document: LayoutDocument, context: ImportContext): Import {
  const { current } = context;
  const placements = [...document.placements].sort(byId);
  const edits: Change[] = [];
  const missing: LayoutDifference["missing"] = [];
  for (const { id, ...rest } of placements) {
    const change = changeTo(id, normal(rest), context);
    if (change === "missing") {
      missing.push({ placementId: id, twinId: rest.twinId });
    } else if (change !== undefined) {
      edits.push(change);
    }
  }
  const unchanged = placements.length - edits.length - missing.length;
  const named = new Set(placements.map(({ id }) => id));
  const left = [...current.values()].sort(byId).filter(({ id }) => !named.has(id));
  edits.push(...left.map((view) => ({ id: view.id, before: contentOf(view) })));
  const models = Object.keys(document.visuals ?? {}).filter(
    (model) => !isDeepStrictEqual(context.templates.get(model), document.visuals?.[model]),
  );
  return { edits, changes: edits.map(described), visuals: models, unchanged, missing };
}

/** undefined: it is like that. */
function changeTo(id: string, after: PlacementContent, context: ImportContext): Change | "missing" | undefined {
  const here = context.current.get(id);
  const before = here && contentOf(here);
  if (before && sameContent(before, after) && before.by === after.by) {
    return undefined;
  }
  if (!context.exists(after.twinId)) {
    return "missing";
  }
  return before ? { id, before, after } : { id: context.isTaken(id) ? context.newId() : id, after };
}

/** As it is after it was kept. */
function normal({ twinId, visual, by, ...place }: PlacementContent): PlacementContent {
  return { twinId, visual, by, ...transformed(ORIGIN, place) };
}

function described({ id, before, after }: Change): LayoutDifference["changes"][number] {
  const twinId = (after ?? before)?.twinId ?? "";
  if (before && after) {
    return { do: "change", placementId: id, twinId, text: `${twinId}: ${differences(before, after).join(", ")}` };
  }
  const at = after ?? before;
  const where = at ? `at (${at.x}, ${at.y}, ${at.z})` : "";
  return after
    ? { do: "add", placementId: id, twinId, text: `add ${twinId} ${where}` }
    : { do: "remove", placementId: id, twinId, text: `remove ${twinId} ${where}` };
}

function differences(before: PlacementContent, after: PlacementContent): string[] {
  const members = [...AXES, "twinId", "visual", "by"] as const;
  return members
    .filter((member) => before[member] !== after[member])
    .map((member) => `${member} ${JSON.stringify(before[member])} → ${JSON.stringify(after[member])}`);
}
