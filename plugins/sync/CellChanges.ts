/** What changed in a cell of a large room since the last patch, as bytes of one. */

import type { Seer } from "./NearViews.ts";

/** Room for one operation's head; a longer value is written again into a larger buffer. */
const HEAD = 64;

/** Changes for all who see a cell and, if it has a tag, have that right. Kept from patch to patch. */
export class CellChanges {
  data = new Uint8Array(256);
  readonly tag: number;
  readonly it = { offset: 0 };

  /** Those who see the cell. */
  readonly seers: ReadonlySet<Seer>;

  constructor(tag: number, seers: ReadonlySet<Seer>) {
    this.tag = tag;
    this.seers = seers;
  }

  /** Writes past the end of an array are lost: then it is grown, and written again from `from` on. */
  isTooSmall(from: number): boolean {
    if (this.it.offset <= this.data.length) {
      return false;
    }
    const grown = new Uint8Array((this.it.offset + HEAD) * 2);
    grown.set(this.data.subarray(0, from));
    this.data = grown;
    this.it.offset = from;
    return true;
  }
}
