/**
 * Which twins each client of a room is shown: all of them, or in a large room those that concern it. TwinSyncPlugin decides
 * with it when the room is created and again when the twins are there; nobody knows before how many there will be.
 */
import { type Client, ClientState } from "@colyseus/core";
import type { StateView } from "@colyseus/schema";
import type { WorldState } from "../../src/schema/states.ts";
import type { TwinServices } from "../../src/services.ts";
import type { TwinId } from "../../src/twins/types.ts";
import { isOnFloor, type Spot } from "./Floor.ts";
import { assertUnshared } from "./gameViews.ts";
import { type InterestOptions, NearViews } from "./NearViews.ts";
import type { Wishes } from "./Seer.ts";
import { SharedViews, type TagOf, type Views } from "./SharedViews.ts";

export interface InterestSetup {
  /** The room's option; undefined: by size, where the room is ours. */
  asked: InterestOptions | false | undefined;
  /** The world is in a field of a game's own state. */
  foreign: boolean;
  services: TwinServices;
  tagOf: TagOf;
  /** Called when a view of several clients shows something else: each of them needs a full state. */
  changed(view: StateView): void;
}

/** Twins in a room above which each client is shown a part. */
const DEFAULT_THRESHOLD = 10_000;

export class Interest {
  readonly #setup: InterestSetup;
  /** Clients get twins by their views. */
  readonly viewed: boolean;
  readonly #spots = new Map<TwinId, Spot>();
  #views: SharedViews | NearViews | undefined;
  #world: WorldState | undefined;
  /** What clients asked for before they could be shown what is near, by session; undefined: nobody ever will be. */
  #wishes: Map<string, Wishes> | undefined;

  /** `space`: of which the room will be, as far as is known. */
  constructor(setup: InterestSetup, space: TwinId) {
    this.#setup = setup;
    this.viewed = this.#needsViews(space);
    this.#wishes = this.viewed ? new Map() : undefined;
  }

  /** At first everybody is shown all twins. */
  start(world: WorldState): void {
    this.#world = world;
    const { tagOf, changed } = this.#setup;
    this.#views = new SharedViews({ world, tagOf, viewed: this.viewed, changed });
  }

  get views(): Views | undefined {
    return this.#views;
  }

  get #near(): NearViews | undefined {
    return this.#views instanceof NearViews ? this.#views : undefined;
  }

  /**
   * The twins are known: undefined unless clients are to be shown what is near from now on. Who is on its way, or has lost
   * its connection, is shown it with its next full state.
   */
  open(world: WorldState, members: ReadonlySet<TwinId>, clients: readonly Client[]): NearViews | undefined {
    if (!this.viewed || !this.#isLarge(world.space, () => members)) {
      this.#wishes = undefined;
      return undefined;
    }
    const shared = this.#views instanceof SharedViews ? this.#views : undefined;
    assertUnshared(clients);
    assertUnshared(shared?.held() ?? []);
    const { asked, tagOf } = this.#setup;
    const near = new NearViews({ ...(asked || {}), world, tagOf, spotOf: (id) => this.#spots.get(id) });
    for (const [id, twin] of world.twins) {
      near.added(id, twin); // it came before the answer to the scope's query
    }
    shared?.end();
    this.#views = near;
    for (const client of clients) {
      if (client.state === ClientState.JOINED) {
        this.beforeFullState(client);
      }
    }
    return near;
  }

  join(client: Client): void {
    if (!this.#near) {
      this.#wishes?.set(client.sessionId, {});
    }
    this.#views?.join(client);
  }

  /** A client that joined is to get a full state: it may be the first since clients are shown what is near. */
  beforeFullState(client: Client): void {
    if (this.#near && !this.#near.seer(client)) {
      this.#near.join(client, this.#wishes?.get(client.sessionId));
      this.#wishes?.delete(client.sessionId);
    }
  }

  /** For good. False: the client's view, if it has one, is none of ours. */
  leave(client: Client): boolean {
    this.#wishes?.delete(client.sessionId);
    return this.#views?.leave(client) ?? false;
  }

  /** A client's roles are others now: it is shown what they may see. */
  rightsChanged(client: Client): void {
    this.#views?.rightsChanged(client);
  }

  /** A spot that is not finite is ignored. */
  moved(client: Client, { x, z }: Spot): void {
    const spot = { x, z };
    if (isOnFloor(spot)) {
      this.#wish(client, { spot });
      this.#near?.moved(client, spot);
    }
  }

  /** "": nothing. */
  selected(client: Client, selected: TwinId): void {
    this.#wish(client, { selected });
    this.#near?.select(client, selected);
  }

  #wish({ sessionId }: Client, wish: Wishes): void {
    const wishes = this.#wishes?.get(sessionId);
    if (wishes) {
      Object.assign(wishes, wish);
    }
  }

  /** undefined: nowhere; a spot that is not finite is ignored. */
  placed(id: TwinId, spot: Spot | undefined): void {
    if (!spot) {
      this.#spots.delete(id);
    } else if (isOnFloor(spot)) {
      this.#spots.set(id, { x: spot.x, z: spot.z });
    }
    this.#near?.placed(id);
  }

  /** False where everybody sees all anyhow. */
  watch(client: Client, listed: readonly TwinId[]): boolean {
    this.#wish(client, { listed });
    this.#near?.watch(client, listed);
    return this.#near !== undefined;
  }

  /** Before a patch. */
  settle(): void {
    this.#near?.settle(this.#alarmed(), performance.now());
  }

  #alarmed(): ReadonlySet<TwinId> {
    const alarmed = new Set<TwinId>();
    for (const [, { twinId, cleared }] of this.#world?.alarms ?? []) {
      if (cleared === 0) {
        alarmed.add(twinId);
      }
    }
    return alarmed;
  }

  #needsViews(space: TwinId): boolean {
    const { asked, foreign, services } = this.#setup;
    if (asked === false || (foreign && asked === undefined)) {
      return false;
    }
    const { link, spaces } = services;
    return asked !== undefined || !link.loaded || this.#isLarge(space, () => spaces.members(space));
  }

  /**
   * Unless it is asked for, only where people placed most twins: a plant that nobody has arranged is shown whole. And there
   * nobody has to know the members either, which are many to collect when the room is the first of a large space.
   */
  #isLarge(space: TwinId, members: () => ReadonlySet<TwinId>): boolean {
    const { asked, services } = this.#setup;
    if (asked) {
      return members().size > (asked.threshold ?? DEFAULT_THRESHOLD);
    }
    const placed = new Set(Array.from(services.placements.list(space), ({ twinId }) => twinId));
    return (
      placed.size > DEFAULT_THRESHOLD / 2 && members().size > DEFAULT_THRESHOLD && placed.size > members().size / 2
    );
  }
}
