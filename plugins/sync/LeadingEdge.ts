/**
 * Sends the first change after silence at once, and what follows at the room's patch rate: quiet rooms feel instant, busy
 * ones batch. Nine tenths of an interval are silence enough: what comes in bursts at about the patch rate, as from a hub, is
 * sent with each burst and not a little after it. It is so on average: where a burst, or a patch, was late, the next ones may
 * be nearer, else all that follow would be sent after their bursts instead of with them. What people wait for (the end of an
 * operation) comes a little after the last patch. The room's own interval goes on (it also carries what the game itself
 * changes); assigning `patchRate` arms it anew, so that the next patch begins a whole interval after this one began.
 */
import type { OpenRoom } from "./internals.ts";

/** Of an interval. */
const SILENCE = 0.9;
/** Between two patches, when somebody waits for the second or the first was late, ms. */
const NEAREST_MS = 20;

export class LeadingEdge {
  readonly #room: OpenRoom;
  #last = Number.NEGATIVE_INFINITY;
  /** By so much patches were too near to each other lately, ms: the next one may be early by that much less. */
  #owed = 0;
  #pending = false;
  #awaited: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(room: OpenRoom) {
    this.#room = room;
  }

  /** A patch was sent that was begun then. */
  sent(begun: number): void {
    const rate = this.#room.patchRate ?? 0;
    // Not more than that: the game's own patches, and those that people wait for, come as they like.
    this.#owed = Math.min(allowance(rate), Math.max(0, this.#owed + silence(rate) - (begun - this.#last)));
    this.#last = begun;
    clearTimeout(this.#awaited);
    this.#awaited = undefined;
  }

  /** Something changed. Costs a comparison in a busy room. */
  touch(): void {
    const rate = this.#room.patchRate;
    if (this.#pending || this.#closed || !rate || performance.now() - this.#last < this.#distance(rate)) {
      return;
    }
    this.#pending = true;
    setImmediate(() => {
      this.#pending = false;
      this.#send();
    });
  }

  /** Something changed that people wait for. */
  touchAwaited(): void {
    this.touch();
    const rate = this.#room.patchRate;
    if (this.#pending || this.#closed || this.#awaited || !rate || rate <= NEAREST_MS) {
      return;
    }
    const wait = Math.max(0, this.#last + NEAREST_MS - performance.now());
    this.#awaited = setTimeout(() => {
      this.#awaited = undefined;
      this.#send();
    }, wait);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#awaited);
  }

  /** From one patch to the next one, ms. */
  #distance(rate: number): number {
    return silence(rate) - Math.max(0, allowance(rate) - this.#owed);
  }

  #send(): void {
    const rate = this.#room.patchRate;
    if (!this.#closed) {
      this.#room.patchRate = rate;
      this.#room.broadcastPatch();
    }
  }
}

function silence(rate: number): number {
  return rate * SILENCE;
}

/** So much may a patch be early, ms. */
function allowance(rate: number): number {
  return Math.max(0, silence(rate) - NEAREST_MS);
}
