/**
 * Publishes what the outbox holds, per hub in the order in which it was written, at least once.
 *
 * GroupCommit wakes it after each commit, the service once at the start for what an earlier process left behind. A hub that
 * refuses is tried again with a growing delay; the others are not kept waiting.
 */
import type { Log, Publish } from "../types.ts";
import type { InstanceFile, OutboxEntry } from "./InstanceFile.ts";

/** Messages that are on their way to one hub at a time. */
const WINDOW = 256;
const FIRST_DELAY = 50;
const LONGEST_DELAY = 5_000;

export class Outbox {
  readonly #file: InstanceFile;
  readonly #publish: Publish;
  readonly #published: (hub: string, seq: number) => void;
  readonly #log: Log;
  readonly #draining = new Map<string, Promise<void>>();
  readonly #sent = new Map<string, number>();
  readonly #closing = Promise.withResolvers<void>();
  #closed = false;

  constructor(options: {
    file: InstanceFile;
    publish: Publish;
    published: (hub: string, seq: number) => void;
    log: Log;
  }) {
    this.#file = options.file;
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
      const entries = this.#file.outbox(hub, this.#sent.get(hub) ?? 0, WINDOW);
      if (entries.length === 0) {
        break;
      }
      const error = await this.#send(hub, entries);
      delay = error === undefined ? FIRST_DELAY : await this.#pause(hub, delay, error);
    }
    this.#draining.delete(hub);
  }

  /** Hands all entries over in order before any is awaited; counts those before the first that failed. */
  async #send(hub: string, entries: readonly OutboxEntry[]): Promise<unknown> {
    const results = await Promise.allSettled(entries.map(async ({ message }) => this.#publish(hub, message)));
    const failed = results.findIndex((result) => result.status === "rejected");
    const last = entries[(failed < 0 ? entries.length : failed) - 1];
    if (last !== undefined) {
      this.#sent.set(hub, last.seq);
      this.#published(hub, last.seq);
    }
    const result = results[failed];
    return result?.status === "rejected" ? (result.reason ?? new Error("refused")) : undefined;
  }

  async #pause(hub: string, delay: number, error: unknown): Promise<number> {
    this.#log.warn({ hub, delay, err: error }, "notifications could not be published, trying again");
    const timer = Promise.withResolvers<void>();
    const handle = setTimeout(timer.resolve, delay);
    await Promise.race([timer.promise, this.#closing.promise]);
    clearTimeout(handle);
    return Math.min(delay * 2, LONGEST_DELAY);
  }
}
