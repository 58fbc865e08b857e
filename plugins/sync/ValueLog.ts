/**
 * Numbers of a room's twins that changed since its last patch, in the order in which they changed, side by side: while the
 * mirror sets a value, to log it takes a few writes to a row of memory, and the patch is made from these and TwinTable without
 * a look at the twins. Each look would be a wait for memory, and these were most of a change's costs.
 *
 * ShownTwins logs; ValueLane writes the bytes.
 */
import type { ModelSlots, Slot, TwinState } from "../../src/schema/states.ts";
import type { Pointer } from "../../src/twins/types.ts";
import { placeOf } from "./Floor.ts";
import type { TwinTable } from "./TwinTable.ts";
import { SAME, type ValueLane } from "./ValueLane.ts";

/** What is logged: a value; only that it was told again; that it waits elsewhere now, so what was logged before is not told. */
export const LOGGED = { number: 0, boolean: 1, again: 2, elsewhere: 3 } as const;
export type Logged = (typeof LOGGED)[keyof typeof LOGGED];

/** What of a room's twin is needed where the log alone does not do. */
export interface LoggedTwin {
  readonly twin: TwinState;
  /** Numbers of it that everybody may see go from the log into the patch. */
  readonly tellsNumbers: boolean;
  /** Something of it, and not what is logged, is to be written. */
  waits(path: Pointer): void;
  /** Brings a value into state: alone, or with what is told of the twin itself. */
  writeValue(path: Pointer, slot: Slot | undefined): void;
  write(path: Pointer, slot: Slot | undefined): void;
}

const LEAST = 64;
/** Without a patch so many wait here (25 bytes each); then they wait in ShownTwins, each value once. */
const MOST = 1 << 16;

export class ValueLog {
  readonly #table: TwinTable<LoggedTwin>;
  readonly #lane: ValueLane;
  /** There is something to send. */
  readonly #changed: () => void;
  #count = 0;
  /** Of so many the table knows that the twin's object has not got them. */
  #known = 0;
  #numbers = new Uint32Array(LEAST);
  #values = new Float64Array(LEAST);
  /** Seconds since epoch. */
  #seen = new Uint32Array(LEAST);
  #kinds = new Uint8Array(LEAST);
  readonly #paths: Pointer[] = [];
  /** What was looked up last. */
  #slots: ModelSlots | undefined;
  #path: Pointer = "";
  #slot: Slot | undefined;
  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: else the engine would leave out what #readAhead reads.
  #read = 0;

  constructor(table: TwinTable<LoggedTwin>, lane: ValueLane, changed: () => void) {
    this.#table = table;
    this.#lane = lane;
    this.#changed = changed;
  }

  /** `number`: of the twin, as all numbers here. `seen`: s since epoch. */
  add(number: number, path: Pointer, kind: Logged, value: number, seen: number): void {
    if (kind === LOGGED.again && seen <= this.#table.seen(number)) {
      return;
    }
    this.#put(number, path, kind, value, seen);
    if (this.#count === 1) {
      this.#changed();
    }
  }

  /** Only that the twin was seen, while the patch is made. */
  addSeen(number: number, seen: number): void {
    if (seen > this.#table.seen(number)) {
      this.#put(number, "", LOGGED.again, 0, seen);
    }
  }

  /** Its object has not all values that are logged, or were. */
  isBehind(number: number): boolean {
    for (; this.#known < this.#count; this.#known++) {
      const one = this.#numbers[this.#known] as number;
      if (this.#table.isTold(one) && this.#table.twin(one)?.tellsNumbers) {
        this.#table.setBehind(one);
      }
    }
    return this.#table.isBehind(number);
  }

  /** Into the bytes of the next patch. The last of a value is told, so the way is from the newest to the oldest. */
  bring(): void {
    this.#readAhead();
    for (let at = this.#count - 1; at >= 0; at--) {
      const number = this.#numbers[at] as number;
      if (!this.#table.isGone(number)) {
        this.#bring(at, number);
      }
    }
    this.#clear();
    this.#table.nextPatch();
  }

