/** The relationships of the in-memory provider, with their etags. Owned by MemoryTwinProvider, which knows the twins. */
import { TwinError } from "../../errors.ts";
import { applyPatch } from "../../twins/jsonPatch.ts";
import type { JsonPatchOp, Relationship, TwinId } from "../../twins/types.ts";
import { checkMatch } from "./memoryTwin.ts";

export type StoredRelationship = Required<Relationship>;

export class MemoryRelationships {
  readonly #stored = new Map<string, StoredRelationship>();
  readonly #newEtag: () => string;

  constructor(newEtag: () => string) {
    this.#newEtag = newEtag;
  }

  put(r: Omit<Relationship, "etag">): StoredRelationship {
    const stored = { ...structuredClone(r), etag: this.#newEtag() };
    this.#stored.set(relationshipSubject(r.sourceId, r.id), stored);
    return stored;
  }

  patch(sourceId: TwinId, id: string, patch: readonly JsonPatchOp[], ifMatch?: string): StoredRelationship {
    const before = this.#existing(sourceId, id, ifMatch);
    return this.put({ ...before, properties: applyPatch(before.properties, structuredClone(patch)) });
  }

  delete(sourceId: TwinId, id: string, ifMatch?: string): StoredRelationship {
    const gone = this.#existing(sourceId, id, ifMatch);
    this.#stored.delete(relationshipSubject(sourceId, id));
    return gone;
  }

  /** Copies, as they are now. */
  list(test: (r: StoredRelationship) => boolean = () => true): StoredRelationship[] {
    return [...this.#stored.values()].filter(test).map((r) => structuredClone(r));
  }

  #existing(sourceId: TwinId, id: string, ifMatch?: string): StoredRelationship {
    const found = this.#stored.get(relationshipSubject(sourceId, id));
    if (found === undefined) {
      throw new TwinError("NOT_FOUND", `The twin ${sourceId} has no relationship ${id}.`);
    }
    checkMatch(found.etag, ifMatch);
    return found;
  }
}

/** `subject` of its events, and its key. */
export function relationshipSubject(sourceId: TwinId, relationshipId: string): string {
  return `${sourceId}/relationships/${relationshipId}`;
}
