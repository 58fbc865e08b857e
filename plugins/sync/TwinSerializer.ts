/**
 * Colyseus' serializer without its defects (0.18), for a room of any kind: what is sent is a private copy, made once for
 * all who see the same; a view that several clients share reaches all of them; a public part larger than the buffer
 * stays whole; who joins does not hear twice that an array's elements moved; the full state is encoded once between two
 * patches.
 *
 * Stock reuses one buffer for every patch, so a slow client whose socket still refers to it gets bytes of the next one and
 * is wrong from then on. Taken by `adopt` in TwinSyncPlugin.onCreate, right after the room has its state.
 */
import { type Client, ClientState, Protocol, SchemaSerializer } from "@colyseus/core";
import type { Schema, StateView } from "@colyseus/schema";
import type { WorldState } from "../../src/schema/states.ts";
import type { CellEncoder } from "./CellEncoder.ts";
import { clearedFields } from "./clearedFields.ts";
import { encodeView } from "./encodeView.ts";
import { FullStates } from "./FullStates.ts";
import { joined, NOTHING, type Timing, timed } from "./frames.ts";
import type { ChangeList, OpenClient, OpenRoom, OpenView } from "./internals.ts";
import type { NearViews } from "./NearViews.ts";
import { forSome, lengthOf, type PartsTaken } from "./PreparedFrames.ts";
import type { Seer } from "./Seer.ts";
import type { ValueLane } from "./ValueLane.ts";

const { ROOM_STATE_PATCH } = Protocol;
const EMPTY_PATCH = Uint8Array.of(ROOM_STATE_PATCH);

export class TwinSerializer extends SchemaSerializer<Schema> {
  /** Sends one patch to all that have joined but one; answers whether somebody was to get it. */
  sendAll = sendAll;
  /** How full states go to a client; absent: in one piece. */
  partsFor: ((client: OpenClient) => PartsTaken | undefined) | undefined;
  /** Called with the length of each full state that a client gets. */
  onFullState: ((bytes: number) => void) | undefined;
  /** Sends what is pending to who is there: for full states that could not be followed by it. */
  patchFirst: (() => void) | undefined;
  /** Values for the next patch; absent: there are none but in the state. */
  lane: ValueLane | undefined;
  /** In a large room. */
  #cells: CellEncoder | undefined;
  #near: NearViews | undefined;
  #world: WorldState | undefined;
  readonly #known = new Set<string>();
  readonly #resynced = new Set<OpenClient>();
  /** A full state is being made for it: the patch before it is for the others. */
  #receiving: OpenClient | undefined;
  #fullStates: FullStates | undefined;

  /** Puts itself in the place of the room's serializer, over the same encoder. Again: gives the one that is there. */
  static adopt(room: OpenRoom): TwinSerializer | undefined {
    const stock = room._serializer;
    if (stock instanceof TwinSerializer) {
      return stock;
    }
    if (!(stock instanceof SchemaSerializer)) {
      return undefined;
    }
    const serializer = Object.assign(new TwinSerializer(), stock); // a second encoder over the state would number it anew
    room.setSerializer(serializer);
    return serializer;
  }

  /** From now on clients are shown the twins that these views give them, with what changed in those cells. */
  showNear(near: NearViews, world: WorldState, cells: CellEncoder): void {
    this.#near = near;
    this.#world = world;
    this.#cells = cells;
  }

  /** The room has another state. */
  override reset(state: Schema & object): void {
    super.reset(state);
    this.#fullStates = undefined;
  }

  /** It has had a state: the next one is made for it anew. */
  knows(client: Client): boolean {
    return this.#known.has(client.sessionId);
  }

  /** Bytes of full states that have been encoded so far. */
  get encoded(): number {
    return this.#full.encoded;
  }

  /** For who leaves for good. */
  forget(client: Client): void {
    this.#known.delete(client.sessionId);
    this.#resynced.delete(client as OpenClient);
  }

  /** It shows something else now, and perhaps nobody is told by a patch. */
  viewChanged(view: StateView): void {
    this.#full.forget(view);
  }

  override getFullState(client?: Client, timing?: Timing): Uint8Array {
    const known = client as OpenClient | undefined;
    const again = known !== undefined && this.#isKnown(known);
    if (this.#full.hasMoved) {
      this.#patchOthers(known);
    }
    const full = this.#fullOf(known, again, timing);
    if (known) {
      this.onFullState?.(lengthOf(full));
    }
    return full;
  }

  override applyPatches(clients: Client[], _state?: unknown, timing?: Timing): boolean {
    const changed = this.encoder.hasChanges || this.lane?.isEmpty === false;
    if (clients.length === 0) {
      if (changed) {
        this.#full.clear();
        this.#discard();
      }
      return false;
    }
    const shared = changed ? this.#sharedPatch() : undefined;
    const sent =
      this.hasFilters || timing
        ? this.#sendEach(clients as OpenClient[], shared, changed, timing)
        : shared !== undefined && this.sendAll(clients, shared, this.#receiving);
    if (changed) {
      this.#full.follow(shared);
      this.#discard();
    }
    this.#tellCleared();
    return changed || sent;
  }

  /** The client itself gets it with its full state. */
  #patchOthers(client: OpenClient | undefined): void {
    try {
      this.#receiving = client;
      this.patchFirst?.();
    } finally {
      this.#receiving = undefined;
    }
  }

