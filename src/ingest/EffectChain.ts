/**
 * One partition's batches whose durable effects are not done: says `done` in their order, each when its own effects and all
 * before it are through (invariant 2).
 *
 * Owned by EventPump. In an outage of the twin service batches come in for hours and none is done: a chain that is long lets
 * the newer ones share its last link, so what waits is bounded by the twins that wait and not by the events.
 */

interface Link {
  /** Those that are not through, each once: all values of a twin that waits share one. */
  readonly effects: Set<Promise<void>>;
  /** Of the newest of its batches. */
  done: () => void;
  batches: number;
}

/** Links of a chain; batches that come while there are so many are done together. */
const MAX_LINKS = 100;

export interface EffectChainOptions {
  /** So many batches are done now. */
  onDone: (batches: number) => void;
  /** An effect failed for good: nothing behind it will be done. */
  onFailure: (error: unknown) => void;
}

export class EffectChain {
  readonly #o: EffectChainOptions;
  /** Oldest first. */
  readonly #links: Link[] = [];

  constructor(options: EffectChainOptions) {
    this.#o = options;
  }

  /** `done` is called once: for this batch, or for a later one that stands for it too. */
  add(effects: Iterable<Promise<void>>, done: () => void): void {
    const link = this.#linkFor(done);
    for (const effect of effects) {
      if (!link.effects.has(effect)) {
        link.effects.add(effect);
        effect.then(() => this.#passed(link, effect), this.#o.onFailure);
      }
    }
    this.#advance();
  }

  #linkFor(done: () => void): Link {
    const last = this.#links.at(-1);
    if (last && this.#links.length >= MAX_LINKS) {
      last.done = done;
      last.batches++;
      return last;
    }
    const link = { effects: new Set<Promise<void>>(), done, batches: 1 };
    this.#links.push(link);
    return link;
  }

  #passed(link: Link, effect: Promise<void>): void {
    link.effects.delete(effect);
    this.#advance();
  }

  #advance(): void {
    for (let first = this.#links[0]; first?.effects.size === 0; first = this.#links[0]) {
      this.#links.shift();
      this.#o.onDone(first.batches);
      first.done();
    }
  }
}
