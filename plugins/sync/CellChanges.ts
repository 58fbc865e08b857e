/** What changed in a cell of a large room since the last patch, for all who see it and, if it has a tag, have that right. */

import type { Piece } from "./frames.ts";
import { PatchBytes } from "./PatchBytes.ts";
import type { Vantage } from "./Vantage.ts";

export class CellChanges extends PatchBytes implements Piece {
  readonly from = 0;
  readonly tag: number;
  /** From where the cell is seen. */
  readonly vantages: readonly Vantage[];

  constructor(tag: number, vantages: readonly Vantage[]) {
    super();
    this.tag = tag;
    this.vantages = vantages;
  }

  get to(): number {
    return this.length;
  }
}
