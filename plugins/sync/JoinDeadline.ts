/**
 * Closes who does not acknowledge that he has joined. Until then Colyseus keeps all that is sent to a client in memory,
 * where no socket shows it to Backpressure; the SDK acknowledges by itself. Called by Patches with each patch.
 */
import { type Client, ClientState } from "@colyseus/core";
import { TOO_SLOW } from "./Backpressure.ts";
import type { OpenClient } from "./internals.ts";

/** In how many steps the time is measured. */
const STEPS = 20;

export class JoinDeadline {
  readonly #ms: number;
  readonly #since = new WeakMap<Client, number>();
  #next = 0;

  constructor(ms: number) {
    this.#ms = ms;
  }

  check(clients: readonly Client[], now: number): void {
    if (now < this.#next) {
      return;
    }
    this.#next = now + this.#ms / STEPS;
    for (const client of clients) {
      if (client.state === ClientState.JOINING) {
        this.#checkOne(client as OpenClient, now);
      }
    }
  }

  #checkOne(client: OpenClient, now: number): void {
    const since = this.#since.get(client);
    if (since === undefined) {
      // Colyseus listens from when it has told the client; before that a game's onJoin may take as long as it likes
      client.ref.listenerCount("message") > 0 && this.#since.set(client, now);
    } else if (now - since > this.#ms) {
      client.leave(TOO_SLOW, "did not acknowledge the join");
    }
  }
}
