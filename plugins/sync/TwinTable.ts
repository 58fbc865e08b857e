/**
 * What a patch has to know of each twin of a room, by number, in one array of numbers: 32 bytes that lie together, where a
 * twin's object would be a wait for memory. ShownTwins gives out the numbers; ValueLog makes patches from it.
 */
import type { ModelSlots } from "../../src/schema/states.ts";
import type { Place } from "./Floor.ts";

/** Cells of a twin. */
const ROW = 8;
/** Number of the twin's object, as clients know it; or one of the two below. */
const REF_ID = 0;
/** When it was seen, as clients know or are being told, s since epoch. */
const SEEN = 1;
const MODEL = 2;
const STATE = 3;
/** The patch for which values are marked, and 64 bits for them. */
const ROUND = 4;
const MARKS = 5;

/** No patch has told of it. */
export const NO_ID = 0xffff_ffff;
/** It left the room: what waits is not told any more. */
const GONE = 0xffff_fffe;
/** STATE: what clients know the object has, too; it may have older values; it has. */
const [EQUAL, MAY_DIFFER, BEHIND] = [0, 1, 2];
const LEAST = 64;

export class TwinTable<T extends object> {
  #cells = new Uint32Array(LEAST * ROW);
  readonly #twins: (T | undefined)[] = [];
  /** Where it stands on the floor of a large room. */
  readonly places: (Place | undefined)[] = [];
  /** By number of the model; undefined: its twins are generic. */
  readonly models: (ModelSlots | undefined)[] = [];
  readonly #free: number[] = [];
  /** Free after the patch: something may wait under these numbers. */
  readonly #gone: number[] = [];
  #round = 0;

  /** Answers the twin's number. */
  add(twin: T, model: number, slots: ModelSlots | undefined): number {
    const number = this.#free.pop() ?? this.#twins.length;
    const row = number * ROW;
    if (row === this.#cells.length) {
      const grown = new Uint32Array(2 * row);
      grown.set(this.#cells);
      this.#cells = grown;
    }
    this.#twins[number] = twin;
    this.places[number] = undefined;
    this.models[model] = slots;
    this.#cells.fill(0, row, row + ROW);
    this.#cells[row + REF_ID] = NO_ID;
    this.#cells[row + MODEL] = model;
    return number;
  }

  remove(number: number): void {
    this.#cells[number * ROW + REF_ID] = GONE;
    this.#twins[number] = undefined;
    this.places[number] = undefined;
    this.#gone.push(number);
  }

  /** undefined: it left the room. */
  twin(number: number): T | undefined {
    return this.#twins[number];
  }

  isGone(number: number): boolean {
    return this.refId(number) === GONE;
  }

  isTold(number: number): boolean {
    return this.refId(number) < GONE;
  }

  refId(number: number): number {
    return this.#cells[number * ROW + REF_ID] as number;
  }

  setRefId(number: number, refId: number): void {
    this.#cells[number * ROW + REF_ID] = refId;
  }

  seen(number: number): number {
    return this.#cells[number * ROW + SEEN] as number;
  }

  setSeen(number: number, seconds: number): void {
    this.#cells[number * ROW + SEEN] = seconds;
  }

  slots(number: number): ModelSlots | undefined {
    return this.models[this.#cells[number * ROW + MODEL] as number];
  }

  isBehind(number: number): boolean {
    return this.#cells[number * ROW + STATE] === BEHIND;
  }

  /** Clients may have, or are being told, other values than its object has; once so, always so. */
  mayDiffer(number: number): boolean {
    return this.#cells[number * ROW + STATE] !== EQUAL;
  }

  setBehind(number: number): void {
    this.#cells[number * ROW + STATE] = BEHIND;
  }

  /** Its object has its newest values. */
  caughtUp(number: number): void {
    this.#cells[number * ROW + STATE] = MAY_DIFFER;
  }

  /** True for the first call for that field (0 to 63) of the twin before the next patch. */
  mark(number: number, field: number): boolean {
    const row = number * ROW;
    const cells = this.#cells;
    if (cells[row + ROUND] !== this.#round) {
      cells[row + ROUND] = this.#round;
      cells[row + MARKS] = 0;
      cells[row + MARKS + 1] = 0;
    }
    const at = row + MARKS + (field >> 5);
    const bit = 1 << (field & 31);
    const before = cells[at] as number;
    cells[at] = before | bit;
    return (before & bit) === 0;
  }

  /** Nothing waits any more. */
  nextPatch(): void {
    this.#round = (this.#round + 1) >>> 0;
    for (const number of this.#gone.splice(0)) {
      this.#free.push(number); // there may be more than a call takes arguments
    }
  }
}
