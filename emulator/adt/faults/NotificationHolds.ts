/**
 * Keeps back notifications that are to come late: for a time, or until others have passed. Stands between the outbox and the
 * hub; a message that nobody holds goes straight through.
 *
 * What is kept back counts as published: a kill -9 loses it, a close does not.
 */
import type { NotificationMessage, Publish } from "../types.ts";

export interface Hold {
  /** ms */
  delay: number;
  /** Messages to the same hub that pass before it, if they come within the delay; 0: only time counts. */
  passing: number;
}

interface Held {
  hub: string;
  message: NotificationMessage;
  passing: number;
  timer: NodeJS.Timeout;
}

export class NotificationHolds {
  readonly #publish: Publish;
  readonly #onError: (error: unknown) => void;
  readonly #holds = new WeakMap<NotificationMessage, Hold>();
  readonly #held = new Set<Held>();
  readonly #leaving = new Set<Promise<void>>();

  constructor(publish: Publish, onError: (error: unknown) => void) {
    this.#publish = publish;
    this.#onError = onError;
  }

  /** Decided when the event happens, done when it is published. */
  hold(message: NotificationMessage, hold: Hold): void {
    this.#holds.set(message, hold);
  }

  async publish(hub: string, message: NotificationMessage): Promise<void> {
    const hold = this.#holds.get(message);
    if (hold === undefined) {
      await this.#publish(hub, message);
      this.#pass(hub);
      return;
    }
    this.#holds.delete(message);
    const timer = setTimeout(() => this.#release(held), hold.delay);
    const held: Held = { hub, message, passing: hold.passing, timer };
    this.#held.add(held);
  }

  /** Sends all at once. */
  async close(): Promise<void> {
    for (const held of this.#held) {
      this.#release(held);
    }
    await Promise.all(this.#leaving);
  }

  #pass(hub: string): void {
    for (const held of this.#held) {
      if (held.hub === hub && held.passing > 0) {
        held.passing -= 1;
        if (held.passing === 0) {
          this.#release(held);
        }
      }
    }
  }

  #release(held: Held): void {
    clearTimeout(held.timer);
    this.#held.delete(held);
    const leaving = this.#publish(held.hub, held.message)
      .catch(this.#onError)
      .finally(() => {
        this.#leaving.delete(leaving);
      });
    this.#leaving.add(leaving);
  }
}
