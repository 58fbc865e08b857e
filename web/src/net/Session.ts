/**
 * The player's stay: joins a space, keeps the link, and comes back by itself. A short cut of the line is healed by the
 * SDK with the same seat; when the seat is gone (the server was restarted) the space is joined anew until that works or
 * the player leaves. Meanwhile the last world stays, marked as frozen.
 */
import { Client, CloseCode } from "@colyseus/sdk";
import { type ReadonlySignal, signal } from "@preact/signals";
import { OVERWRITTEN, type Overwritten, ROOM, type Role, VISUAL_REFUSED } from "../../../src/protocol/names.ts";
import type { WorldState } from "../live/roomTypes.ts";
import { World } from "../live/World.ts";
import { S } from "../strings.ts";
import { ask, type SpaceRoom, toRefusal } from "./requests.ts";

const REJOIN_MS = 1500;
/** Close code of the server for who did not renew (docs/sign-in.md). */
const SIGN_IN_EXPIRED = 4401;

export interface JoinRequest {
  space: string;
  name: string;
  role: Role;
}

/** out: on the join screen · lost: neither seat nor room; joining anew. */
export type LinkState = "out" | "joining" | "live" | "reconnecting" | "lost";

export class Session {
  readonly #client: Client;
  readonly #token: () => Promise<string>;
  readonly #say: (text: string) => void;
  readonly #link = signal<LinkState>("out");
  readonly #world = signal<World | undefined>(undefined);
  readonly #problem = signal("");
  readonly #leaveAt = signal(0);
  readonly #request = signal<JoinRequest | undefined>(undefined);
  /** Counts stays: what belongs to an earlier one is ignored. */
  #stay = 0;

  /**
   * `token`: of who is signed in, asked for at each join; "" where nobody signs in. `say`: shows what the server tells this
   * builder alone.
   */
  constructor(options: { endpoint: string; token: () => Promise<string>; say: (text: string) => void }) {
    this.#client = new Client(options.endpoint);
    this.#token = options.token;
    this.#say = options.say;
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
  /** The sign-in has run out, and at this time (ms since epoch) the server ends the connection; 0: it has not. */
  get leaveAt(): ReadonlySignal<number> {
    return this.#leaveAt;
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
        this.#problem.value = hasCode(error, 404) ? S.join.noSuch(request.space) : toRefusal(error).message;
      }
    }
  }

  leave(): void {
    this.#end();
    this.#problem.value = "";
  }

  /** A new token for the connection that stands. */
  async renew(token: string): Promise<void> {
    const world = this.#world.value;
    if (world !== undefined && this.#link.value === "live") {
      const answer = await ask(world.room, "auth.renew", { token });
      if (answer.ok) {
        this.#leaveAt.value = 0;
      }
      this.#problem.value = answer.ok ? "" : answer.refusal.message;
    }
  }

  async #open(request: JoinRequest): Promise<SpaceRoom> {
    this.#client.auth.token = await this.#token();
    return (await this.#client.joinOrCreate<WorldState>(ROOM, request)) as SpaceRoom;
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
    this.#leaveAt.value = 0;
    room.onMessage("auth.expired", ({ leaveAt }: { leaveAt: number }) => {
      this.#leaveAt.value = leaveAt;
    });
    room.onMessage(OVERWRITTEN, ({ twinId, by, removed }: Overwritten) => {
      const name = world.twin(twinId)?.$name || twinId;
      this.#say(removed ? S.build.removed(name, by) : S.build.overwritten(name, by));
    });
    room.onMessage(VISUAL_REFUSED, ({ reason }: { reason: string }) => this.#say(S.looks.notKept(reason)));
    room.onMessage("*", () => undefined);
    room.onDrop(() => this.#when(stay, "reconnecting"));
    room.onReconnect(() => this.#when(stay, "live"));
    room.onLeave((code) => {
      if (stay === this.#stay && code === SIGN_IN_EXPIRED) {
        this.#signedOut(S.signIn.over);
      } else if (stay === this.#stay && code !== CloseCode.CONSENTED) {
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
        if (stay === this.#stay && hasCode(error, 401)) {
          this.#signedOut(this.#problem.value);
        }
      }
    }
  }

  #signedOut(why: string): void {
    this.#end();
    this.#problem.value = why;
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
    this.#leaveAt.value = 0;
    this.#link.value = "out";
    world?.close();
    if (world?.room.connection?.isOpen) {
      void world.room.leave();
    } else if (world !== undefined) {
      world.room.reconnection.enabled = false;
    }
  }
}

/** Joining was refused with 401: the token is not good, or no longer; with 404: there is no such space. */
function hasCode(error: unknown, code: number): boolean {
  return (error as { code?: unknown } | null)?.code === code;
}
