/**
 * Azure Event Hubs as a source of twin events: the first step of a value's way in, on the official SDK.
 *
 * One consumer per process and hub; the SDK shares partitions out between processes through the checkpoint store. Closed
 * here are the traps of `@azure/event-hubs` 6.0.4: unbounded credit, batches skipped when a handler throws, pumps that die
 * in long outages, silence while they last, bodies changed by the SDK's parsing, a close that can hang.
 */
import {
  type CheckpointStore,
  CloseReason,
  type EventHubConsumerClient,
  earliestEventPosition,
  latestEventPosition,
  type PartitionContext,
  type Subscription,
  type SubscriptionEventHandlers,
} from "@azure/event-hubs";
import type { Clock, Log, PartitionMove, PartitionStatus, SourceHealth, TwinEventSource } from "../../twins/types.ts";
import { type ConsumerAddress, DEFAULT_GROUP, newConsumerClient, newProbeClient } from "./consumerClient.ts";
import { boundCredit } from "./creditBound.ts";
import { GenerationCheckpoints } from "./GenerationCheckpoints.ts";
import { LinkWatch } from "./LinkWatch.ts";
import { type EventHandler, PartitionFeed, type Place } from "./PartitionFeed.ts";
import { adviceFor, codeOf, endsPump, isStolen } from "./refusal.ts";
import { pause, within } from "./timing.ts";
import { boundWaits } from "./waits.ts";

export type EventHubSourceOptions = ConsumerAddress & {
  checkpointStore: CheckpointStore;
  log: Log;
  clock?: Clock;
  /** Where a partition without a checkpoint begins. Default: earliest. */
  startPosition?: "earliest" | "latest";
  /** ms after which a handler is reported as stuck. Default: 30,000. */
  handlerLimitMs?: number;
};

/** A stop of the whole server must stay below 5 s. */
const CLOSE_LIMIT_MS = 3000;
/** Of which the handlers at work get this much. */
const HANDLER_GRACE_MS = 1000;
/** What the partition's owner, from which it was just taken, has under way: a write that it began comes before ours. */
const TAKEOVER_GRACE_MS = 1000;
const PROBE_INTERVAL_MS = 2000;
const PROBE_AGAIN_MS = 1000;
const PROBE_GRACE_MS = 1000;

