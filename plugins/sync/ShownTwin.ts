/**
 * One twin of a room in its state. What the mirror tells of it goes through ShownTwins: numbers are logged (ValueLog), and
 * this brings them into the twin's object when somebody reads it (src/schema/lateFields); what else changed waits in the
 * room's list, each value once, until ShownTwins has it written here just before a patch.
 */

import { type LateSource, setLateSource } from "../../src/schema/lateFields.ts";
import type { ModelSlots, Slot, TwinState } from "../../src/schema/states.ts";
import type { TwinSchemas } from "../../src/schema/TwinSchemas.ts";
import type { MirrorTwin } from "../../src/twins/MirrorTwin.ts";
import type { Pointer } from "../../src/twins/types.ts";
import type { Place } from "./Floor.ts";
import { NO_ID, type TwinTable } from "./TwinTable.ts";
import { type Known, knownOf, type ValueLane } from "./ValueLane.ts";
import type { LoggedTwin, ValueLog } from "./ValueLog.ts";

/** Of a room, for all its twins. */
export interface TwinRoom {
  readonly schemas: TwinSchemas;
  readonly lane: ValueLane;
  readonly table: TwinTable<LoggedTwin>;
  readonly log: ValueLog;
  /** Takes what changed and cannot be logged; a value that changes again before it is written is not told again. */
  waits(shown: ShownTwin, path: Pointer, slot: Slot | undefined): void;
}

/** Slots that are marked in the bits of a number; those beyond, and a generic twin's paths, in a set. */
const BITS = 31;
const NO_VALUES: unknown[] = [];

export const seconds = (ms: number) => Math.floor(ms / 1000);

export class ShownTwin implements Known, LateSource, LoggedTwin {
  readonly twin: TwinState;
  readonly held: MirrorTwin;
  /** In the room's table. */
  readonly number: number;
  values = NO_VALUES;
  readonly #room: TwinRoom;
  /** Where its values stand; undefined: it is generic. */
  readonly #slots: ModelSlots | undefined;
  /** What waits: bits of slots, and paths. */
  #waiting = 0;
  #others: Set<Pointer> | undefined;
  /** It left the room: what waits is not written any more. */
  isGone = false;

  /** `model`: its number in the room. */
  constructor(twin: TwinState, model: number, held: MirrorTwin, room: TwinRoom) {
    this.twin = twin;
    this.held = held;
    this.#room = room;
    this.#slots = room.schemas.slots(held.modelId);
    this.number = room.table.add(this, model, this.#slots);
    setLateSource(twin, this);
  }

  /** Where it stands in state, once a patch has told of it. */
  get refId(): number {
    return this.#room.table.refId(this.number);
  }

  get place(): Place | undefined {
    return this.#room.table.places[this.number];
  }

  set place(place: Place | undefined) {
    this.#room.table.places[this.number] = place;
  }

  get isBehind(): boolean {
    return !this.isGone && this.#room.log.isBehind(this.number);
  }

  get tellsNumbers(): boolean {
    return this.#slots !== undefined && this.refId !== NO_ID && this.#room.lane.takesNumbers(this);
  }

  waits(path: Pointer): void {
    const slot = this.#slots?.byPath.get(path);
    if (this.#mark(path, slot)) {
      this.#room.waits(this, path, slot);
    }
  }

  /** A patch has told of it. */
  told(): void {
    const { values, refId } = knownOf(this.twin);
    this.values = values;
    this.#room.table.setRefId(this.number, refId);
  }

  catchUp(): void {
    const { late = [] } = this.#slots ?? {};
    const { values, seen } = this.held;
    this.#room.table.caughtUp(this.number);
    for (let i = 0; i < late.length; i++) {
      const { path, slot } = late[i] as (typeof late)[number]; // for thousands of twins at once, when somebody joins
      const held = values.get(path);
      if (held) {
        this.values[slot.index] = slot.wireForm(held.value);
      }
    }
    this.values[this.#room.schemas.base.$seen.index] = seconds(seen);
  }

  /** It leaves the room. */
  leave(): void {
    if (this.isBehind) {
      this.catchUp(); // who still has the object reads what it was in the end
    }
    this.isGone = true;
    this.#room.table.remove(this.number);
  }

  /** Brings all that the mirror holds into state. */
  writeAll(): void {
    for (const path of this.held.values.keys()) {
      this.writeValue(path, this.#slots?.byPath.get(path));
    }
    this.#writeRest();
  }

  write(path: Pointer, slot: Slot | undefined): void {
    this.writeValue(path, slot);
    this.#writeRest();
    this.#waiting = 0;
    this.#others = undefined;
  }

  writeValue(path: Pointer, slot: Slot | undefined): void {
    const { twin, held } = this;
    const { lane, schemas } = this.#room;
    const entry = held.values.get(path);
    if (!entry) {
      return;
    }
    if (slot) {
      if (slot.isLate) {
        this.#force(slot.index);
      }
      lane.write(twin, slot, entry.value, this.#known);
    } else if (!this.#slots) {
      schemas.write(twin, held.modelId, path, entry.value);
    }
    if (path === "/name") {
      const isTold = typeof entry.value === "string" && schemas.restrictions.isOpen(held.modelId, path);
      const name = isTold ? (entry.value as string) : held.id;
      lane.set(twin, schemas.base.$name, name, this.#known);
    }
  }

  get #known(): Known | undefined {
    return this.refId === NO_ID ? undefined : this;
  }

  #writeRest(): void {
    const { lane, log, schemas, table } = this.#room;
    const seen = seconds(this.held.seen);
    if (this.tellsNumbers) {
      log.addSeen(this.number, seen);
    } else {
      this.#force(schemas.base.$seen.index);
      lane.set(this.twin, schemas.base.$seen, seen, this.#known);
      table.setSeen(this.number, seen);
    }
    lane.set(this.twin, schemas.base.$link, this.held.link, this.#known);
  }

  /** Clients may have another value than the object: the next one is told anyhow. */
  #force(index: number): void {
    if (this.#room.table.mayDiffer(this.number)) {
      this.values[index] = Number.NaN;
    }
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
