/**
 * How fast writes may go to the twin service: a rate that gives way when the service says no, for all twins at once, and
 * comes back when it says yes. Azure does not tell which of its limits was met (per twin, per instance, the query units of
 * others), so every 429 counts for all. Owned by WriteThrough.
 */

export interface PacerOptions {
  /** Writes per second when nothing is in the way. */
  perSecond: number;
  /** ms, monotone. */
  now?: () => number;
}

/** Writes that may start at once after a pause. */
const MAX_BURST = 10;
/** The rate never falls below this part of what was asked for. */
const LEAST = 1 / 50;
/** From nothing back to the full rate. */
const RECOVERY_S = 30;
/** Writes that were under way together are refused together: one reason to slow down, not many. */
const EPISODE_MS = 1000;

export class Pacer {
  readonly #perSecond: number;
  readonly #now: () => number;
  #rate: number;
  /** The earliest moment for the next write. */
  #next = 0;
  #pausedUntil = 0;
  #episodeUntil = 0;
  readonly counts = { slowdowns: 0 };

  constructor({ perSecond, now = () => performance.now() }: PacerOptions) {
    this.#perSecond = perSecond;
    this.#rate = perSecond;
    this.#now = now;
  }

  /** Writes per second that it allows now. */
  get rate(): number {
    return this.#rate;
  }

  /** 0: a write may start, and is counted. Otherwise the ms after which to ask again. */
  take(): number {
    const now = this.#now();
    const wait = Math.max(this.#next, this.#pausedUntil) - now;
    if (wait > 0) {
      return wait;
    }
    const step = 1000 / this.#rate;
    this.#next = Math.max(this.#next + step, now - MAX_BURST * step);
    return 0;
  }

  /** A write was taken. */
  succeeded(): void {
    this.#rate = Math.min(this.#perSecond, this.#rate + this.#perSecond / (RECOVERY_S * this.#rate));
  }

  /**
   * The service is overloaded, or says so: half the rate, and nothing at all for `pauseMs` where it names a time. True when
   * this is news, not one more answer to what was under way.
   */
  slowDown(pauseMs = 0): boolean {
    const now = this.#now();
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pauseMs);
    if (now < this.#episodeUntil) {
      return false;
    }
    this.#rate = Math.max(this.#perSecond * LEAST, this.#rate / 2);
    this.#next = Math.max(this.#next, now);
    this.#episodeUntil = Math.max(this.#pausedUntil, now + EPISODE_MS);
    this.counts.slowdowns++;
    return true;
  }
}
