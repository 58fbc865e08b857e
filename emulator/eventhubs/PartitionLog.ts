/**
 * One partition: an append-only log with dense sequence numbers, growing offsets and enqueued times that never decrease.
 *
 * Events are staged, brought to the disk by LogStore's group commit, and only then published to readers: what a consumer has
 * seen can never be lost, nor its sequence number given twice. Readers get woken after each publication.
 */
import { footprint, type PartitionTable } from "./PartitionTable.ts";
import type { ProducerLedger } from "./ProducerLedger.ts";
import { stamp } from "./stamp.ts";
import { Tail } from "./Tail.ts";
import { type Append, type Clock, type Entry, HubError, type PartitionInfo, type Retention } from "./types.ts";

/** Rows that one trim removes at most, so that no turn of the event loop gets long. */
const TRIM_STEP = 2000;
const PAGE = 256;
const POSITION =
  /^amqp\.annotation\.(x-opt-offset|x-opt-sequence-number|x-opt-enqueued-?time(?:utc)?)\s*(>=|>)\s*'?([^']*)'?$/;

export interface PartitionLogParts {
  table: PartitionTable;
  producers: ProducerLedger;
  clock: Clock;
}

export class PartitionLog {
  readonly id: string;
  readonly producers: ProducerLedger;
  readonly #table: PartitionTable;
  readonly #clock: Clock;
  readonly #tail = new Tail();
  readonly #readers = new Set<() => void>();
  #first: number;
  #next: number;
  #nextOffset: number;
  #lastOffset: number;
  #lastEnqueuedAt: number;
  #firstOffset: number;
  #staged: Entry[] = [];
  #info: PartitionInfo | undefined;

  constructor(id: string, { table, producers, clock }: PartitionLogParts) {
    this.id = id;
    this.producers = producers;
    this.#table = table;
    this.#clock = clock;
    const counters = table.load();
    this.#first = counters.first;
    this.#next = counters.next;
    this.#nextOffset = counters.nextOffset;
    this.#lastOffset = counters.lastOffset;
    this.#lastEnqueuedAt = counters.lastEnqueuedAt;
    this.#firstOffset = table.place(counters.first)?.offset ?? counters.nextOffset;
  }

  /** Sequence number that the next event gets; a reader that stands here has seen all. */
  get next(): number {
    return this.#next;
  }

  /** Sequence number of the oldest event that is left, or that the next one gets. */
  get first(): number {
    return this.#first;
  }

