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
  /** The space that the document was exported from. */
  from: TwinId;
  /** Placements, in the order of their ids. `text`: for people. */
  changes: { do: "add" | "change" | "remove"; placementId: string; twinId: TwinId; text: string }[];
  /** Templates that would be added or replaced. */
  visuals: Dtmi[];
  unchanged: number;
  /** Placements of the document whose twins the twin service does not have: they are left out. */
  missing: { placementId: string; twinId: TwinId }[];
  /** Twins of added placements that stand in other spaces too; there they stay as they are. */
  elsewhere: { twinId: TwinId; spaces: TwinId[] }[];
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
  const shown = [...placements].sort(byId).map((view) => ({ id: view.id, ...contentOf(view) }));
  const visuals = Object.fromEntries([...templates].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { format: "colyseus-digital-twins/layout", version: 1, space, placements: shown, visuals };
}

export interface ImportContext {
  current: ReadonlyMap<string, PlacementView>;
  templates: ReadonlyMap<Dtmi, VisualTemplate>;
  exists: (twinId: TwinId) => boolean;
  /** The id that a placement of the document has in this space. */
  idOf: (id: string) => string;
  /** Other spaces in which a twin stands. */
  elsewhere: (twinIds: ReadonlySet<TwinId>) => LayoutDifference["elsewhere"];
}

/** What makes the space as the document says: what it does not name is removed. */
export function planImport(document: LayoutDocument, context: ImportContext): Import {
  const { current, idOf } = context;
  const placements = document.placements.map(({ id, ...rest }, i) => ({ id, after: normal(rest, i) })).sort(byId);
  const edits: Change[] = [];
  const missing: LayoutDifference["missing"] = [];
  for (const { id, after } of placements) {
    const change = changeTo(idOf(id), after, context);
    if (change === "missing") {
      missing.push({ placementId: id, twinId: after.twinId });
    } else if (change !== undefined) {
      edits.push(change);
    }
  }
  const unchanged = placements.length - edits.length - missing.length;
  const named = new Set(placements.map(({ id }) => idOf(id)));
  const left = [...current.values()].sort(byId).filter(({ id }) => !named.has(id));
  edits.push(...left.map((view) => ({ id: view.id, before: contentOf(view) })));
  const added = new Set(edits.flatMap(({ before, after }) => (before === undefined && after ? [after.twinId] : [])));
  const elsewhere = context.elsewhere(added);
  const models = Object.keys(document.visuals ?? {}).filter(
    (model) => !isDeepStrictEqual(context.templates.get(model), document.visuals?.[model]),
  );
  const others = new Map(elsewhere.map(({ twinId, spaces }) => [twinId, spaces]));
  const changes = edits.map((change) => described(change, others));
  return { edits, from: document.space, changes, visuals: models, unchanged, missing, elsewhere };
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
  return before ? { id, before, after } : { id, after };
}

/** As it is after it was kept. INVALID_VALUE with its path where it cannot be. */
function normal({ twinId, visual, by, ...place }: PlacementContent, i: number): PlacementContent {
  return { twinId, visual, by, ...transformed(ORIGIN, place, `/placements/${i}`) };
}

function described(
  { id, before, after }: Change,
  others: ReadonlyMap<TwinId, readonly TwinId[]>,
): LayoutDifference["changes"][number] {
  const twinId = (after ?? before)?.twinId ?? "";
  if (before && after) {
    return { do: "change", placementId: id, twinId, text: `${twinId}: ${differences(before, after).join(", ")}` };
  }
  const at = after ?? before;
  const where = at ? `at (${at.x}, ${at.y}, ${at.z})` : "";
  const too = others.get(twinId)?.join(", ");
  return after
    ? {
        do: "add",
        placementId: id,
        twinId,
        text: `add ${twinId} ${where}${too === undefined ? "" : `, also in ${too}`}`,
      }
    : { do: "remove", placementId: id, twinId, text: `remove ${twinId} ${where}` };
}

function differences(before: PlacementContent, after: PlacementContent): string[] {
  const members = [...AXES, "twinId", "visual", "by"] as const;
  return members
    .filter((member) => before[member] !== after[member])
    .map((member) => `${member} ${JSON.stringify(before[member])} → ${JSON.stringify(after[member])}`);
}
