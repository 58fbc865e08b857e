/**
 * Colyseus' serializer without its defects (0.18), for a room of any kind: what is sent is a private copy, made once for
 * all who see the same; a view that several clients share reaches all of them; a public part larger than the buffer
 * stays whole; the full state is encoded once between two patches.
 *
 * Stock reuses one buffer for every patch, so a slow client whose socket still refers to it gets bytes of the next one and
 * is wrong from then on. Taken by `adopt` in TwinSyncPlugin.onCreate, right after the room has its state.
 */
import { type Client, ClientState, Protocol, ProtocolModifier, SchemaSerializer } from "@colyseus/core";
import { $changes, $refId, encode, MapSchema, type Schema, type StateView } from "@colyseus/schema";
import type { WorldState } from "../../src/schema/states.ts";
import { CellEncoder } from "./CellEncoder.ts";
import { clearedFields } from "./clearedFields.ts";
import {
  type ChangeList,
  type ChangeTree,
  type OpenClient,
  type OpenRoom,
  type OpenView,
  SWITCH_TO_STRUCTURE,
} from "./internals.ts";
import type { NearViews } from "./NearViews.ts";
import type { ValueLane } from "./ValueLane.ts";

const { ROOM_STATE, ROOM_STATE_PATCH } = Protocol;
/** A frame that begins with the room's clock and the client's acknowledged input: rooms with `defineInput`. */
const { TIMED } = ProtocolModifier;
const TIMED_HEADER = 9;
const NOTHING = new Uint8Array(0);
const EMPTY_PATCH = Uint8Array.of(ROOM_STATE_PATCH);

type Timing = { sNow: number } | undefined;
type Frames = Map<StateView | undefined, Uint8Array | undefined>;

