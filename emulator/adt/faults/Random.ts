/**
 * Numbers that look random and are the same in each run: one sequence per seed and purpose, so that what one kind of fault
 * draws does not change what another one gets.
 */
export class Random {
  #state: number;

  constructor(seed: number, purpose: string) {
    this.#state = [...purpose].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 16_777_619), seed | 0);
  }

  /** From 0 up to, not including, 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    const a = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    const b = (a + Math.imul(a ^ (a >>> 7), 61 | a)) ^ a;
    return ((b ^ (b >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** True in this share of the cases; draws nothing for 0, so that faults that are off cost nothing. */
  happens(share: number): boolean {
    return share > 0 && this.next() < share;
  }

  between(from: number, to: number): number {
    return from === to ? from : from + this.next() * (to - from);
  }
}