  /**
   * Gives the messages their places; they are not readable before `publish`. Leaves out what an idempotent producer repeats.
   * Throws HubError, and then stages none.
   */
  stage(append: Append): void {
    const { raws, numbered = [] } = append;
    const repeated = this.producers.repeated(numbered);
    const last = this.#staged.at(-1);
    let sequence = last ? last.sequence + 1 : this.#next;
    let offset = last ? last.offset + footprint(last.bytes) : this.#nextOffset;
    const enqueuedAt = Math.max(this.#clock(), last?.enqueuedAt ?? this.#lastEnqueuedAt);
    const entries: Entry[] = [];
    for (const raw of repeated === 0 ? raws : raws.slice(repeated)) {
      const entry = stampOrRefuse(raw, { sequence, offset, enqueuedAt }, append);
      entries.push(entry);
      sequence++;
      offset += footprint(entry.bytes);
    }
    for (const entry of entries) this.#staged.push(entry);
    const lastNumber = numbered.at(-1);
    if (lastNumber !== undefined && repeated < numbered.length) this.producers.stage(lastNumber);
  }

  /** Inside the store's transaction. */
  writeStaged(): void {
    for (const entry of this.#staged) this.#table.insert(entry);
    this.producers.writeStaged();
  }

  /** They are durable: readers may have them. */
  publish(): void {
    this.producers.publish();
    const staged = this.#staged;
    const last = staged.at(-1);
    if (last === undefined) return;
    this.#staged = [];
    for (const entry of staged) this.#tail.push(entry);
    this.#next = last.sequence + 1;
    this.#lastOffset = last.offset;
    this.#nextOffset = last.offset + footprint(last.bytes);
    this.#lastEnqueuedAt = last.enqueuedAt;
    this.#info = undefined;
    for (const wake of this.#readers) wake();
  }

  /** They are not. */
  discard(): void {
    this.producers.discard();
    this.#staged = [];
  }

  /** Calls `wake` after every publication. Returns the unsubscriber. */
  onPublish(wake: () => void): () => void {
    this.#readers.add(wake);
    return () => this.#readers.delete(wake);
  }

  /** The entry in memory, good for this turn; undefined when it must be read with `page`. */
  inMemory(sequence: number): Entry | undefined {
    return this.#tail.at(sequence);
  }

  /** Entries from the store, beginning at `from` or, when retention took it, at the oldest that is left. */
  page(from: number): Entry[] {
    // What is written and not yet durable is not for readers.
    return from >= this.#next ? [] : this.#table.page(from, PAGE).filter(({ sequence }) => sequence < this.#next);
  }

  info(): PartitionInfo {
    this.#info ??= {
      first: this.#first < this.#next ? this.#first : -1,
      last: this.#next - 1,
      lastOffset: String(this.#lastOffset),
      lastEnqueuedAt: this.#lastEnqueuedAt,
      empty: this.#first >= this.#next,
    };
    return this.#info;
  }

  /**
   * Removes what is over the limits, a step at a time; inside the store's transaction or alone. True when there is more.
   */
  trim(limits: Retention): boolean {
    const stop = Math.min(this.#next, this.#first + TRIM_STEP);
    const oldest = this.#clock() - limits.age;
    let first = this.#first;
    while (first < stop && this.#isOver(first, limits, oldest)) first++;
    if (first === this.#first) return false;
    this.#first = first;
    this.#firstOffset = this.#place(first)?.offset ?? this.#nextOffset;
    this.#tail.dropBefore(first);
    this.#info = undefined;
    this.#table.trim({
      first,
      next: this.#next,
      nextOffset: this.#nextOffset,
      lastOffset: this.#lastOffset,
      lastEnqueuedAt: this.#lastEnqueuedAt,
    });
    return first === stop && first < this.#next;
  }

  #isOver(sequence: number, limits: Retention, oldest: number): boolean {
    if (this.#next - sequence > limits.events) return true;
    if (sequence === this.#first && !this.#mayBeOver(limits, oldest)) return false;
    const place = this.#place(sequence);
    return place !== undefined && (place.enqueuedAt < oldest || this.#nextOffset - place.offset > limits.bytes);
  }

  /** Spares the look at the oldest row, which is on disk, while nothing can be over. */
  #mayBeOver(limits: Retention, oldest: number): boolean {
    if (this.#nextOffset - this.#firstOffset > limits.bytes) return true;
    return (this.#place(this.#first)?.enqueuedAt ?? Number.POSITIVE_INFINITY) < oldest;
  }

  #place(sequence: number): { offset: number; enqueuedAt: number } | undefined {
    return this.#tail.at(sequence) ?? this.#table.place(sequence);
  }

  /**
   * Sequence number at which a reader with this selector filter begins. Throws HubError when the filter is not one of Event
   * Hubs', or names a place behind the end.
   */
  start(filter: string): number {
    const [, field, operator, value] = POSITION.exec(filter.trim()) ?? [];
    if (field === undefined || value === undefined) {
      throw new HubError("amqp:invalid-field", `The filter '${filter}' is not supported.`);
    }
    if (value === "@latest") return this.#next;
    const wanted = Number(value);
    if (!Number.isFinite(wanted)) throw new HubError("amqp:invalid-field", `'${value}' is not a position.`);
    const above = (found: number) => (operator === ">" ? found > wanted : found >= wanted);
    if (field === "x-opt-sequence-number") return this.#startAtSequence(wanted, operator === ">" ? 1 : 0);
    if (field !== "x-opt-offset") return this.#search((place) => above(place.enqueuedAt));
    if (wanted >= this.#nextOffset && wanted > this.#lastOffset) {
      throw refusePosition("offset", value, this.#lastOffset);
    }
    return this.#search((place) => above(place.offset));
  }

  #startAtSequence(wanted: number, after: number): number {
    if (wanted + after > this.#next) throw refusePosition("sequence number", String(wanted), this.#next - 1);
    return Math.max(this.#first, wanted + after);
  }

  /** First sequence number whose place fulfils a condition that holds for all later ones too. */
  #search(holds: (place: { offset: number; enqueuedAt: number }) => boolean): number {
    let low = this.#first;
    let high = this.#next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const place = this.#place(middle);
      if (place !== undefined && holds(place)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function refusePosition(what: string, value: string, last: number): HubError {
  return new HubError(
    "com.microsoft:argument-error",
    `The supplied ${what} '${value}' is invalid. The last ${what} in the system is '${last}'`,
  );
}

function stampOrRefuse(raw: Buffer, place: Omit<Entry, "annotationsAt" | "bytes">, append: Append): Entry {
  try {
    return stamp(raw, place, append);
  } catch (error) {
    throw new HubError("amqp:decode-error", error instanceof Error ? error.message : String(error));
  }
}
