/**
 * What everybody in a room sees, encoded once, and the patches since behind it: a full state for whoever comes, without
 * being put together for each of them; also compressed, as far as that has come. Bytes that were given away never change;
 * what is new is written behind them. FullStates makes one, and drops it when it is full.
 */
import { LEAST_PACKED, MOST_PACKED, pack, packAside } from "./packing.ts";

/** Of patches behind the state, against its own length: then it had better be encoded anew. */
const MOST_BEHIND = 0.5;

export class GrowingState {
  readonly #plain: Buffer;
  #length: number;
  /** The same as long as nothing comes behind it. */
  #bytes: Uint8Array;
  readonly #encoded: number;
  #packed: Buffer = Buffer.alloc(0);
  #packedLength = 0;
  /** Bytes of the plain form that are in the packed one. */
  #packedUpTo = 0;
  /** What is new is too much to be packed at once, and another thread is at it; or that failed. */
  #isAside = false;
  /** Somebody wanted it packed, and got it plain. */
  #wasWanted = false;

  constructor(encoded: Uint8Array) {
    this.#encoded = encoded.length;
    this.#plain = Buffer.allocUnsafeSlow(Math.ceil(encoded.length * (1 + MOST_BEHIND)));
    this.#plain.set(encoded);
    this.#length = encoded.length;
    this.#bytes = this.#plain.subarray(0, this.#length);
  }

  /** There are patches behind what was encoded. */
  get hasGrown(): boolean {
    return this.#length > this.#encoded;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** False: there is no room for it. */
  append(...pieces: Uint8Array[]): boolean {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (this.#length + length > this.#plain.length) {
      return false;
    }
    for (const piece of pieces) {
      this.#plain.set(piece, this.#length);
      this.#length += piece.length;
    }
    this.#bytes = this.#plain.subarray(0, this.#length);
    return true;
  }

  /**
   * Compressed, with the end of its flush. undefined: it is not worth it, or it takes a moment. Another thread begins when a
   * second client wants it: one that comes back has it made for him alone, and another's would be dropped by the next.
   */
  packed(): Uint8Array | undefined {
    const fresh = this.#plain.subarray(this.#packedUpTo, this.#length);
    if (this.#isAside || this.#length < LEAST_PACKED) {
      return undefined;
    }
    if (fresh.length > MOST_PACKED) {
      this.#isAside = this.#wasWanted;
      this.#wasWanted = true;
      if (!this.#isAside) {
        return undefined;
      }
      packAside(fresh, (piece) => {
        this.#isAside = piece === undefined;
        piece && this.#addPacked(piece, fresh.length);
      });
      return undefined;
    }
    if (fresh.length > 0) {
      this.#addPacked(pack(fresh), fresh.length);
    }
    return this.#packed.subarray(0, this.#packedLength);
  }

  #addPacked(piece: Uint8Array, of: number): void {
    const needed = this.#packedLength + piece.length;
    if (needed > this.#packed.length) {
      const grown = Buffer.allocUnsafeSlow(Math.ceil(needed * (1 + MOST_BEHIND)));
      grown.set(this.#packed.subarray(0, this.#packedLength));
      this.#packed = grown;
    }
    this.#packed.set(piece, this.#packedLength);
    this.#packedLength = needed;
    this.#packedUpTo += of;
  }
}
