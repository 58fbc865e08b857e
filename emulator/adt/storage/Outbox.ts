/**
 * Publishes what the outbox holds, per hub and twin in the order in which it was written, at least once.
 *
 * GroupCommit wakes it after each commit, the service once at the start for what an earlier process left behind. A hub that
 * refuses is tried again with a growing delay; the others are not kept waiting.
 */
import type { Log, Publish } from "../types.ts";
import type { OutboxEntry, Storage } from "./Storage.ts";

/** Messages that one hub gets at a time, those of different twins together; more would hold up the event loop. */
const WINDOW = 64;
/** So many at once are a rush: the next ones gather for a while, since each trip to a hub costs it a sync of its disk. */
const RUSH = 16;
/** ms */
const GATHER = 8;
const FIRST_DELAY = 50;
const LONGEST_DELAY = 5_000;

export class Outbox {
  readonly #storage: Storage;
  readonly #publish: Publish;
  readonly #published: (hub: string, seq: number) => void;
  readonly #log: Log;
  readonly #draining = new Map<string, Promise<void>>();
  readonly #sent = new Map<string, number>();
  readonly #closing = Promise.withResolvers<void>();
  #closed = false;

  constructor(options: {
    storage: Storage;
    publish: Publish;
    published: (hub: string, seq: number) => void;
    log: Log;
  }) {
    this.#storage = options.storage;
    this.#publish = options.publish;
    this.#published = options.published;
    this.#log = options.log;
  }

  wake(hubs: Iterable<string>): void {
    for (const hub of hubs) {
      if (!this.#closed && !this.#draining.has(hub)) {
        this.#draining.set(hub, this.#drain(hub));
      }
    }
  }

  /** Waits for messages that are on their way; the rest stays in the file. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.resolve();
    await Promise.all(this.#draining.values());
  }

  async #drain(hub: string): Promise<void> {
    // Not before the caller has noted that this hub is being drained.
    await Promise.resolve();
    let delay = FIRST_DELAY;
    while (!this.#closed) {
      const entries = this.#storage.outbox(hub, this.#sent.get(hub) ?? 0, WINDOW);
      if (entries.length === 0) {
        break;
      }
      const error = await this.#send(hub, entries);
      if (entries.length >= RUSH && entries.length < WINDOW) {
        await this.#wait(GATHER);
      }
      delay = error === undefined ? FIRST_DELAY : await this.#pause(hub, delay, error);
    }
    this.#draining.delete(hub);
  }

  /** Sends what it can, one after the other for each key, and counts what is before the first that was not sent. */
  async #send(hub: string, entries: readonly OutboxEntry[]): Promise<unknown> {
    const chains = Map.groupBy(entries, ({ message }) => message.partitionKey);
    const failures = (await Promise.all(Array.from(chains.values(), (chain) => this.#sendChain(hub, chain)))).filter(
      (failure) => failure !== undefined,
    );
    const first = Math.min(...failures.map(({ seq }) => seq));
    const last = entries.findLast(({ seq }) => seq < first);
    if (last !== undefined) {
      this.#sent.set(hub, last.seq);
      this.#published(hub, last.seq);
    }
    return failures[0]?.error;
  }

  /** Stops at the first refusal, so that no message of a twin overtakes another. */
  async #sendChain(hub: string, chain: readonly OutboxEntry[]): Promise<{ seq: number; error: Error } | undefined> {
    for (const { seq, message } of chain) {
      try {
        await this.#publish(hub, message);
      } catch (error) {
        return { seq, error: error instanceof Error ? error : new Error(String(error)) };
      }
    }
    return undefined;
  }

  async #pause(hub: string, delay: number, error: unknown): Promise<number> {
    this.#log.warn({ hub, delay, err: error }, "notifications could not be published, trying again");
    await this.#wait(delay);
    return Math.min(delay * 2, LONGEST_DELAY);
  }

  /** Shorter when it is being closed. */
  async #wait(ms: number): Promise<void> {
    const timer = Promise.withResolvers<void>();
    const handle = setTimeout(timer.resolve, ms);
    await Promise.race([timer.promise, this.#closing.promise]);
    clearTimeout(handle);
  }
}
