/**
 * Equality indexes on properties: value → keys of the records that have it. Made when a query first filters on a property,
 * kept up on every write, at most a few at a time: the one that was not asked for the longest goes.
 *
 * Instance has one set for twins and one for relationships and tells it of writes; findCandidates reads them.
 */
import type { Json, JsonObject } from "../types.ts";
import { lookUp } from "./lookUp.ts";

/** A write looks the property up in each index, and each holds a word or two per record. */
const MOST_INDEXES = 8;
const SEPARATOR = "\u0000";

type Primitive = string | number | boolean | null;
interface Documented {
  readonly document: JsonObject;
}
interface Index {
  readonly segments: readonly string[];
  /** One key, or a set of several: most values of most properties are rare. */
  readonly keys: Map<Primitive, string | Set<string>>;
}

export class PropertyIndexes {
  readonly #records: ReadonlyMap<string, Documented>;
  readonly #indexes = new Map<string, Index>();

  constructor(records: ReadonlyMap<string, Documented>) {
    this.#records = records;
  }

  get size(): number {
    return this.#indexes.size;
  }

  /** Keys of the records whose property equals the value, in no order. */
  find(segments: readonly string[], value: Primitive): ReadonlySet<string> {
    const found = this.#index(segments).keys.get(value);
    return typeof found === "string" ? new Set([found]) : (found ?? new Set());
  }

  /** After a write: the record as it was and as it is; undefined where there is none. */
  changed(key: string, before: Documented | undefined, after: Documented | undefined): void {
    for (const index of this.#indexes.values()) {
      const old = valueIn(before, index);
      const now = valueIn(after, index);
      if (old !== now) {
        remove(index, old, key);
        add(index, now, key);
      }
    }
  }

  clear(): void {
    this.#indexes.clear();
  }

  #index(segments: readonly string[]): Index {
    const name = segments.join(SEPARATOR);
    const index = this.#indexes.get(name) ?? this.#build(segments);
    this.#indexes.delete(name);
    this.#indexes.set(name, index);
    const [oldest] = this.#indexes.keys();
    if (this.#indexes.size > MOST_INDEXES && oldest !== undefined) {
      this.#indexes.delete(oldest);
    }
    return index;
  }

  #build(segments: readonly string[]): Index {
    const index: Index = { segments, keys: new Map() };
    for (const [key, record] of this.#records) {
      add(index, valueIn(record, index), key);
    }
    return index;
  }
}

function valueIn(record: Documented | undefined, { segments }: Index): Json | undefined {
  return record === undefined ? undefined : lookUp(record.document, segments);
}

/** Objects and arrays equal no literal and are left out. */
function isPrimitive(value: Json | undefined): value is Primitive {
  return value === null || (value !== undefined && typeof value !== "object");
}

function add({ keys }: Index, value: Json | undefined, key: string): void {
  if (!isPrimitive(value)) {
    return;
  }
  const there = keys.get(value);
  if (there === undefined) {
    keys.set(value, key);
  } else if (typeof there === "string") {
    keys.set(value, new Set([there, key]));
  } else {
    there.add(key);
  }
}

function remove({ keys }: Index, value: Json | undefined, key: string): void {
  if (!isPrimitive(value)) {
    return;
  }
  const there = keys.get(value);
  if (there instanceof Set) {
    there.delete(key);
  }
  if (there === key || (there instanceof Set && there.size === 0)) {
    keys.delete(value);
  }
}
