/**
 * Sends the first change after silence at once, and what follows at the room's patch rate: quiet rooms feel instant, busy
 * ones batch. Nine tenths of an interval are silence enough: what comes in bursts at about the patch rate, as from a hub, is
 * sent with each burst and not a little after it. What people wait for (the end of an operation) comes a little after the
 * last patch instead. The room's own interval goes on (it also carries what the game itself changes); assigning `patchRate`
 * arms it anew, so that the next patch begins a whole interval after this one began.
 */
import type { OpenRoom } from "./internals.ts";

/** Of an interval. */
const SILENCE = 0.9;
/** Between two patches, when somebody waits for the second, ms. */
const AWAITED_MS = 20;

export class LeadingEdge {
  readonly #room: OpenRoom;
  #last = Number.NEGATIVE_INFINITY;
  #pending = false;
  #awaited: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(room: OpenRoom) {
    this.#room = room;
  }

  /** A patch was sent that was begun then. */
  sent(begun: number): void {
    this.#last = begun;
    clearTimeout(this.#awaited);
    this.#awaited = undefined;
  }

  /** Something changed. Costs a comparison in a busy room. */
  touch(): void {
    const rate = this.#room.patchRate;
    if (this.#pending || this.#closed || !rate || performance.now() - this.#last < rate * SILENCE) {
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
    if (this.#pending || this.#closed || this.#awaited || !rate || rate <= AWAITED_MS) {
      return;
    }
    const wait = Math.max(0, this.#last + AWAITED_MS - performance.now());
    this.#awaited = setTimeout(() => {
      this.#awaited = undefined;
      this.#send();
    }, wait);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#awaited);
  }

  #send(): void {
    const rate = this.#room.patchRate;
    if (!this.#closed) {
      this.#room.patchRate = rate;
      this.#room.broadcastPatch();
    }
  }
}
