/**
 * The newest notifications of each hub, in memory: the outbox is seldom read from the file again.
 *
 * A hub that falls behind by more than `most` loses its tail, and is served from the file until it has caught up.
 */
import type { OutboxEntry } from "./Storage.ts";

export class OutboxTail {
  readonly #most: number;
  readonly #entries = new Map<string, OutboxEntry[]>();
  /** Hubs with older notifications than the tail's. */
  readonly #behind: Set<string>;

  constructor(most: number, behind: Iterable<string>) {
    this.#most = most;
    this.#behind = new Set(behind);
  }

  push(hub: string, entry: OutboxEntry): void {
    if (this.#behind.has(hub)) {
      return;
    }
    const entries = this.#entries.get(hub);
    if (entries === undefined) {
      this.#entries.set(hub, [entry]);
    } else if (entries.length < this.#most) {
      entries.push(entry);
    } else {
      this.#entries.delete(hub);
      this.#behind.add(hub);
    }
  }

  /** Undefined: only the file knows. */
  after(hub: string, seq: number, limit: number): OutboxEntry[] | undefined {
    if (this.#behind.has(hub)) {
      return undefined;
    }
    const entries = this.#entries.get(hub) ?? [];
    const from = entries.findIndex((entry) => entry.seq > seq);
    return from < 0 ? [] : entries.slice(from, from + limit);
  }

  /** Nothing older than what will be pushed next is left in the file. */
  caughtUp(hub: string): void {
    this.#behind.delete(hub);
  }

  drop(hub: string, upTo: number): void {
    const entries = this.#entries.get(hub);
    const from = entries?.findIndex((entry) => entry.seq > upTo) ?? -1;
    if (entries === undefined || from < 0) {
      this.#entries.delete(hub);
    } else {
      entries.splice(0, from);
    }
  }

  hubs(): string[] {
    return [...this.#entries.keys()];
  }
}
