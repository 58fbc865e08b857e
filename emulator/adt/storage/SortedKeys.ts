/**
 * A set of keys that is read in their order, without ever sorting many at once: runs are sorted while it fills, and merged
 * while it is read. Used by Fold, for which one long sort would be a pause of the service.
 */

/** Keys per run: sorting one takes 2 ms. */
const RUN = 4_000;

export class SortedKeys {
  readonly #runs: string[][] = [];
  #newest = new Set<string>();

  add(key: string): void {
    this.#newest.add(key);
    if (this.#newest.size === RUN) {
      this.#endRun();
    }
  }

  #endRun(): void {
    this.#runs.push([...this.#newest].sort().reverse());
    this.#newest = new Set();
  }

  /** Takes each key once, in the order of its code units. No key may be added from then on. */
  *drain(): Generator<string> {
    this.#endRun();
    for (let least = this.#least(); least !== undefined; least = this.#least()) {
      yield least;
      for (const run of this.#runs) {
        if (run.at(-1) === least) {
          run.pop();
        }
      }
    }
  }

  #least(): string | undefined {
    let least: string | undefined;
    for (const run of this.#runs) {
      const key = run[run.length - 1];
      if (key !== undefined && (least === undefined || key < least)) {
        least = key;
      }
    }
    return least;
  }
}
