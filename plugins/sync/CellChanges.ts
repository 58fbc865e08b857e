/**
 * What changed in a large room since the last patch, cell by cell, for all who see the cell and, if there is a tag, have that
 * right. All of it is written into one buffer, one behind the other, and each cell knows its parts: a buffer for each would
 * have to be fetched from memory for every change.
 */
import { copy, type Piece } from "./frames.ts";
import { PatchBytes } from "./PatchBytes.ts";
import type { Vantage } from "./Vantage.ts";

const NONE = -1;

/** Numbers for each part: where it begins in the buffer, where it ends, and the next one of the same cell, or NONE. */
const FROM = 0;
const TO = 1;
const NEXT = 2;
const NUMBERS = 3;
const LEAST = 64;

/** The buffer, and its parts. */
export class PatchParts extends PatchBytes {
  parts = new Int32Array(LEAST * NUMBERS);
  #end = 0;

  override clear(): void {
    super.clear();
    this.#end = 0;
  }

  /** Answers where its numbers are. */
  add(from: number, to: number): number {
    const part = this.#end;
    this.#end += NUMBERS;
    if (this.#end > this.parts.length) {
      const grown = new Int32Array(2 * this.parts.length);
      grown.set(this.parts);
      this.parts = grown;
    }
    this.parts[part + FROM] = from;
    this.parts[part + TO] = to;
    this.parts[part + NEXT] = NONE;
    return part;
  }
}

export class CellChanges implements Piece {
  readonly tag: number;
  /** From where the cell is seen. */
  readonly vantages: readonly Vantage[];
  length = 0;
  #all: PatchParts | undefined;
  #first = NONE;
  #last = NONE;

  constructor(tag: number, vantages: readonly Vantage[]) {
    this.tag = tag;
    this.vantages = vantages;
  }

  /** What is written now is behind what was written last for this cell, and not for another one. */
  goesOn({ parts, length }: PatchParts): boolean {
    return this.#last !== NONE && parts[this.#last + TO] === length;
  }

  clear(): void {
    this.length = 0;
    this.#first = NONE;
    this.#last = NONE;
  }

  /** What was written there from that byte on. */
  add(all: PatchParts, from: number): void {
    const to = all.length;
    this.length += to - from;
    this.#all = all;
    if (this.#last !== NONE && all.parts[this.#last + TO] === from) {
      all.parts[this.#last + TO] = to;
      return;
    }
    const part = all.add(from, to);
    if (this.#last === NONE) {
      this.#first = part;
    } else {
      all.parts[this.#last + NEXT] = part;
    }
    this.#last = part;
  }

  copyTo(into: Uint8Array, at: number): number {
    const { data, parts } = this.#all as PatchParts;
    let end = at;
    for (let part = this.#first; part !== NONE; part = parts[part + NEXT] as number) {
      end = copy(data, parts[part + FROM] as number, parts[part + TO] as number, into, end);
    }
    return end;
  }
}
