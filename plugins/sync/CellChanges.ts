/** What changed in a cell of a large room since the last patch, for all who see it and, if it has a tag, have that right. */
import type { Seer } from "./NearViews.ts";
import { PatchBytes } from "./PatchBytes.ts";

export class CellChanges extends PatchBytes {
  readonly tag: number;
  /** Those who see the cell. */
  readonly seers: ReadonlySet<Seer>;

  constructor(tag: number, seers: ReadonlySet<Seer>) {
    super();
    this.tag = tag;
    this.seers = seers;
  }
}
