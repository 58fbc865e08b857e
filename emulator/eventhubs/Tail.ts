/**
 * The newest entries of a partition, in memory: consumers that keep up never touch the file.
 *
 * Bounded by count and by bytes; what falls out is read from the store. Bytes are copied into one buffer that goes round, so
 * that the collector has nothing to do with them: as objects of their own all of them got old, and then were its garbage.
 * Used by PartitionLog.
 */
import type { Entry } from "./types.ts";

const MAX_ENTRIES = 2048;
const MAX_BYTES = 4 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;

export class Tail {
  #buffer = Buffer.alloc(0);
  /** Of each entry, by its sequence number modulo their length: where its bytes are, and what else there is of it. */
  readonly #starts = new Uint32Array(MAX_ENTRIES);
  readonly #lengths = new Uint32Array(MAX_ENTRIES);
  readonly #annotations = new Uint32Array(MAX_ENTRIES);
  readonly #offsets = new Float64Array(MAX_ENTRIES);
  readonly #times = new Float64Array(MAX_ENTRIES);
  /** Sequence number of the oldest entry, and of the one that would be next. */
  #first = 0;
  #next = 0;

  /** `bytes` are good until the next event: to be copied in the same turn. */
  at(sequence: number): Entry | undefined {
    if (sequence < this.#first || sequence >= this.#next) return undefined;
    const index = sequence % MAX_ENTRIES;
    const start = this.#starts[index] as number;
    return {
      sequence,
      offset: this.#offsets[index] as number,
      enqueuedAt: this.#times[index] as number,
      annotationsAt: this.#annotations[index] as number,
      bytes: this.#buffer.subarray(start, start + (this.#lengths[index] as number)),
    };
  }

  push({ sequence, offset, enqueuedAt, annotationsAt, bytes }: Entry): void {
    if (sequence !== this.#next || bytes.length > MAX_BYTES) this.#first = sequence;
    else if (sequence - this.#first === MAX_ENTRIES) this.#first++;
    this.#next = sequence;
    if (bytes.length > MAX_BYTES) return;
    const index = sequence % MAX_ENTRIES;
    const start = this.#makeRoom(bytes.length);
    bytes.copy(this.#buffer, start);
    this.#starts[index] = start;
    this.#lengths[index] = bytes.length;
    this.#annotations[index] = annotationsAt;
    this.#offsets[index] = offset;
    this.#times[index] = enqueuedAt;
    this.#next = sequence + 1;
  }

  /** Forgets what retention has removed. */
  dropBefore(sequence: number): void {
    this.#first = Math.min(Math.max(this.#first, sequence), this.#next);
  }

  /** Where so many bytes may go; for that the buffer grows, or the oldest entries are dropped. */
  #makeRoom(length: number): number {
    for (;;) {
      const start = this.#free(length);
      if (start !== undefined) return start;
      if (this.#buffer.length < MAX_BYTES) this.#grow();
      else this.#first++;
    }
  }

  /** Behind the newest entry, or at the beginning of the buffer when it ends there; undefined: there are others. */
  #free(length: number): number | undefined {
    if (this.#first === this.#next) return length <= this.#buffer.length ? 0 : undefined;
    const oldest = this.#starts[this.#first % MAX_ENTRIES] as number;
    const newest = this.#starts[(this.#next - 1) % MAX_ENTRIES] as number;
    const end = newest + (this.#lengths[(this.#next - 1) % MAX_ENTRIES] as number);
    if (newest < oldest) return end + length <= oldest ? end : undefined;
    if (end + length <= this.#buffer.length) return end;
    return length <= oldest ? 0 : undefined;
  }

  #grow(): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * this.#buffer.length));
    let at = 0;
    for (let sequence = this.#first; sequence < this.#next; sequence++) {
      const index = sequence % MAX_ENTRIES;
      const start = this.#starts[index] as number;
      const length = this.#lengths[index] as number;
      this.#buffer.copy(grown, at, start, start + length);
      this.#starts[index] = at;
      at += length;
    }
    this.#buffer = grown;
  }
}
