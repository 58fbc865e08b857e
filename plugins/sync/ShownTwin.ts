/**
 * One twin of a room in its state. The mirror tells it of changes (src/twins/TwinMirror); what changed waits in the room's
 * list, each value once, until ShownTwins brings it into state just before a patch.
 */

import type { Slot, TwinState } from "../../src/schema/states.ts";
import type { TwinSchemas } from "../../src/schema/TwinSchemas.ts";
import type { MirrorTwin, TwinFollower } from "../../src/twins/TwinMirror.ts";
import type { Link, Pointer } from "../../src/twins/types.ts";
import type { MirrorValue } from "../../src/twins/valueTime.ts";
import type { Known, ValueLane } from "./ValueLane.ts";

/** Takes what changed; a value that changes again before it is written is not told again. */
export type Noted = (shown: ShownTwin, path: Pointer, slot: Slot | undefined, held: MirrorValue | undefined) => void;

/** Slots that are marked in the bits of a number; those beyond, and a generic twin's paths, in a set. */
const BITS = 31;

export class ShownTwin implements TwinFollower {
  readonly twin: TwinState;
  readonly held: MirrorTwin;
  next: TwinFollower | undefined;
  readonly #schemas: TwinSchemas;
  readonly #noted: Noted;
  /** Where its values stand; undefined: it is generic. */
  readonly #slots: ReadonlyMap<Pointer, Slot> | undefined;
  /** What waits: bits of slots, and paths. */
  #waiting = 0;
  #others: Set<Pointer> | undefined;
  #isNoted = false;
  /** It left the room: what waits is not written any more. */
  isGone = false;
  /** Where it stands in state, once a patch has told of it. */
  known: Known | undefined;
  /** Read while the mirror has it at hand; when it is written it would have to be fetched. */
  #seen = 0;
  #link: Link;

  constructor(twin: TwinState, held: MirrorTwin, schemas: TwinSchemas, noted: Noted) {
    this.twin = twin;
    this.held = held;
    this.#schemas = schemas;
    this.#slots = schemas.slots(held.modelId);
    this.#noted = noted;
    this.#link = held.link;
    this.#readSeen();
  }

  valueChanged(path: Pointer, held: MirrorValue): void {
    this.#readSeen();
    const slot = this.#slots?.get(path);
    if (this.#mark(path, slot)) {
      this.#isNoted = true;
      this.#noted(this, path, slot, held);
    }
  }

  linkChanged(): void {
    this.#link = this.held.link;
    if (!this.#isNoted) {
      this.#isNoted = true;
      this.#noted(this, "", undefined, undefined);
    }
  }

  /** Brings all that the mirror holds into state. */
  writeAll(lane: ValueLane): void {
    for (const [path, held] of this.held.values) {
      this.write(lane, path, this.#slots?.get(path), held);
    }
    this.write(lane, "", undefined, undefined);
  }

  /** Brings one value into state; without a value only what is told of the twin itself, which goes along each time. */
  write(lane: ValueLane, path: Pointer, slot: Slot | undefined, entry: MirrorValue | undefined): void {
    const { twin } = this;
    const { $seen, $link } = this.#schemas.base;
    if (entry) {
      this.#writeValue(lane, path, slot, entry.value);
    }
    lane.set(twin, $seen, this.#seen, this.known);
    lane.set(twin, $link, this.#link, this.known);
    this.#waiting = 0;
    this.#others = undefined;
    this.#isNoted = false;
  }

  #writeValue(lane: ValueLane, path: Pointer, slot: Slot | undefined, value: unknown): void {
    const { twin, held } = this;
    if (slot) {
      lane.write(twin, slot, value, this.known);
    } else if (!this.#slots) {
      this.#schemas.write(twin, held.modelId, path, value);
    }
    if (path === "/name") {
      const name = typeof value === "string" ? value : held.id;
      lane.set(twin, this.#schemas.base.$name, name, this.known);
    }
  }

  #readSeen(): void {
    this.#seen = Math.floor(this.held.seen / 1000);
  }

  /** False: it waits already. */
  #mark(path: Pointer, slot: Slot | undefined): boolean {
    const order = slot?.order ?? BITS;
    if (order >= BITS) {
      this.#others ??= new Set();
      return this.#others.size < this.#others.add(path).size;
    }
    const before = this.#waiting;
    this.#waiting = before | (1 << order);
    return this.#waiting !== before;
  }
}
