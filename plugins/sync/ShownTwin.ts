/**
 * One twin of a room in its state. The mirror tells it of changes (src/twins/TwinMirror). Numbers that everybody may see it
 * notes for the next patch (ValueNotes), and brings them into its object when somebody reads it (src/schema/lateFields); what
 * else changed waits in the room's list, each value once, until ShownTwins brings it into state just before a patch.
 */

import { type LateSource, setLateSource } from "../../src/schema/lateFields.ts";
import type { ModelSlots, Slot, TwinState } from "../../src/schema/states.ts";
import type { TwinSchemas } from "../../src/schema/TwinSchemas.ts";
import type { MirrorTwin, TwinFollower } from "../../src/twins/TwinMirror.ts";
import type { Link, Pointer } from "../../src/twins/types.ts";
import type { MirrorValue } from "../../src/twins/valueTime.ts";
import type { Place } from "./Floor.ts";
import { type Known, knownOf, type ValueLane } from "./ValueLane.ts";
import { NONE, type Noter, SAME, type ValueNotes } from "./ValueNotes.ts";

/** Of a room, for all its twins. */
export interface TwinRoom {
  readonly schemas: TwinSchemas;
  readonly lane: ValueLane;
  readonly notes: ValueNotes;
  /** Takes what changed and cannot be noted; a value that changes again before it is written is not told again. */
  waits(shown: ShownTwin, path: Pointer, slot: Slot | undefined, held: MirrorValue | undefined): void;
  /** There is something to send. */
  changed(): void;
}

/** Slots that are marked in the bits of a number; those beyond, and a generic twin's paths, in a set. */
const BITS = 31;
/** No patch has told of it. */
const NO_ID = -1;
const NO_VALUES: unknown[] = [];

const seconds = (ms: number) => Math.floor(ms / 1000);

export class ShownTwin implements TwinFollower, Noter, Known, LateSource {
  // What a note needs is together, at the beginning: that is all that is fetched from memory for one.
  next: TwinFollower | undefined = undefined;
  /** Where it stands in state, once a patch has told of it. */
  refId = NO_ID;
  note = NONE;
  noteRound = 0;
  #seenTold = 0;
  /** Values were noted that the object does not have. */
  isBehind = false;
  /** Where its values stand; undefined: it is generic. */
  readonly #slots: ModelSlots | undefined;
  readonly #room: TwinRoom;
  place: Place | undefined = undefined;
  readonly held: MirrorTwin;
  readonly twin: TwinState;
  values = NO_VALUES;
  /** What waits: bits of slots, and paths. */
  #waiting = 0;
  #others: Set<Pointer> | undefined;
  #isWaiting = false;
  /** It left the room: what waits is not written any more. */
  isGone = false;
  /** Read while the mirror has it at hand; when it is written it would have to be fetched. */
  #seen = 0;
  #link: Link;

  constructor(twin: TwinState, held: MirrorTwin, room: TwinRoom) {
    this.twin = twin;
    this.held = held;
    this.#room = room;
    this.#slots = room.schemas.slots(held.modelId);
    this.#link = held.link;
    this.#readSeen();
    setLateSource(twin, this);
  }

  valueChanged(path: Pointer, held: MirrorValue, isOther: boolean): void {
    const slot = this.#slots?.byPath.get(path);
    if (slot?.isLate) {
      const number = Number(slot.wireForm(held.value));
      const fits = !Number.isNaN(number); // else it was removed, is no number, or is NaN
      if (fits && this.refId !== NO_ID && this.#room.lane.takesNotes(this)) {
        this.#note(isOther ? slot : undefined, number);
        return;
      }
      this.#room.notes.dropValue(this, slot);
    }
    this.#readSeen();
    if (this.#mark(path, slot)) {
      this.#wait(path, slot, held);
    }
  }

  linkChanged(): void {
    this.#link = this.held.link;
    this.#readSeen();
    if (!this.#isWaiting) {
      this.#wait("", undefined, undefined);
    }
  }

  /** A patch has told of it. */
  told(): void {
    const { values, refId } = knownOf(this.twin);
    this.values = values;
    this.refId = refId;
  }

  catchUp(): void {
    const { late = [] } = this.#slots ?? {};
    const { values } = this.held;
    this.isBehind = false;
    for (let i = 0; i < late.length; i++) {
      const { path, slot } = late[i] as (typeof late)[number]; // for thousands of twins at once, when somebody joins
      const held = values.get(path);
      if (held) {
        this.values[slot.index] = slot.wireForm(held.value);
      }
    }
    this.values[this.#room.schemas.base.$seen.index] = this.#seenTold;
  }

  /** Brings all that the mirror holds into state. */
  writeAll(): void {
    for (const [path, held] of this.held.values) {
      this.write(path, this.#slots?.byPath.get(path), held);
    }
    this.write("", undefined, undefined);
  }

  /** Brings one value into state; without a value only what is told of the twin itself, which goes along each time. */
  write(path: Pointer, slot: Slot | undefined, entry: MirrorValue | undefined): void {
    const { lane, schemas } = this.#room;
    if (entry) {
      this.#writeValue(path, slot, entry.value);
    }
    this.#writeSeen();
    lane.set(this.twin, schemas.base.$link, this.#link, this.#known);
    this.#waiting = 0;
    this.#others = undefined;
    this.#isWaiting = false;
  }

  /** Ever. */
  get #hasNoted(): boolean {
    return this.noteRound > 0;
  }

  get #known(): Known | undefined {
    return this.refId === NO_ID ? undefined : this;
  }

  /** Without a slot: its value is what clients were told. */
  #note(slot: Slot | undefined, value: number): void {
    const { notes, changed } = this.#room;
    const now = seconds(this.held.seen);
    const seen = now === this.#seenTold ? SAME : now;
    if (slot || seen !== SAME) {
      const isFirst = notes.count === 0;
      this.#seenTold = now;
      this.isBehind = true;
      notes.put(this, slot, value, seen);
      isFirst && changed();
    }
  }

  /** As a note where it may be one: notes are told last, and may have an older one. */
  #writeSeen(): void {
    const { lane, notes, schemas } = this.#room;
    const seen = Math.max(this.#seen, this.#seenTold);
    if (!(this.#slots && this.refId !== NO_ID && lane.takesNotes(this))) {
      lane.set(this.twin, schemas.base.$seen, seen, this.#known);
    } else if (seen !== this.#seenTold) {
      this.isBehind = true;
      notes.put(this, undefined, 0, seen);
    }
    this.#seenTold = seen;
  }

  #wait(path: Pointer, slot: Slot | undefined, held: MirrorValue | undefined): void {
    this.#isWaiting = true;
    this.#room.waits(this, path, slot, held);
  }

  #writeValue(path: Pointer, slot: Slot | undefined, value: unknown): void {
    const { twin, held } = this;
    const { lane, schemas } = this.#room;
    if (slot) {
      if (slot.isLate && this.#hasNoted) {
        this.values[slot.index] = Number.NaN; // clients may have another one than the object: this one is told anyhow
      }
      lane.write(twin, slot, value, this.#known);
    } else if (!this.#slots) {
      schemas.write(twin, held.modelId, path, value);
    }
    if (path === "/name") {
      const name = typeof value === "string" ? value : held.id;
      lane.set(twin, schemas.base.$name, name, this.#known);
    }
  }

  #readSeen(): void {
    this.#seen = seconds(this.held.seen);
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
