/**
 * How many twins a client of a large room may be newly shown: so many per second on average, twice as many at once. What
 * costs more than that has the whole allowance, and is paid off afterwards. Used by NearViews; no timer, the next patch asks
 * again.
 */
export class Allowance {
  readonly #perSecond: number;
  readonly #most: number;
  #left: number;
  /** ms of performance.now() */
  #at = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#most = 2 * perSecond;
    this.#left = this.#most;
  }

  /** `now`: ms of performance.now() */
  refill(now: number): void {
    if (now > this.#at) {
      this.#left = Math.min(this.#most, this.#left + ((now - this.#at) / 1000) * this.#perSecond);
      this.#at = now;
    }
  }

  /** False: not yet. */
  take(twins: number): boolean {
    if (this.#left < Math.min(twins, this.#most)) {
      return false;
    }
    this.#left -= twins;
    return true;
  }
}
