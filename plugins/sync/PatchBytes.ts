/** Bytes of a patch that are written bit by bit and kept from patch to patch: a buffer that grows. */
import { encode } from "@colyseus/schema";
import type { EncodeValue } from "../../src/schema/states.ts";
import { NOTHING } from "./frames.ts";
import { SWITCH_TO_STRUCTURE } from "./internals.ts";

/** No object's number. */
const NO_ID = -1;
/** The head of an operation and a number. */
const HEAD = 32;
/** A buffer has room for a few changes from the first on. */
const LEAST = 256;
/** Of UTF-8, for a character of a string. */
const BYTES_PER_CHARACTER = 3;
/** `OPERATION.ADD`, with which schema tells a value whether or not there was one before. */
const SET = 128;

export class PatchBytes {
  data = NOTHING;
  #view = new DataView(NOTHING.buffer);
  /** How many of them are written; encoders move it on. */
  offset = 0;
  /** What is written next is about this object, as things are. */
  #about = NO_ID;

  get length(): number {
    return this.offset;
  }

  bytes(from = 0, to = this.offset): Uint8Array {
    return this.data.subarray(from, to);
  }

  clear(): void {
    this.offset = 0;
    this.#about = NO_ID;
  }

  /** What follows names its object anew, so that it can be sent without what is before it. */
  cut(): void {
    this.#about = NO_ID;
  }

  /** What follows is about the object with this number. */
  about(refId: number): void {
    if (this.#about !== refId) {
      this.#about = refId;
      this.reserve(HEAD);
      this.data[this.offset++] = SWITCH_TO_STRUCTURE;
      encode.number(this.data, refId, this);
    }
  }

  /** One field of that object. */
  put(index: number, value: unknown, encodeValue: EncodeValue): void {
    this.reserve(HEAD + (typeof value === "string" ? value.length * BYTES_PER_CHARACTER : 0));
    this.data[this.offset++] = SET | index;
    encodeValue(this.data, value, this);
  }

  /** The same as float64, without a call to its encoder: numbers that are handed on there are made anew. */
  putDouble(index: number, value: number): void {
    this.reserve(HEAD);
    const at = this.offset;
    this.data[at] = SET | index;
    this.#view.setFloat64(at + 1, value, true);
    this.offset = at + 9;
  }

  reserve(more: number): void {
    const needed = this.offset + more;
    if (needed > this.data.length) {
      const grown = new Uint8Array(Math.max(LEAST, needed * 2));
      grown.set(this.bytes());
      this.data = grown;
      this.#view = new DataView(grown.buffer);
    }
  }

  /** Writes past the end of an array are lost: then it is grown, and the caller writes again from `from` on. */
  wasTooSmall(from: number): boolean {
    const { offset } = this;
    if (offset <= this.data.length) {
      return false;
    }
    this.offset = from;
    this.reserve(offset - from + HEAD);
    return true;
  }
}
