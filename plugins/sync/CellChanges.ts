/** What changed in a cell of a large room since the last patch, for all who see it and, if it has a tag, have that right. */

import type { Piece } from "./frames.ts";
import { PatchBytes } from "./PatchBytes.ts";
import type { Seer } from "./Seer.ts";

export class CellChanges extends PatchBytes implements Piece {
  readonly from = 0;
  readonly tag: number;
  /** Those who see the cell. */
  readonly seers: ReadonlySet<Seer>;

  constructor(tag: number, seers: ReadonlySet<Seer>) {
    super();
    this.tag = tag;
    this.seers = seers;
  }

  get to(): number {
    return this.length;
  }
}
