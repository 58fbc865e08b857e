/**
 * Numbers of a room's twins that wait for the next patch, each once, with all that their bytes need, side by side: the patch
 * is made without a look at the twins, each of which would be a wait for memory. ShownTwin notes them while the mirror has
 * the twin at hand, ValueLane writes them. What is no number, or not for everybody, waits in ShownTwins.
 */
import type { Slot } from "../../src/schema/states.ts";
import type { Place } from "./Floor.ts";

/** In the place of the number of an object: it left the room. */
const GONE = -1;
/** No note. */
export const NONE = -1;
const LEAST = 64;
/** In the place of when a twin was seen: clients know. */
export const SAME = 0;

/** Whose value it is. */
export interface Noter {
  /** Number of the twin's object, as clients know it. */
  readonly refId: number;
  readonly place: Place | undefined;
  /** The last note that was made of it, which is told last, and the round in which that was. */
  note: number;
  noteRound: number;
}

export class ValueNotes {
  /** Counts patches. */
  #round = 1;
  count = 0;
  refIds = new Int32Array(LEAST);
  values = new Float64Array(LEAST);
  /** `$seen` in whole seconds, or SAME. */
  seen = new Uint32Array(LEAST);
  /** Of `values`; undefined: only of when the twin was seen. */
  readonly slots: (Slot | undefined)[] = [];
  readonly places: (Place | undefined)[] = [];
  /** The note before of the same twin, or NONE. */
  #before = new Int32Array(LEAST);

  /** A value of a twin, or none and only when it was seen. */
  put(noter: Noter, slot: Slot | undefined, value: number, seen: number): void {
    const last = this.#last(noter);
    let at = last;
    while (at !== NONE && slot && this.slots[at] !== slot) {
      at = this.#before[at] as number;
    }
    if (at !== NONE) {
      this.values[at] = slot ? value : (this.values[at] as number);
      this.seen[last] = seen === SAME ? (this.seen[last] as number) : seen; // where it is told last
      return;
    }
    at = this.count++;
    if (at === this.refIds.length) {
      this.#grow();
    }
    this.refIds[at] = noter.refId;
    this.values[at] = value;
    this.seen[at] = seen;
    this.slots[at] = slot;
    this.places[at] = noter.place;
    this.#before[at] = last;
    noter.note = at;
    noter.noteRound = this.#round;
  }

  /** Nothing is told of it. */
  drop(noter: Noter): void {
    for (let at = this.#last(noter); at !== NONE; at = this.#before[at] as number) {
      this.refIds[at] = GONE;
    }
  }

  /** Its value there is told in another way; when it was seen goes on waiting. */
  dropValue(noter: Noter, slot: Slot): void {
    for (let at = this.#last(noter); at !== NONE; at = this.#before[at] as number) {
      if (this.slots[at] === slot) {
        this.slots[at] = undefined;
      }
    }
  }

  isGone(at: number): boolean {
    return this.refIds[at] === GONE;
  }

  /** Room for numbers is kept, 20 bytes for each note of the largest burst. */
  clear(): void {
    if (this.slots.length > 2 * this.count) {
      this.slots.length = this.count; // after a burst; and nothing is held on to in a quiet room
      this.places.length = this.count;
    }
    this.count = 0;
    this.#round++;
  }

  #last(noter: Noter): number {
    return noter.noteRound === this.#round ? noter.note : NONE;
  }

  #grow(): void {
    const size = 2 * this.refIds.length;
    const grown = <T extends Int32Array | Uint32Array | Float64Array>(array: T, into: T): T => {
      into.set(array);
      return into;
    };
    this.refIds = grown(this.refIds, new Int32Array(size));
    this.values = grown(this.values, new Float64Array(size));
    this.seen = grown(this.seen, new Uint32Array(size));
    this.#before = grown(this.#before, new Int32Array(size));
  }
}
