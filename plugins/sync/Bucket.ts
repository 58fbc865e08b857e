/**
 * A budget that refills: so much a second, two seconds' worth at most. For what a client may send (InboundLimits) and what it
 * may newly be shown (NearViews). It has no timer: who asks says when it is, ms.
 */
export class Bucket {
  readonly #rate: number;
  readonly #most: number;
  #left: number;
  #at: number;

  /** `left`: what is in it at first. */
  constructor(rate: number, now: number, left = 2 * rate) {
    this.#rate = rate;
    this.#most = 2 * rate;
    this.#left = left;
    this.#at = now;
  }

  /** While 1 is left all of `cost` goes through; what is overdrawn by that is waited for. */
  take(cost: number, now: number): boolean {
    return this.#takeWith(1, cost, now);
  }

  /** Not before all of `cost` is there; what is more than it holds goes when it is full. */
  takeWhole(cost: number, now: number): boolean {
    return this.#takeWith(Math.min(cost, this.#most), cost, now);
  }

  /** Takes it in any case, but no more than can be waited for in two seconds. */
  charge(cost: number): void {
    this.#left = Math.max(-this.#most, this.#left - cost);
  }

  #takeWith(least: number, cost: number, now: number): boolean {
    if (now > this.#at) {
      this.#left = Math.min(this.#most, this.#left + ((now - this.#at) / 1000) * this.#rate);
      this.#at = now;
    }
    if (this.#left < least) {
      return false;
    }
    this.#left -= cost;
    return true;
  }
}
