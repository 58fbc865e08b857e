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

  /** `before` is what it replaces at this twin, `key` what both have in common. */
  put(twinId: string, key: string, record: RelationshipRecord, before: RelationshipRecord | undefined): void {
    const group = this.#groups.get(twinId);
    if (group === undefined) {
      this.#groups.set(twinId, [record]);
    } else if (!Array.isArray(group)) {
      group.set(key, record);
    } else if (before !== undefined) {
      group[group.indexOf(before)] = record;
    } else if (group.length < FEW) {
      // A push would reserve room for many.
      this.#groups.set(twinId, group.concat(record));
    } else {
      this.#groups.set(twinId, new Map([...group, record].map((one) => [relationshipKey(one.sourceId, one.id), one])));
    }
  }

  delete(twinId: string, key: string, record: RelationshipRecord): void {
    const group = this.#groups.get(twinId);
    const left = Array.isArray(group) ? group.filter((one) => one !== record) : group;
    if (left instanceof Map) {
      left.delete(key);
    } else if (left !== undefined) {
      this.#groups.set(twinId, left);
    }
    if (this.count(twinId) === 0) {
      this.#groups.delete(twinId);
    }
  }

  clear(): void {
    this.#groups.clear();
  }
}

/** Joined, as etags are: it stays in memory. */
export function relationshipKey(sourceId: string, id: string): string {
  return [sourceId, id].join("\u0000");
}
