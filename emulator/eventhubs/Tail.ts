/**
 * The newest entries of a partition, in memory: consumers that keep up never touch the file.
 *
 * Bounded by count and by bytes; what falls out is read from the store. Used by PartitionLog.
 */
import type { Entry } from "./types.ts";

const MAX_ENTRIES = 2048;
const MAX_BYTES = 4 * 1024 * 1024;

export class Tail {
  #entries: Entry[] = [];
  /** Index of the oldest entry that still counts; the slots before it are dropped now and then, in one go. */
  #head = 0;
  #bytes = 0;

  /** Sequence number of the oldest entry, or undefined when there is none. */
  get start(): number | undefined {
    return this.#entries[this.#head]?.sequence;
  }

  at(sequence: number): Entry | undefined {
    const start = this.start;
    return start === undefined || sequence < start ? undefined : this.#entries[this.#head + sequence - start];
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += entry.bytes.length;
    while (this.#entries.length - this.#head > MAX_ENTRIES || this.#bytes > MAX_BYTES) this.#dropOldest();
    if (this.#head > MAX_ENTRIES) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Forgets what retention has removed. */
  dropBefore(sequence: number): void {
    while ((this.start ?? sequence) < sequence) this.#dropOldest();
  }

  #dropOldest(): void {
    this.#bytes -= this.#entries[this.#head]?.bytes.length ?? 0;
    // The slot keeps no reference, so that the bytes can be collected before the array is cut.
    delete this.#entries[this.#head];
    this.#head++;
  }
}
