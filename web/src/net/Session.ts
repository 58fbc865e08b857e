/**
 * The player's stay: joins a space, keeps the link, and comes back by itself. A short cut of the line is healed by the
 * SDK with the same seat; when the seat is gone (the server was restarted) the space is joined anew until that works or
 * the player leaves. Meanwhile the last world stays, marked as frozen.
 */
import { Client, CloseCode } from "@colyseus/sdk";
import { type ReadonlySignal, signal } from "@preact/signals";
import { ROOM, type Role } from "../../../src/protocol/names.ts";
import type { WorldState } from "../live/roomTypes.ts";
import { World } from "../live/World.ts";
import { type SpaceRoom, toRefusal } from "./requests.ts";

const REJOIN_MS = 1500;

export interface JoinRequest {
  space: string;
  name: string;
  role: Role;
}

/** out: on the join screen · lost: neither seat nor room; joining anew. */
export type LinkState = "out" | "joining" | "live" | "reconnecting" | "lost";

export class Session {
  readonly #client: Client;
  readonly #link = signal<LinkState>("out");
  readonly #world = signal<World | undefined>(undefined);
  readonly #problem = signal("");
  readonly #request = signal<JoinRequest | undefined>(undefined);
  /** Counts stays: what belongs to an earlier one is ignored. */
  #stay = 0;

  constructor(options: { endpoint: string }) {
    this.#client = new Client(options.endpoint);
  }

  get link(): ReadonlySignal<LinkState> {
    return this.#link;
  }
  get world(): ReadonlySignal<World | undefined> {
    return this.#world;
  }
  /** Why the last join failed; "" when it did not. */
  get problem(): ReadonlySignal<string> {
    return this.#problem;
  }
  /** What was asked for; undefined on the join screen. */
  get request(): ReadonlySignal<JoinRequest | undefined> {
    return this.#request;
  }

  /** Also switches: the space that was joined before is left. */
  async join(request: JoinRequest): Promise<void> {
    this.#end();
    const stay = this.#stay;
    this.#request.value = request;
    this.#link.value = "joining";
    this.#problem.value = "";
    try {
      this.#enter(await this.#open(request), stay);
    } catch (error) {
      if (stay === this.#stay) {
        this.#end();
        this.#problem.value = toRefusal(error).message;
      }
    }
  }

  leave(): void {
    this.#end();
    this.#problem.value = "";
  }

  #open(request: JoinRequest): Promise<SpaceRoom> {
    return this.#client.joinOrCreate<WorldState>(ROOM, request) as Promise<SpaceRoom>;
  }

  #enter(room: SpaceRoom, stay: number): void {
    if (stay !== this.#stay) {
      void room.leave();
      return;
    }
    const world = new World(room);
    world.start();
    this.#world.value?.close();
    this.#world.value = world;
    this.#link.value = "live";
    room.onMessage("*", () => undefined);
    room.onDrop(() => this.#when(stay, "reconnecting"));
    room.onReconnect(() => this.#when(stay, "live"));
    room.onLeave((code) => {
      if (stay === this.#stay && code !== CloseCode.CONSENTED) {
        void this.#rejoin(stay);
      }
    });
  }

  async #rejoin(stay: number): Promise<void> {
    this.#link.value = "lost";
    const request = this.#request.value;
    while (request !== undefined && stay === this.#stay) {
      await new Promise((resolve) => window.setTimeout(resolve, REJOIN_MS));
      try {
        return this.#enter(await this.#open(request), stay);
      } catch (error) {
        this.#problem.value = toRefusal(error).message;
      }
    }
  }

  #when(stay: number, link: LinkState): void {
    if (stay === this.#stay) {
      this.#link.value = link;
    }
  }

  #end(): void {
    this.#stay++;
    const world = this.#world.value;
    this.#world.value = undefined;
    this.#request.value = undefined;
    this.#link.value = "out";
    world?.close();
    if (world?.room.connection?.isOpen) {
      void world.room.leave();
    } else if (world !== undefined) {
      world.room.reconnection.enabled = false;
    }
  }
}
