/** How often something is there: what several clients watch is watched until the last of them looks away. */
export class Counts<T> {
  readonly #counts = new Map<T, number>();

  get size(): number {
    return this.#counts.size;
  }

  has(one: T): boolean {
    return this.#counts.has(one);
  }

  /** `by`: 1 or -1. */
  add(all: Iterable<T>, by: number): void {
    for (const one of all) {
      const count = (this.#counts.get(one) ?? 0) + by;
      if (count > 0) {
        this.#counts.set(one, count);
      } else {
        this.#counts.delete(one);
      }
    }
  }
}
