/**
 * Moves a placement while it is dragged: what the hand does is shown at once and sent at most 20 times a second, the last
 * position settles on release. The scene shows `held` instead of the room's position, so that a patch on its way back
 * never pulls the thing from under the hand.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Transform } from "../../../src/protocol/names.ts";
import { ask, type Refusal, type SpaceRoom } from "../net/requests.ts";

const SEND_MS = 50;

/** Turn and scale only where they change. */
export interface Held extends Partial<Transform> {
  id: string;
  x: number;
  y: number;
  z: number;
}

export class PlacementMover {
  readonly #room: SpaceRoom;
  readonly #onRefusal: (refusal: Refusal) => void;
  readonly #held = signal<Held | undefined>(undefined);
  #timer = 0;
  #sentAt = 0;

  constructor(options: { room: SpaceRoom; onRefusal: (refusal: Refusal) => void }) {
    this.#room = options.room;
    this.#onRefusal = options.onRefusal;
  }

  get held(): ReadonlySignal<Held | undefined> {
    return this.#held;
  }

  drag(to: Held): void {
    this.#held.value = to;
    if (this.#timer === 0) {
      const wait = Math.max(0, this.#sentAt + SEND_MS - performance.now());
      this.#timer = window.setTimeout(() => this.#send(), wait);
    }
  }

  /** The hand lets go: resolves when the server has taken the position, or refused it. */
  async drop(): Promise<void> {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    const held = this.#held.value;
    if (held !== undefined) {
      await this.settle(held);
      this.#held.value = this.#held.value === held ? undefined : this.#held.value;
    }
  }

  /** Moves without a drag. */
  async settle({ id, ...pose }: Held): Promise<void> {
    const items = [{ placementId: id, ...pose }];
    const answer = await ask(this.#room, "placement.move", { items, settle: true });
    if (!answer.ok) {
      this.#onRefusal(answer.refusal);
    }
  }

  #send(): void {
    this.#timer = 0;
    this.#sentAt = performance.now();
    const held = this.#held.value;
    if (held !== undefined) {
      const { id: placementId, ...pose } = held;
      const items = [{ placementId, ...pose }];
      void ask(this.#room, "placement.move", { items, settle: false });
    }
  }
}
