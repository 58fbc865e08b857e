/** A budget that refills: so much a second, two seconds' worth at most. Used for what a client may send. */
export class Bucket {
  readonly #rate: number;
  #left: number;
  #at: number;

  /** `left`: what is in it at first. */
  constructor(rate: number, now: number, left = 2 * rate) {
    this.#rate = rate;
    this.#left = left;
    this.#at = now;
  }

  /** While 1 is left all of `cost` goes through; what is overdrawn by that is waited for. */
  take(cost: number, now: number): boolean {
    this.#left = Math.min(2 * this.#rate, this.#left + ((now - this.#at) / 1000) * this.#rate);
    this.#at = now;
    if (this.#left < 1) {
      return false;
    }
    this.#left -= cost;
    return true;
  }

  /** Takes it in any case, but no more than can be waited for in two seconds. */
  charge(cost: number): void {
    this.#left = Math.max(-2 * this.#rate, this.#left - cost);
  }
}
