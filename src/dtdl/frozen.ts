/**
 * Maps and sets that nobody can write to: of what a ModelGraph is made, since everything in the process reads the same one.
 * Object.freeze does not reach what a Map holds.
 */

const REFUSAL = "A ModelGraph is immutable; parse the models anew to change them.";

class FrozenMap<K, V> extends Map<K, V> {
  constructor(entries: Iterable<readonly [K, V]>) {
    super();
    for (const [key, value] of entries) {
      super.set(key, value);
    }
    Object.freeze(this);
  }
  override set(): never {
    throw new TypeError(REFUSAL);
  }
  override delete(): never {
    throw new TypeError(REFUSAL);
  }
  override clear(): never {
    throw new TypeError(REFUSAL);
  }
}

class FrozenSet<T> extends Set<T> {
  constructor(values: Iterable<T>) {
    super();
    for (const value of values) {
      super.add(value);
    }
    Object.freeze(this);
  }
  override add(): never {
    throw new TypeError(REFUSAL);
  }
  override delete(): never {
    throw new TypeError(REFUSAL);
  }
  override clear(): never {
    throw new TypeError(REFUSAL);
  }
}

/** Every attempt to change it throws a TypeError. */
export function frozenMap<K, V>(entries: Iterable<readonly [K, V]>): ReadonlyMap<K, V> {
  return new FrozenMap(entries);
}

/** As frozenMap. */
export function frozenSet<T>(values: Iterable<T>): ReadonlySet<T> {
  return new FrozenSet(values);
}
