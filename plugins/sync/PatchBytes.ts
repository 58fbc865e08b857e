/** Bytes of a patch that are written bit by bit and kept from patch to patch: a buffer that grows. */
import { encode } from "@colyseus/schema";
import type { EncodeValue } from "../../src/schema/states.ts";
import { SWITCH_TO_STRUCTURE } from "./internals.ts";

/** No object's number. */
const NOTHING = -1;
/** The head of an operation and a number. */
const HEAD = 32;
/** Of UTF-8, for a character of a string. */
const BYTES_PER_CHARACTER = 3;
/** `OPERATION.ADD`, with which schema tells a value whether or not there was one before. */
const SET = 128;

export class PatchBytes {
  data = new Uint8Array(256);
  readonly it = { offset: 0 };
  /** What is written next is about this object, as things are. */
  #about = NOTHING;

  get length(): number {
    return this.it.offset;
  }

  bytes(from = 0, to = this.it.offset): Uint8Array {
    return this.data.subarray(from, to);
  }

  clear(): void {
    this.it.offset = 0;
    this.#about = NOTHING;
  }

  /** What follows names its object anew, so that it can be sent without what is before it. */
  cut(): void {
    this.#about = NOTHING;
  }

  /** What follows is about the object with this number. */
  about(refId: number): void {
    if (this.#about !== refId) {
      this.#about = refId;
      this.reserve(HEAD);
      this.data[this.it.offset++] = SWITCH_TO_STRUCTURE;
      encode.number(this.data, refId, this.it);
    }
  }

  /** One field of that object. */
  put(index: number, value: unknown, encodeValue: EncodeValue): void {
    this.reserve(HEAD + (typeof value === "string" ? value.length * BYTES_PER_CHARACTER : 0));
    this.data[this.it.offset++] = SET | index;
    encodeValue(this.data, value, this.it);
  }

  reserve(more: number): void {
    const needed = this.it.offset + more;
    if (needed > this.data.length) {
      const grown = new Uint8Array(needed * 2);
      grown.set(this.bytes());
      this.data = grown;
    }
  }

  /** Writes past the end of an array are lost: then it is grown, and the caller writes again from `from` on. */
  wasTooSmall(from: number): boolean {
    const { offset } = this.it;
    if (offset <= this.data.length) {
      return false;
    }
    this.it.offset = from;
    this.reserve(offset - from + HEAD);
    return true;
  }
}
