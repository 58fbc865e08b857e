/**
 * Layouts out and in as documents: what leaves a space, and what a document makes of one. Owned by WorldEditor, which has
 * checked the right to place.
 */
import { createHash } from "node:crypto";
import type { LayoutDocument } from "../protocol/layout.ts";
import type { VisualTemplate } from "../protocol/visuals.ts";
import type { PlacementIndex } from "../services.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Dtmi, TwinId } from "../twins/types.ts";
import { checkChanges } from "./edits.ts";
import { type Import, type LayoutDifference, planImport, toDocument } from "./layoutDocument.ts";
import type { Visuals } from "./Visuals.ts";

export interface LayoutTransferOptions {
  placements: PlacementIndex;
  mirror: TwinMirror;
  visuals: Visuals;
}

export class LayoutTransfer {
  readonly #o: LayoutTransferOptions;

  constructor(options: LayoutTransferOptions) {
    this.#o = options;
  }

  export(space: TwinId): LayoutDocument {
    return toDocument(space, this.#o.placements.list(space), this.#o.visuals.list());
  }

  /** What an import would do; changes nothing. INVALID_VALUE for what refuses it as a whole. */
  plan(space: TwinId, document: LayoutDocument): Import {
    const { placements, visuals } = this.#o;
    const plan = planImport(document, {
      current: new Map([...placements.list(space)].map((view) => [view.id, view])),
      templates: visuals.list(),
      exists: (twinId) => this.canPlace(twinId),
      idOf: (id) => this.#idIn(space, document.space, id),
      elsewhere: (twinIds) => this.#elsewhere(space, twinIds),
    });
    visuals.check(templatesOf(document, plan.visuals));
    checkChanges(plan.edits);
    return plan;
  }

  /** A twin of the plant, not of our own. */
  canPlace(twinId: TwinId): boolean {
    const twin = this.#o.mirror.get(twinId);
    return twin !== undefined && !this.#o.placements.isLayout(twin.modelId);
  }

  /**
   * An id is one space's alone. What comes from another space gets one that follows from both, so that the same document,
   * imported again, changes nothing, and a dry run tells the ids that the import gives.
   */
  #idIn(space: TwinId, from: TwinId, id: string): string {
    const isTaken = (wanted: string) => (this.#o.placements.spaceOf(wanted) ?? space) !== space;
    return from === space && !isTaken(id) ? id : ownId(space, id);
  }

  #elsewhere(space: TwinId, twinIds: ReadonlySet<TwinId>): LayoutDifference["elsewhere"] {
    const found = [...this.#o.placements.spacesOf(twinIds)].map(([twinId, spaces]) => {
      return { twinId, spaces: [...spaces].filter((id) => id !== space).sort() };
    });
    return found.filter(({ spaces }) => spaces.length > 0).sort((a, b) => (a.twinId < b.twinId ? -1 : 1));
  }
}

/** Those of a document that an import sets. */
export function templatesOf({ visuals = {} }: LayoutDocument, models: readonly Dtmi[]): Map<Dtmi, VisualTemplate> {
  return new Map(models.flatMap((id) => (visuals[id] ? [[id, visuals[id]]] : [])));
}

/** Letters and digits, as a key of the stored Map has to be. */
function ownId(space: TwinId, id: string): string {
  return `c${createHash("sha256").update(`${space}\n${id}`).digest("hex").slice(0, 16)}`;
}
