/**
 * The hub behind MemoryEventSource: partitions, what was checkpointed, and whether it can be reached. Outlives its sources,
 * as a hub outlives the processes that read it.
 */
import type { Clock, EventPosition, TwinEvent } from "../../twins/types.ts";

/** What a test gives; the rest is made up. Events of one subject stay in order. */
export type NewEvent = Pick<TwinEvent, "type" | "subject" | "data"> & Partial<TwinEvent>;

export interface MemoryEventLogOptions {
  partitions?: number;
  /** Host and hub, as events show it. */
  source?: string;
  clock?: Clock;
}

export class MemoryEventLog {
  readonly partitions: readonly (readonly TwinEvent[])[];
  readonly #logs: TwinEvent[][];
  readonly #source: string;
  readonly #clock: Clock;
  readonly #generation: string;
  readonly #checkpoints = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  #reachable = true;

  constructor({ partitions = 1, source = "memory/events", clock = Date.now }: MemoryEventLogOptions = {}) {
    this.#logs = Array.from({ length: partitions }, () => []);
    this.partitions = this.#logs;
    this.#source = source;
    this.#clock = clock;
    this.#generation = String(clock());
  }

  get reachable(): boolean {
    return this.#reachable;
  }

  get generation(): string {
    return this.#generation;
  }

  push(events: readonly NewEvent[]): void {
    for (const event of events) {
      const partition = event.position?.partition ?? this.#partitionOf(event.subject);
      const log = this.#logs[Number(partition)];
      if (log === undefined) throw new RangeError(`There is no partition ${partition}.`);
      const now = this.#clock();
      const position = { partition, sequence: log.length, generation: this.#generation };
      const id = `${partition}/${log.length}`;
      const made = { id, source: this.#source, time: now, enqueuedAt: now, receivedAt: now };
      log.push({ ...made, ...event, position });
    }
    this.#tell();
  }

  /** Whether sources can reach the log: off, they report a lost link and deliver nothing. */
  setReachable(reachable: boolean): void {
    this.#reachable = reachable;
    this.#tell();
  }

  /** Called after every push and every change of `reachable`. Returns the unsubscriber. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The sequence number up to which everything is done; -1 at first. */
  checkpoint(partition: string): number {
    return this.#checkpoints.get(partition) ?? -1;
  }

  /** Only ever forward. */
  saveCheckpoint({ partition, sequence }: EventPosition): void {
    this.#checkpoints.set(partition, Math.max(this.checkpoint(partition), sequence));
  }

  #partitionOf(subject: string): string {
    let hash = 0;
    for (const character of subject) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) | 0;
    return String(Math.abs(hash % this.#logs.length));
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
