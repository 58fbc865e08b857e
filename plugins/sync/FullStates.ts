/**
 * Full states, for who joins or has to catch up. What was encoded serves everybody who comes, with the patches behind it that
 * were sent since (GrowingState): while values change and many join, the whole is encoded once a second instead of between
 * any two patches. In a large room the cost of one is that of what its client sees, however large the world. TwinSerializer asks.
 */
import { Protocol } from "@colyseus/core";
import { $refId, type Encoder, encode, MapSchema, type StateView } from "@colyseus/schema";
import type { WorldState } from "../../src/schema/states.ts";
import { encodeMoves } from "./encodeView.ts";
import { joined, NOTHING } from "./frames.ts";
import { GrowingState } from "./GrowingState.ts";
import { type ChangeList, type OpenClient, SWITCH_TO_STRUCTURE, treeOf } from "./internals.ts";
import type { NearViews } from "./NearViews.ts";
import { inParts } from "./PreparedFrames.ts";
import { FLUSH_END, stored } from "./packing.ts";

/** Of a switch to the root. */
const MOST = 10;

export class FullStates {
  readonly #encoder: Encoder;
  #buffer: Uint8Array;
  /** What everybody sees. */
  #shared: GrowingState | undefined;
  /** Weak: a view may be gone before something changes. */
  #made = new WeakMap<StateView, Uint8Array>();
  #encoded = 0;

  /** `buffer` is written to. */
  constructor(encoder: Encoder, buffer: Uint8Array) {
    this.#encoder = encoder;
    this.#buffer = buffer;
  }

  /** Bytes that have been encoded so far; what is given once more does not count. */
  get encoded(): number {
    return this.#encoded;
  }

  /** The state changed, and nobody was told. */
  clear(): void {
    this.#made = new WeakMap();
    this.#shared = undefined;
  }

  /** A patch was sent; `shared`: what of it went to everybody. */
  follow(shared: Uint8Array | undefined): void {
    this.#made = new WeakMap();
    if (shared && this.#shared?.append(this.#toRoot(), shared.subarray(1)) === false) {
      this.#shared = undefined;
    }
  }

  /** This view shows something else now. */
  forget(view: StateView): void {
    this.#made.delete(view);
  }

  /**
   * Of what is in the view, if there is one. What the game changed since the last patch (who joins is a change) is put
   * behind what is there already. Not for who had a state before (`again`): his SDK reconciles with what is named.
   */
  of(view: StateView | undefined, again: boolean): Uint8Array {
    const isPending = this.#begin(again);
    if (!view) {
      const { bytes } = this.#shared ?? this.#public();
      return isPending ? joined(bytes, this.#pending()) : bytes;
    }
    const known = this.#made.get(view);
    if (known) {
      return isPending ? joined(joined(known, this.#pending()), this.#encoder.encode({ offset: 0 }, view)) : known;
    }
    const made = joined(this.of(undefined, again), this.#ofView(view));
    this.#made.set(view, made);
    return made;
  }

  /** Of what everybody sees, for a client that takes `Parts`; nothing is copied for it. */
  inParts(again: boolean, mayBePacked: boolean): Uint8Array {
    const isPending = this.#begin(again);
    const shared = this.#shared ?? this.#public();
    const pending = isPending ? this.#pending() : NOTHING;
    const packed = mayBePacked ? shared.packed() : undefined;
    if (!isPending) {
      return inParts({ plain: [shared.bytes], packed: packed && [packed.subarray(0, -FLUSH_END)] });
    }
    return inParts({ plain: [shared.bytes, pending], packed: packed && [packed, stored(pending)] });
  }

  /** Of what a client of a large room sees. */
  near(client: OpenClient, views: NearViews, { twins }: WorldState, again: boolean): Uint8Array {
    const view = client.view as StateView;
    const shared = this.of(undefined, again);
    const tree = treeOf(twins);
    if (tree) {
      tree._fullSyncGen = (this.#encoder as unknown as { _fullSyncGen: number })._fullSyncGen + 1; // as if it was walked
    }
    const others = this.#ofView(view);
    views.seed(client);
    const own = encodeMoves(this.#encoder, view);
    this.#encoded += own.length;
    return joined(joined(shared, others), own);
  }

  /** Positions in arrays changed: what is pending cannot be told again behind a full state that has it already. */
  get hasMoved(): boolean {
    const { changes } = this.#encoder.root as unknown as { changes: ChangeList };
    for (let at = changes.next; at; at = at.next) {
      const { encDescriptor, ref } = at.changeTree;
      if (!(encDescriptor.isSchema || ref instanceof MapSchema)) {
        return true;
      }
    }
    return false;
  }

  /** True where pending changes may be told twice, as they will be. */
  #canFollow(): boolean {
    const { streamTrees } = this.#encoder.root as unknown as { streamTrees: Set<unknown> };
    return streamTrees.size === 0 && !this.hasMoved;
  }

  /** Drops what cannot be used now. True: something is pending that has to go behind what is there. */
  #begin(again: boolean): boolean {
    const isPending = this.#encoder.hasChanges;
    if ((again && this.#shared?.hasGrown) || (isPending && (again || !this.#canFollow()))) {
      this.clear();
    }
    return isPending && this.#shared !== undefined;
  }

  /** For everybody. */
  #pending(): Uint8Array {
    return joined(this.#toRoot(), this.#encoder.encode());
  }

  /** A patch begins at the root without saying so; behind something else it has to. */
  #toRoot(): Uint8Array {
    const bytes = new Uint8Array(MOST);
    const it = { offset: 1 };
    bytes[0] = SWITCH_TO_STRUCTURE;
    encode.number(bytes, (this.#encoder.state as unknown as Record<symbol, number>)[$refId] ?? 0, it);
    return bytes.subarray(0, it.offset);
  }

  /** What is pending is in it already. */
  #public(): GrowingState {
    this.#buffer[0] = Protocol.ROOM_STATE;
    const bytes = this.#encoder.encodeAll({ offset: 1 }, this.#buffer);
    if (bytes.byteLength > this.#buffer.byteLength) {
      this.#buffer = new Uint8Array(bytes.byteLength * 2); // the encoder grows one that is too small, and does not tell
    }
    this.#encoded += bytes.byteLength;
    this.#shared = new GrowingState(bytes);
    return this.#shared;
  }

  #ofView(view: StateView): Uint8Array {
    const bytes = this.#encoder.encodeAllView(view, 0, { offset: 0 }, this.#buffer);
    this.#encoded += bytes.byteLength;
    return bytes;
  }
}
