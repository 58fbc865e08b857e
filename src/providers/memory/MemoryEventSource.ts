/**
 * Twin events without a cloud: what tests push is delivered with the port's promises, order, one batch at a time,
 * checkpoints by `done`.
 *
 * A second source on the same MemoryEventLog begins where the first one's checkpoints are, as after a restart.
 */
import type { PartitionStatus, SourceHealth, TwinEvent, TwinEventSource } from "../../twins/types.ts";
import { MemoryEventLog, type NewEvent } from "./MemoryEventLog.ts";

type Handler = Parameters<TwinEventSource["start"]>[0];

const MAX_BATCH = 300;

export class MemoryEventSource implements TwinEventSource {
  readonly #log: MemoryEventLog;
  readonly #listeners = new Set<(health: SourceHealth) => void>();
  readonly #running = new Set<string>();
  readonly #cursors = new Map<string, number>();
  #health: SourceHealth = { connected: false, since: Date.now(), reason: "Not started." };
  #handler: Handler | undefined;
  #unsubscribe: () => void = () => {};

  constructor(log: MemoryEventLog = new MemoryEventLog()) {
    this.#log = log;
  }

  /** Appends to the log and delivers, when started. */
  push(events: readonly NewEvent[]): void {
    this.#log.push(events);
  }

  async start(handler: Handler): Promise<void> {
    this.#handler = handler;
    this.#unsubscribe = this.#log.onChange(() => this.#wake());
    this.#wake();
  }

  health(): SourceHealth {
    return this.#health;
  }

  onHealth(listener: (health: SourceHealth) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  partitions(): PartitionStatus[] {
    return this.#handler === undefined ? [] : this.#log.partitions.map((events, index) => this.#status(index, events));
  }

  #status(index: number, events: readonly TwinEvent[]): PartitionStatus {
    const partition = String(index);
    const done = this.#log.checkpoint(partition);
    const sequence = (this.#cursors.get(partition) ?? done + 1) - 1;
    const newest = events[sequence];
    const told = { source: newest?.source ?? "memory", partition, sequence, done, lastEnqueued: events.length - 1 };
    return newest === undefined ? told : { ...told, enqueuedAt: newest.enqueuedAt };
  }

  async close(): Promise<void> {
    this.#handler = undefined;
    this.#unsubscribe();
    this.#setConnected(false, "Closed.");
    this.#listeners.clear();
  }

  #wake(): void {
    this.#setConnected(this.#log.reachable, "The link to the event log is broken.");
    for (const [index, events] of this.#log.partitions.entries()) void this.#deliver(String(index), events);
  }

  async #deliver(partition: string, events: readonly TwinEvent[]): Promise<void> {
    if (this.#running.has(partition)) return;
    this.#running.add(partition);
    for (;;) {
      // A turn of its own, so that push never calls a handler.
      await Promise.resolve();
      const from = this.#cursors.get(partition) ?? this.#log.checkpoint(partition) + 1;
      const batch = events.slice(from, from + MAX_BATCH);
      const last = batch.at(-1)?.position;
      const handler = this.#handler;
      if (handler === undefined || last === undefined || !this.#log.reachable) break;
      this.#cursors.set(partition, last.sequence + 1);
      await handler({ events: batch, undecodable: [], last }, (upTo) => {
        if (this.#handler !== undefined) this.#log.saveCheckpoint(upTo);
      });
    }
    this.#running.delete(partition);
  }

  #setConnected(connected: boolean, reason: string): void {
    if (connected === this.#health.connected) return;
    const since = Date.now();
    this.#health = connected ? { connected, since } : { connected, since, reason };
    for (const listener of this.#listeners) listener(this.#health);
  }
}