export class EventHubSource implements TwinEventSource {
  readonly #options: EventHubSourceOptions;
  readonly #clock: Clock;
  readonly #feeds = new Map<string, PartitionFeed>();
  /** By the SDK's pump: an old pump may end after the next one of its partition has begun. */
  readonly #feedOf = new WeakMap<PartitionContext, PartitionFeed>();
  readonly #moves = new Set<(move: PartitionMove) => void>();
  readonly #watch: LinkWatch;
  readonly #checkpoints: GenerationCheckpoints;
  readonly #stop = new AbortController();
  #client: EventHubConsumerClient | undefined;
  /** A connection of its own, because one client has one retry policy. */
  #probe: EventHubConsumerClient | undefined;
  #subscription: Subscription | undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(options: EventHubSourceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#watch = new LinkWatch({
      clock: this.#clock,
      expectsCalls: () => [...this.#feeds.values()].some((feed) => feed.awaitsCalls),
    });
    this.#checkpoints = new GenerationCheckpoints(options.checkpointStore);
  }

  /**
   * Resolves at once; the link is made in the background, however long that takes, and `health` tells. Throws when the
   * connection string is not one.
   */
  async start(handler: EventHandler): Promise<void> {
    if (this.#client !== undefined) throw new Error("An EventHubSource starts once.");
    boundCredit();
    boundWaits();
    const client = newConsumerClient(this.#options, this.#checkpoints);
    const probe = newProbeClient(this.#options);
    this.#client = client;
    this.#probe = probe;
    this.#watch.start();
    this.#watch.onHealth(({ connected, reason }) => {
      const { eventHubName } = this.#options;
      if (this.#stop.signal.aborted) return;
      if (!connected) this.#options.log.warn({ hub: eventHubName, reason }, "event hub: link lost");
      else this.#options.log.info({ hub: eventHubName }, "event hub: link up");
    });
    this.#watching = this.#keepWatch(client, probe, handler);
  }

  health(): SourceHealth {
    return this.#watch.health();
  }

  onHealth(listener: (health: SourceHealth) => void): () => void {
    return this.#watch.onHealth(listener);
  }

  onMove(listener: (move: PartitionMove) => void): () => void {
    this.#moves.add(listener);
    return () => this.#moves.delete(listener);
  }

  partitions(): PartitionStatus[] {
    return [...this.#feeds.values()].flatMap((feed) => feed.status ?? []);
  }

  /** Within 3 s, whatever the hub does. What was delivered and not done is delivered again after the next start. */
  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    const feeds = [...this.#feeds.values()];
    for (const feed of feeds) feed.pause();
    const inTime = await within(CLOSE_LIMIT_MS, this.#shutDown(feeds));
    if (!inTime)
      this.#options.log.warn({ hub: this.#options.eventHubName }, "event hub: close took too long, given up");
    this.#watch.close();
  }

  async #shutDown(feeds: readonly PartitionFeed[]): Promise<void> {
    await within(HANDLER_GRACE_MS, Promise.all(feeds.map((feed) => feed.idle())));
    await Promise.all(feeds.map((feed) => feed.flush()));
    for (const feed of feeds) feed.close();
    // The SDK leaves a connection open that is still being made when it is told to close.
    await within(PROBE_GRACE_MS, this.#watching);
    await Promise.allSettled([this.#client?.close(), this.#probe?.close()]);
  }

  /**
   * Asks the hub every 2 s when it was created: a sign of life, and how it shows that it is another hub of the same name,
   * whose sequence numbers begin anew.
   */
  async #keepWatch(
    client: EventHubConsumerClient,
    probe: EventHubConsumerClient,
    handler: EventHandler,
  ): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      let wait = PROBE_INTERVAL_MS;
      try {
        const { createdOn } = await probe.getEventHubProperties();
        const generation = String(createdOn.getTime());
        if (generation !== this.#checkpoints.generation) await this.#subscribe(client, handler, generation);
        this.#watch.beat();
        await this.#lookAhead(probe);
      } catch (error) {
        wait = PROBE_AGAIN_MS;
        if (!signal.aborted) this.#watch.lost(error instanceof Error ? error.message : String(error));
      }
      await pause(wait, signal);
    }
  }

  /** The hub would also tell this beside every event, which costs 5 µs for each. */
  async #lookAhead(probe: EventHubConsumerClient): Promise<void> {
    const feeds = [...this.#feeds].filter(([, feed]) => feed.status !== undefined);
    await Promise.all(
      feeds.map(async ([partition, feed]) => {
        const told = await probe.getPartitionProperties(partition);
        const { beginningSequenceNumber: first, lastEnqueuedSequenceNumber: last, isEmpty } = told;
        feed.tell({ first, last, isEmpty, lastAt: told.lastEnqueuedOnUtc.getTime() });
      }),
    );
  }

  async #subscribe(client: EventHubConsumerClient, handler: EventHandler, generation: string): Promise<void> {
    if (this.#subscription !== undefined) {
      this.#options.log.warn({ hub: this.#options.eventHubName }, "event hub: created anew, starting over");
      for (const feed of this.#feeds.values()) feed.close();
      await within(CLOSE_LIMIT_MS, this.#subscription.close());
    }
    if (this.#stop.signal.aborted) return;
    this.#checkpoints.generation = generation;
    this.#subscription = client.subscribe(this.#handlers(client, handler, generation), {
      startPosition: this.#options.startPosition === "latest" ? latestEventPosition : earliestEventPosition,
      maxBatchSize: 300,
      prefetchCount: 1200,
      maxWaitTimeInSeconds: 1,
      skipParsingBodyAsJson: true,
    });
  }

  #handlers(client: EventHubConsumerClient, handler: EventHandler, generation: string): SubscriptionEventHandlers {
    return {
      processInitialize: async (pump) => {
        this.#feedOf.set(pump, this.#open(client, pump.partitionId, handler, generation));
      },
      processClose: async (reason, pump) => this.#forget(pump, reason),
      processEvents: async (events, pump) => {
        if (events.length > 0) this.#watch.beat();
        this.#watch.call(pump.partitionId);
        await this.#feedOf.get(pump)?.deliver(events);
        this.#watch.call(pump.partitionId);
      },
      processError: async (error, { partitionId }) => this.#failed(error, partitionId),
    };
  }

  #open(client: EventHubConsumerClient, partition: string, handler: EventHandler, generation: string): PartitionFeed {
    const before = this.#feeds.get(partition);
    before?.close();
    const source = `${client.fullyQualifiedNamespace}/${client.eventHubName}`;
    const owner = this.#checkpoints.ownerBefore(partition);
    if (owner !== undefined) this.#tell({ source, partition, to: "here" });
    const grace = owner ? pause(TAKEOVER_GRACE_MS, this.#stop.signal) : undefined;
    const feed = new PartitionFeed({
      partition,
      generation,
      source,
      handler,
      save: (place) => this.#save(client, partition, place),
      after: Promise.all([before?.idle(), grace]),
      handlerLimitMs: this.#options.handlerLimitMs ?? 30_000,
      checkpoint: this.#checkpoints.sequenceOf(partition),
      fromLatest: this.#options.startPosition === "latest",
      log: this.#options.log,
      clock: this.#clock,
    });
    if (this.#stop.signal.aborted) feed.close();
    this.#feeds.set(partition, feed);
    return feed;
  }

  /** The feed stays while its handler is at work, so that a next one waits for it. */
  #forget(pump: PartitionContext, reason: CloseReason): void {
    const feed = this.#feedOf.get(pump);
    feed?.close();
    if (reason === CloseReason.OwnershipLost && feed !== undefined && !this.#stop.signal.aborted)
      this.#tell({ source: feed.source, partition: pump.partitionId, to: "elsewhere" });
    if (feed !== undefined && !feed.busy && this.#feeds.get(pump.partitionId) === feed)
      this.#feeds.delete(pump.partitionId);
  }

  #tell(move: PartitionMove): void {
    this.#options.log.info(move, "event hub: a partition changed hands");
    for (const listener of this.#moves) listener(move);
  }

  #save(client: EventHubConsumerClient, partition: string, { sequence, offset }: Place): Promise<void> {
    return this.#checkpoints.updateCheckpoint({
      fullyQualifiedNamespace: client.fullyQualifiedNamespace,
      eventHubName: client.eventHubName,
      consumerGroup: this.#options.consumerGroup ?? DEFAULT_GROUP,
      partitionId: partition,
      sequenceNumber: sequence,
      offset,
    });
  }

  /** `partition` is "" for what concerns no single one. */
  #failed(error: Error, partition: string): void {
    if (this.#stop.signal.aborted) return;
    const { eventHubName: hub, consumerGroup: group = DEFAULT_GROUP, log } = this.#options;
    const advice = adviceFor(error, { hub, group });
    const isNews = advice === undefined || this.#watch.health().reason !== advice;
    if (isNews) log.warn({ hub, partition, code: codeOf(error), err: error }, "event hub: error");
    if (partition === "" || !endsPump(error)) return;
    if (advice !== undefined) this.#watch.refused(partition, advice);
    if (!isStolen(error)) this.#checkpoints.giveUp(partition);
  }
}