export class TwinSerializer extends SchemaSerializer<Schema> {
  /** Called before a client gets its first state on a connection. */
  onConnection: ((client: OpenClient) => void) | undefined;
  /** Values for the next patch; absent: there are none but in the state. */
  lane: ValueLane | undefined;
  /** In a large room. */
  #cells: CellEncoder | undefined;
  #near: NearViews | undefined;
  #world: WorldState | undefined;
  readonly #known = new Set<string>();
  readonly #resynced = new Set<OpenClient>();
  /** Full states since the last change. */
  readonly #full: Frames = new Map();

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
    serializer.needFullEncode = true;
    room.setSerializer(serializer);
    return serializer;
  }

  /** From now on clients are shown the twins that these views give them. */
  showNear(near: NearViews, world: WorldState): void {
    this.#near = near;
    this.#world = world;
    this.#cells = new CellEncoder(near, world);
    if (this.lane) {
      this.lane.side = this.#cells;
    }
  }

  /** For who leaves for good. */
  forget(client: Client): void {
    this.#known.delete(client.sessionId);
    this.#resynced.delete(client as OpenClient);
  }

  override getFullState(client?: Client, timing?: Timing): Uint8Array {
    const known = client as OpenClient | undefined;
    const again = known !== undefined && this.#isKnown(known);
    if (known) {
      this.onConnection?.(known);
    }
    const full =
      known && this.#near?.seer(known) ? this.#fullOfNear(known, again) : this.#fullState(client?.view, again);
    return timed(full, known, timing);
  }

  override applyPatches(clients: Client[], _state?: unknown, timing?: Timing): boolean {
    const changed = this.encoder.hasChanges || this.lane?.isEmpty === false;
    if (changed) {
      this.needFullEncode = true;
    }
    if (clients.length === 0) {
      this.#discard();
      return false;
    }
    const frames: Frames = new Map([[undefined, changed ? this.#sharedPatch() : undefined]]);
    const others = changed ? this.#cells?.collect(this.encoder) : undefined;
    let sent = false;
    for (const client of clients as OpenClient[]) {
      if (client.state === ClientState.JOINED) {
        sent = this.#send(client, frames, others, timing) || sent;
      }
    }
    if (changed) {
      this.#discard();
    }
    this.#tellCleared();
    return changed || sent;
  }

  #discard(): void {
    this.#cells?.clear();
    this.lane?.clear();
    this.encoder.discardChanges();
  }

  #send(client: OpenClient, frames: Frames, others: ChangeList | undefined, timing: Timing): boolean {
    const view = this.hasFilters ? client.view : undefined;
    if (!frames.has(view)) {
      frames.set(view, view && this.#viewPatch(client, view, frames.get(undefined), others));
    }
    const patch = frames.get(view) ?? (timing && EMPTY_PATCH); // an empty one carries the clock
    if (patch) {
      client.raw(timed(patch, client, timing));
    }
    return patch !== undefined;
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
    client: OpenClient,
    view: StateView,
    shared: Uint8Array | undefined,
    others: ChangeList | undefined,
  ): Uint8Array | undefined {
    if (isUnsent(view)) {
      this.#full.delete(view);
    }
    const hasOwn = isUnsent(view) || (others ? others.next !== undefined : this.encoder.hasChanges);
    const own = hasOwn ? this.#withChanges(others, () => this.encoder.encodeView(view, 0, { offset: 0 })) : NOTHING;
    const pieces = this.#cells?.piecesFor(client) ?? [];
    if (own.length === 0 && pieces.length === 0) {
      return shared;
    }
    return joined(shared ?? EMPTY_PATCH, own, ...pieces);
  }

  /**
   * What was encoded since the last patch serves everybody who joins until the next one; what the game changed meanwhile
   * (who joins is a change) is put behind it. Not for who had a state before: his SDK reconciles with what is named.
   */
  /** The encoder walks these changes instead of all. */
  #withChanges<T>(changes: ChangeList | undefined, run: () => T): T {
    const root = this.encoder.root as unknown as { changes: ChangeList };
    const all = root.changes;
    root.changes = changes ?? all;
    try {
      return run();
    } finally {
      root.changes = all;
    }
  }

  #fullState(view: StateView | undefined, again: boolean): Uint8Array {
    const pending = this.encoder.hasChanges;
    if (this.needFullEncode || (pending && (again || !this.#canFollow()))) {
      this.#full.clear();
      this.needFullEncode = false;
    }
    const own = this.hasFilters ? view : undefined;
    const known = this.#full.get(own);
    if (known) {
      return pending ? joined(known, this.#pending(own)) : known;
    }
    const made = own ? joined(this.#fullState(undefined, again), this.#fullView(own)) : this.#fullPublic();
    this.#full.set(own, made);
    return made;
  }

  /** True where pending changes may be told twice, as they will be. Positions in arrays may not. */
  #canFollow(): boolean {
    const { changes, streamTrees } = this.encoder.root as unknown as { changes: ChangeList; streamTrees: Set<unknown> };
    for (let at = changes.next; at; at = at.next) {
      const { encDescriptor, ref } = at.changeTree;
      if (!(encDescriptor.isSchema || ref instanceof MapSchema)) {
        return false;
      }
    }
    return streamTrees.size === 0;
  }

  /** A patch begins at the root without saying so; behind something else it has to. */
  #toRoot(): Uint8Array {
    const bytes = new Uint8Array(10);
    const it = { offset: 1 };
    bytes[0] = SWITCH_TO_STRUCTURE;
    encode.number(bytes, (this.encoder.state as unknown as Record<symbol, number>)[$refId] ?? 0, it);
    return bytes.subarray(0, it.offset);
  }

  #pending(view: StateView | undefined): Uint8Array {
    const shared = joined(this.#toRoot(), this.encoder.encode());
    return view ? joined(shared, this.encoder.encode({ offset: 0 }, view)) : shared;
  }

  /** For one client of a large room: the cost is that of what it sees, however large the world. */
  #fullOfNear(client: OpenClient, again: boolean): Uint8Array {
    const view = client.view as StateView;
    const shared = this.#fullState(undefined, again);
    const encoder = this.encoder as unknown as { _fullSyncGen: number };
    const twins = treeOf(this.#world?.twins);
    if (twins) {
      twins._fullSyncGen = encoder._fullSyncGen + 1; // as if the walk had been there
    }
    const others = this.#fullView(view);
    this.#near?.seed(client);
    const own = this.#withChanges({ next: undefined }, () => this.encoder.encodeView(view, 0, { offset: 0 }));
    return joined(shared, others, own);
  }

  #fullPublic(): Uint8Array {
    this.fullEncodeBuffer[0] = ROOM_STATE;
    const bytes = this.encoder.encodeAll({ offset: 1 }, this.fullEncodeBuffer);
    this.#keepLarger(bytes);
    return bytes.slice();
  }

  #fullView(view: StateView): Uint8Array {
    return this.encoder.encodeAllView(view, 0, { offset: 0 }, this.fullEncodeBuffer);
  }

  /** The encoder grows a buffer that is too small, and does not tell. */
  #keepLarger(bytes: Uint8Array): void {
    if (bytes.byteLength > this.fullEncodeBuffer.byteLength) {
      this.fullEncodeBuffer = new Uint8Array(bytes.byteLength * 2);
    }
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
    for (const client of this.#resynced) {
      const patch = clearedFields(this.encoder, this.hasFilters ? client.view : undefined);
      if (patch && client.state === ClientState.JOINED) {
        client.raw(timed(patch, client, undefined));
      }
    }
    this.#resynced.clear();
  }
}

function treeOf(ref: object | undefined): ChangeTree | undefined {
  return (ref as Record<symbol, ChangeTree | undefined> | undefined)?.[$changes];
}

/** Something was added to the view or taken out, and nobody heard of it yet. */
function isUnsent(view: StateView): boolean {
  return (view as unknown as OpenView).changes.size > 0;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function timed(frame: Uint8Array, client: OpenClient | undefined, timing: Timing): Uint8Array {
  if (!timing || !client) {
    return frame;
  }
  const out = Buffer.alloc(frame.length - 1 + TIMED_HEADER);
  const it = { offset: 1 };
  out[0] = (frame[0] ?? 0) | TIMED;
  encode.uint32(out, timing.sNow >>> 0, it);
  encode.uint32(out, (client._inputBuffer?.ackSeq ?? 0) >>> 0, it);
  out.set(frame.subarray(1), it.offset);
  return out;
}
