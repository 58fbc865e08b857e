/**
 * Sends the first change after silence at once, and what follows at the room's patch rate: quiet rooms feel instant, busy
 * ones batch. The room's own interval goes on (it also carries what the game itself changes); assigning `patchRate` arms
 * it anew, so that the next patch comes a whole interval later.
 */
import type { OpenRoom } from "./internals.ts";

export class LeadingEdge {
  readonly #room: OpenRoom;
  #last = Number.NEGATIVE_INFINITY;
  #pending = false;
  #closed = false;

  constructor(room: OpenRoom) {
    this.#room = room;
  }

  /** A patch was sent. */
  sent(now: number): void {
    this.#last = now;
  }

  /** Something changed. Costs a comparison in a busy room. */
  touch(): void {
    const rate = this.#room.patchRate;
    if (this.#pending || this.#closed || !rate || performance.now() - this.#last < rate) {
      return;
    }
    this.#pending = true;
    setImmediate(() => {
      this.#pending = false;
      if (!this.#closed) {
        this.#room.broadcastPatch();
        this.#room.patchRate = rate;
      }
    });
  }

  close(): void {
    this.#closed = true;
  }
}