  get #full(): FullStates {
    this.#fullStates ??= new FullStates(this.encoder, this.fullEncodeBuffer);
    return this.#fullStates;
  }

  #fullOf(client: OpenClient | undefined, again: boolean, timing: Timing): Uint8Array {
    if (client && this.#near?.seer(client) && this.#world) {
      return timed(this.#full.near(client, this.#near, this.#world, again), client, timing);
    }
    const view = this.hasFilters ? client?.view : undefined;
    const taken = client && !view && !timing ? this.partsFor?.(client) : undefined;
    return taken ? this.#full.inParts(again, taken === "packed") : timed(this.#full.of(view, again), client, timing);
  }

  /** All is told. */
  #discard(): void {
    this.#cells?.clear();
    this.lane?.clear();
    this.encoder.discardChanges();
  }

  /** By views, and in frames of each client's own where they carry the clock. */
  #sendEach(clients: OpenClient[], shared: Uint8Array | undefined, changed: boolean, timing: Timing): boolean {
    const others = changed ? this.#cells?.collect(this.encoder) : undefined;
    const made = new Map<StateView, Uint8Array | undefined>();
    if (shared) {
      forSome(shared); // others get something else in between
    }
    let sent = false;
    for (const client of clients) {
      if (client !== this.#receiving && client.state === ClientState.JOINED) {
        const patch = this.#patchOf(client, shared, others, made) ?? (timing && EMPTY_PATCH); // it carries the clock
        if (patch) {
          client.raw(timed(patch, client, timing));
          sent = true;
        }
      }
    }
    return sent;
  }

  /** `made`: for clients that share a view. */
  #patchOf(
    client: OpenClient,
    shared: Uint8Array | undefined,
    others: ChangeList | undefined,
    made: Map<StateView, Uint8Array | undefined>,
  ): Uint8Array | undefined {
    const view = this.hasFilters ? client.view : undefined;
    if (!view) {
      return shared;
    }
    const seer = this.#near?.seer(client);
    if (seer) {
      return this.#viewPatch(view, shared, others, seer);
    }
    if (!made.has(view)) {
      const patch = this.#viewPatch(view, shared, others, undefined);
      made.set(view, patch);
      if (patch && patch !== shared) {
        forSome(patch); // who may see the same shares a view
      }
    }
    return made.get(view);
  }

  /** What everybody sees. */
  #sharedPatch(): Uint8Array | undefined {
    const it = { offset: 1 };
    this.encoder.sharedBuffer[0] = ROOM_STATE_PATCH;
    const bytes = this.encoder.encode(it);
    const values = this.lane?.shared.bytes() ?? NOTHING;
    return it.offset > 1 || values.length > 0 ? joined(bytes, values) : undefined;
  }

  #viewPatch(
    view: StateView,
    shared: Uint8Array | undefined,
    others: ChangeList | undefined,
    seer: Seer | undefined,
  ): Uint8Array | undefined {
    const own = this.#own(view, others);
    const cells = seer && this.#cells;
    if (!cells) {
      return own.length === 0 ? shared : joined(shared ?? EMPTY_PATCH, own);
    }
    const far = cells.far(seer);
    if (own.length === 0 && far.length === 0) {
      return cells.nearPatch(seer.vantage, shared ?? EMPTY_PATCH) ?? shared;
    }
    return joined(shared ?? EMPTY_PATCH, own, [...cells.near(seer.vantage), ...far]);
  }

  /** What Colyseus' encoder has to tell in this view; `others`: of these changes instead of all. */
  #own(view: StateView, others: ChangeList | undefined): Uint8Array {
    const isUnsent = (view as unknown as OpenView).changes.size > 0; // by hand, and nobody heard of it yet
    if (isUnsent) {
      this.#full.forget(view);
    }
    const hasOwn = isUnsent || (others ? others.next !== undefined : this.encoder.hasChanges);
    return hasOwn ? encodeView(this.encoder, view, others) : NOTHING;
  }

  /** True for who has had a state; he will also hear what is empty. */
  #isKnown(client: OpenClient): boolean {
    const known = this.#known.has(client.sessionId);
    if (known) {
      this.#resynced.add(client);
    }
    this.#known.add(client.sessionId);
    return known;
  }

  /** A full state says what there is; who had a state before has to hear also which fields are empty now. */
  #tellCleared(): void {
    const made = new Map<StateView | undefined, Uint8Array | undefined>();
    for (const client of this.#resynced) {
      if (client !== this.#receiving) {
        this.#resynced.delete(client);
        const view = this.hasFilters ? client.view : undefined;
        const patch = made.has(view) ? made.get(view) : clearedFields(this.encoder, view);
        made.set(view, patch);
        if (patch && client.state === ClientState.JOINED) {
          client.raw(timed(patch, client, undefined));
        }
      }
    }
  }
}

function sendAll(clients: readonly Client[], patch: Uint8Array, except: Client | undefined): boolean {
  const to = clients.filter((client) => client !== except && client.state === ClientState.JOINED);
  for (const client of to) {
    client.raw(patch);
  }
  return to.length > 0;
}
