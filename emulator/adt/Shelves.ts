/**
 * Where an Instance keeps the texts of its records: one TextShelf, and from time to time a second one, to which all records
 * move, some with each commit, when more than half of the first is empty. That happens where texts grow: their old blocks are
 * too small for them.
 */
import { TextShelf } from "./TextShelf.ts";

/** A record, as far as its text is concerned. */
export interface Shelvable {
  /** Puts the text on this shelf, also from another one. */
  shelve(shelf: TextShelf): void;
  /** The record is no longer in its instance. */
  retire(): void;
}

/** Bytes that may be empty in any case. */
const SMALL = 8 * 1024 * 1024;
/** Records that move with one commit: a tenth of a millisecond. */
const STEP = 200;

export class Shelves {
  readonly #records: () => Iterable<Shelvable>;
  #current = new TextShelf();
  /** From which records are moving, and those that have not been looked at. */
  #moving: { from: TextShelf; left: Iterator<Shelvable> } | undefined;
  #holds = 0;

  /** `records`: those that are in the instance. */
  constructor(records: () => Iterable<Shelvable>) {
    this.#records = records;
  }

  /** Bytes of all shelves. */
  get bytes(): number {
    return this.#current.size.all + (this.#moving?.from.size.all ?? 0);
  }

  put(record: Shelvable, before: Shelvable | undefined): void {
    before?.retire();
    record.shelve(this.#current);
  }

  /** Until the function that this gives is called, also retired records can be read. */
  hold(): () => void {
    const releases = [this.#current.hold(), this.#moving?.from.hold()];
    this.#holds += 1;
    return () => {
      this.#holds -= 1;
      for (const release of releases) {
        release?.();
      }
    };
  }

  /** To be called when nobody reads a retired record any more. */
  tidy(): void {
    this.#current.sweep();
    // Who holds knows the shelves that there were.
    if (this.#holds > 0) {
      return;
    }
    const { all, taken } = this.#current.size;
    if (this.#moving === undefined && all > SMALL && taken < all / 2) {
      this.#moving = { from: this.#current, left: this.#records()[Symbol.iterator]() };
      this.#current = new TextShelf();
    }
    for (let moved = 0; this.#moving !== undefined && moved < STEP; moved++) {
      const next = this.#moving.left.next();
      if (next.done === true) {
        this.#moving = undefined;
      } else {
        next.value.shelve(this.#current);
      }
    }
  }
}