  #put(number: number, path: Pointer, kind: Logged, value: number, seen: number): void {
    if (this.#count === MOST) {
      this.#wait();
    }
    const at = this.#count++;
    if (at === this.#numbers.length) {
      this.#grow();
    }
    this.#numbers[at] = number;
    this.#values[at] = value;
    this.#seen[at] = seen;
    this.#kinds[at] = kind;
    this.#paths[at] = path;
  }

  /**
   * Of all twins what is read again of each below: there these would be waits for memory one after the other, here they
   * overlap (a room of 100,000 twins, 500 views, 1,000 changes: 0.44 instead of 0.79 ms a patch).
   */
  #readAhead(): void {
    const table = this.#table;
    const { side } = this.#lane;
    let read = 0;
    for (let at = 0; at < this.#count; at++) {
      const number = this.#numbers[at] as number;
      read += table.refId(number) + (side ? (table.places[number]?.cell?.vantages.length ?? 0) : 0);
    }
    this.#read = read;
  }

  /** Mostly the same as for the change before. */
  #slotOf(slots: ModelSlots, path: Pointer): Slot | undefined {
    if (slots !== this.#slots || path !== this.#path) {
      this.#slots = slots;
      this.#path = path;
      this.#slot = slots.byPath.get(path);
    }
    return this.#slot;
  }

  #bring(at: number, number: number): void {
    const table = this.#table;
    const path = this.#paths[at] as Pointer;
    const slots = table.slots(number);
    const slot = slots && this.#slotOf(slots, path);
    const kind = this.#kinds[at];
    if (kind === LOGGED.elsewhere) {
      slot?.isLate && table.mark(number, slot.index);
    } else if (!(slots && table.isTold(number) && this.#isReady(number))) {
      table.twin(number)?.write(path, slot);
    } else {
      const isNew = kind !== LOGGED.again && slot !== undefined;
      const value = isNew ? this.#numberOf(at, number, slot, path) : undefined;
      this.#tell(number, value === undefined ? undefined : slot, value ?? 0, this.#seen[at] as number);
    }
  }

  /** undefined: it is told already, or is none in this field and was written in another way. */
  #numberOf(at: number, number: number, slot: Slot, path: Pointer): number | undefined {
    const value = this.#values[at] as number;
    if (slot.isLate) {
      if (!this.#table.mark(number, slot.index)) {
        return undefined;
      }
      const isNumber = this.#kinds[at] === LOGGED.number;
      const wire = slot.isDouble && isNumber ? value : Number(slot.wireForm(isNumber ? value : value === 1));
      if (!Number.isNaN(wire)) {
        return wire;
      }
    }
    this.#table.twin(number)?.writeValue(path, slot);
    return undefined;
  }

  #tell(number: number, slot: Slot | undefined, value: number, seen: number): void {
    const table = this.#table;
    const isLater = seen > table.seen(number);
    if (!(slot || isLater)) {
      return;
    }
    table.setBehind(number);
    if (isLater) {
      table.setSeen(number, seen);
    }
    const { shared, side } = this.#lane;
    const place = side && table.places[number];
    const bytes = place ? side.bytesOf(place, 0) : shared;
    if (bytes !== "nobody") {
      const from = bytes.length;
      this.#lane.tell(bytes, table.refId(number), slot, value, isLater ? seen : SAME);
      place && side?.wrote(place, from);
    }
  }

  /** Its numbers can be told without a look at it; in a large room once it stands on the floor. */
  #isReady(number: number): boolean {
    const { isOpen, isViewed, side } = this.#lane;
    const { places } = this.#table;
    if (isOpen && isViewed && side && !places[number]) {
      const twin = this.#table.twin(number)?.twin;
      places[number] = twin && placeOf(twin);
    }
    return isOpen && (!isViewed || places[number] !== undefined);
  }

  #wait(): void {
    this.isBehind(0); // since it marks those that are
    for (let at = 0; at < this.#count; at++) {
      this.#table.twin(this.#numbers[at] as number)?.waits(this.#paths[at] as Pointer);
    }
    this.#clear();
  }

  #clear(): void {
    if (this.#paths.length > 2 * this.#count) {
      this.#paths.length = this.#count; // after a burst
    }
    this.#count = 0;
    this.#known = 0;
  }

  #grow(): void {
    const size = 2 * this.#numbers.length;
    const grown = <T extends Uint32Array | Float64Array | Uint8Array>(array: T, into: T): T => {
      into.set(array);
      return into;
    };
    this.#numbers = grown(this.#numbers, new Uint32Array(size));
    this.#values = grown(this.#values, new Float64Array(size));
    this.#seen = grown(this.#seen, new Uint32Array(size));
    this.#kinds = grown(this.#kinds, new Uint8Array(size));
  }
}
