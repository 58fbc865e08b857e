/**
 * Knows whether the link to the hub is alive, which the SDK does not tell: during an outage it retries in silence.
 *
 * Two signs of life. A *beat* is an answer of the hub: an event, or the management read that EventHubSource does every 2 s.
 * A *call* is the SDK handing over a batch, an empty one at least every second while a link stands: it stops as
 * soon as a link breaks, but goes on when a peer has frozen. Owned by EventHubSource.
 */
import type { Clock, SourceHealth } from "../../twins/types.ts";

const CHECK_MS = 250;
/** Two management reads and a bit. */
const BEAT_LIMIT_MS = 4500;
/** Two empty batches and a bit. */
const CALL_LIMIT_MS = 2500;
/** What the partitions' links need to be made again once the hub answers. */
const RECOVERY_MS = 2500;
/** A refused partition is asked for again every few seconds; when that is not refused any more, it is over. */
const REFUSAL_MS = 10_000;

export interface LinkWatchOptions {
  clock: Clock;
  /** Whether calls are due: some partition is ours and its handler is not at work. */
  expectsCalls: () => boolean;
}

export class LinkWatch {
  readonly #options: LinkWatchOptions;
  readonly #listeners = new Set<(health: SourceHealth) => void>();
  #health: SourceHealth;
  #timer: NodeJS.Timeout | undefined;
  #checkedAt = 0;
  #beatAt = 0;
  #calledAt = 0;
  /** Partition → when it was last refused. */
  readonly #refused = new Map<string, number>();

  constructor(options: LinkWatchOptions) {
    this.#options = options;
    this.#health = { connected: false, since: options.clock(), reason: "Connecting." };
  }

  health(): SourceHealth {
    return this.#health;
  }

  onHealth(listener: (health: SourceHealth) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#checkedAt = performance.now();
    this.#timer = setInterval(() => this.#check(), CHECK_MS).unref();
  }

  /** The hub answered. */
  beat(): void {
    this.#beatAt = performance.now();
    if (this.#timer === undefined || this.#health.connected || this.#refused.size > 0) return;
    this.#calledAt = this.#beatAt + RECOVERY_MS;
    this.#set({ connected: true, since: this.#options.clock() });
  }

  /** The SDK called. */
  call(partition: string): void {
    this.#calledAt = Math.max(this.#calledAt, performance.now());
    this.#refused.delete(partition);
  }

  /** The hub answers, yet lets nobody read the partition, and somebody has to do something about it. */
  refused(partition: string, reason: string): void {
    this.#refused.set(partition, performance.now());
    this.lost(reason);
  }

  /** The link is known to be down, and why. */
  lost(reason: string): void {
    if (this.#health.connected || this.#health.reason !== reason) {
      this.#set({
        connected: false,
        since: this.#health.connected ? this.#options.clock() : this.#health.since,
        reason,
      });
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.lost("Closed.");
    this.#listeners.clear();
  }

  #check(): void {
    const now = performance.now();
    // When this process itself stood still, that time says nothing about the link.
    const stalled = Math.max(0, now - this.#checkedAt - 2 * CHECK_MS);
    this.#checkedAt = now;
    this.#beatAt += stalled;
    this.#calledAt = this.#options.expectsCalls() ? this.#calledAt + stalled : now;
    for (const [partition, at] of this.#refused) if (now - at > REFUSAL_MS) this.#refused.delete(partition);
    if (!this.#health.connected) return;
    if (now - this.#beatAt > BEAT_LIMIT_MS) this.lost("The event hub does not answer.");
    else if (now - this.#calledAt > CALL_LIMIT_MS) this.lost("The link to the event hub is broken.");
  }

  #set(health: SourceHealth): void {
    this.#health = health;
    for (const listener of this.#listeners) listener(health);
  }
}
