/**
 * Relationships by the twin at one of their ends.
 *
 * Most twins have a few: those are in an array, which has a third of a Map's memory and is marked in a third of the time. A
 * twin with many has a Map, so that the fifty thousandth is as fast as the first. No order is promised.
 */
import type { RelationshipRecord } from "./records.ts";

const FEW = 16;

type Group = RelationshipRecord[] | Map<string, RelationshipRecord>;

export class Ends {
  readonly #groups = new Map<string, Group>();

  has(twinId: string): boolean {
    return this.#groups.has(twinId);
  }

  /** Not to be kept beyond the next write. */
  of(twinId: string): Iterable<RelationshipRecord> {
    return this.#groups.get(twinId)?.values() ?? [];
  }

  count(twinId: string): number {
    const group = this.#groups.get(twinId);
    return group === undefined ? 0 : Array.isArray(group) ? group.length : group.size;
  }

  /** In the place of the one with its source and id, if that is at this twin. */
  put(twinId: string, record: RelationshipRecord): void {
    const group = this.#groups.get(twinId);
    if (group instanceof Map) {
      group.set(keyOf(record), record);
      return;
    }
    const at = group?.findIndex((one) => isSame(one, record)) ?? -1;
    if (group === undefined) {
      this.#groups.set(twinId, [record]);
    } else if (at >= 0) {
      group[at] = record;
    } else if (group.length < FEW) {
      // A push would reserve room for many.
      this.#groups.set(twinId, group.concat(record));
    } else {
      this.#groups.set(twinId, new Map([...group, record].map((one) => [keyOf(one), one])));
    }
  }

  /** The one with its source and id. */
  delete(twinId: string, record: RelationshipRecord): void {
    const group = this.#groups.get(twinId);
    if (group instanceof Map) {
      group.delete(keyOf(record));
    } else if (group !== undefined) {
      this.#groups.set(
        twinId,
        group.filter((one) => !isSame(one, record)),
      );
    }
    if (this.count(twinId) === 0) {
      this.#groups.delete(twinId);
    }
  }

  clear(): void {
    this.#groups.clear();
  }
}

function isSame(a: RelationshipRecord, b: RelationshipRecord): boolean {
  return a.id === b.id && a.sourceId === b.sourceId;
}

function keyOf({ sourceId, id }: RelationshipRecord): string {
  return relationshipKey(sourceId, id);
}

/** Joined, as etags are: it stays in memory. */
export function relationshipKey(sourceId: string, id: string): string {
  return [sourceId, id].join("\u0000");
}
