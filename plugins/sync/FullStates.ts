/**
 * Full states, for who joins or has to catch up. What was encoded serves everybody who comes, with the patches behind it that
 * were sent since, until these are half as long: while values change and many join, the whole is encoded once a second
 * instead of between any two patches. In a large room the cost of one is that of what its client sees, however large the world. TwinSerializer asks.
 */
import { Protocol } from "@colyseus/core";
import { $changes, $refId, type Encoder, encode, MapSchema, type StateView } from "@colyseus/schema";
import type { WorldState } from "../../src/schema/states.ts";
import { joined, NOTHING } from "./frames.ts";
import { type ChangeList, type ChangeTree, type OpenClient, SWITCH_TO_STRUCTURE, withChanges } from "./internals.ts";
import type { NearViews } from "./NearViews.ts";

const NO_CHANGES: ChangeList = { next: undefined };
/** Of a switch to the root. */
const MOST = 10;
/** Of patches behind a full state, against its own length. */
const MOST_BEHIND = 0.5;

export class FullStates {
  readonly #encoder: Encoder;
  #buffer: Uint8Array;
  /** By view; undefined: what everybody sees. */
  readonly #made = new Map<StateView | undefined, Uint8Array>();
  /** Patches for everybody that belong behind what everybody sees, and are not there yet. */
  readonly #since: Uint8Array[] = [];
  /** Bytes of what everybody sees when it was encoded, and of the patches since. */
  #encoded = 0;
  #behind = 0;

  /** `buffer` is written to. */
  constructor(encoder: Encoder, buffer: Uint8Array) {
    this.#encoder = encoder;
    this.#buffer = buffer;
  }

  /** The state changed, and nobody was told. */
  clear(): void {
    this.#made.clear();
    this.#since.length = 0;
  }

  /** A patch was sent; `shared`: what of it went to everybody. */
  follow(shared: Uint8Array | undefined): void {
    const everybodys = this.#made.get(undefined);
    this.#made.clear();
    this.#behind += shared?.length ?? 0;
    if (everybodys === undefined || this.#behind > MOST_BEHIND * this.#encoded) {
      this.#since.length = 0;
      return;
    }
    this.#made.set(undefined, everybodys);
    if (shared) {
      this.#since.push(shared);
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
    const pending = this.#encoder.hasChanges;
    if ((again && this.#behind > 0) || (pending && (again || !this.#canFollow()))) {
      this.clear();
    }
    const known = view ? this.#made.get(view) : this.#upToDate();
    if (known) {
      return pending ? this.#withPending(known, view) : known;
    }
    const made = view ? joined(this.of(undefined, again), this.#ofView(view)) : this.#public();
    this.#made.set(view, made);
    return made;
  }

  /** Of what a client of a large room sees. */
  near(client: OpenClient, views: NearViews, { twins }: WorldState, again: boolean): Uint8Array {
    const view = client.view as StateView;
    const shared = this.of(undefined, again);
    const tree = (twins as unknown as Record<symbol, ChangeTree | undefined>)[$changes];
    if (tree) {
      tree._fullSyncGen = (this.#encoder as unknown as { _fullSyncGen: number })._fullSyncGen + 1; // as if it was walked
    }
    const others = this.#ofView(view);
    views.seed(client);
    const own = withChanges(this.#encoder, NO_CHANGES, () => this.#encoder.encodeView(view, 0, { offset: 0 }));
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

  /** What everybody sees, with the patches since. */
  #upToDate(): Uint8Array | undefined {
    const everybodys = this.#made.get(undefined);
    if (everybodys === undefined || this.#since.length === 0) {
      return everybodys;
    }
    const pieces = this.#since.splice(0).flatMap((patch) => [this.#toRoot(), patch.subarray(1)]);
    const all = Buffer.concat([everybodys, ...pieces]);
    this.#made.set(undefined, all);
    return all;
  }

  #withPending(known: Uint8Array, view: StateView | undefined): Uint8Array {
    const shared = joined(this.#toRoot(), this.#encoder.encode());
    return joined(joined(known, shared), view ? this.#encoder.encode({ offset: 0 }, view) : NOTHING);
  }

  /** A patch begins at the root without saying so; behind something else it has to. */
  #toRoot(): Uint8Array {
    const bytes = new Uint8Array(MOST);
    const it = { offset: 1 };
    bytes[0] = SWITCH_TO_STRUCTURE;
    encode.number(bytes, (this.#encoder.state as unknown as Record<symbol, number>)[$refId] ?? 0, it);
    return bytes.subarray(0, it.offset);
  }

  #public(): Uint8Array {
    this.#buffer[0] = Protocol.ROOM_STATE;
    const bytes = this.#encoder.encodeAll({ offset: 1 }, this.#buffer);
    if (bytes.byteLength > this.#buffer.byteLength) {
      this.#buffer = new Uint8Array(bytes.byteLength * 2); // the encoder grows one that is too small, and does not tell
    }
    this.#encoded = bytes.byteLength;
    this.#behind = 0;
    this.#since.length = 0;
    return bytes.slice();
  }

  #ofView(view: StateView): Uint8Array {
    return this.#encoder.encodeAllView(view, 0, { offset: 0 }, this.#buffer);
  }
}
