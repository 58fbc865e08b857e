/** Helpers of the broker's tests: an endpoint on a free port, SDK clients on it, and their teardown. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  EventHubConsumerClient,
  type EventHubConsumerClientOptions,
  EventHubProducerClient,
  type EventPosition,
  earliestEventPosition,
  type ReceivedEventData,
  type Subscription,
} from "@azure/event-hubs";
import { type EventHubsEndpoint, type EventHubsOptions, startEventHubs } from "../../../emulator/eventhubs/index.ts";

const closers: (() => Promise<unknown>)[] = [];

/** To be called in afterEach: closes what the helpers opened, last first. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

export function onClose(close: () => Promise<unknown>): void {
  closers.push(close);
}

/** A path for a hub's file, in a folder that goes with it. */
export async function newFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "hubs-"));
  onClose(() => rm(directory, { recursive: true, force: true }));
  return join(directory, "hubs.sqlite");
}

export const HUB = "telemetry";

export async function newHubs(options: Partial<EventHubsOptions> = {}): Promise<EventHubsEndpoint> {
  const endpoint = await startEventHubs({ hubs: { [HUB]: { partitions: 4, consumerGroups: ["game"] } }, ...options });
  onClose(() => endpoint.close());
  return endpoint;
}

const RETRY = { maxRetries: 0, timeoutInMs: 4000 };

export function newProducer(endpoint: EventHubsEndpoint, hub = HUB): EventHubProducerClient {
  const producer = new EventHubProducerClient(endpoint.connectionString, hub, { retryOptions: RETRY });
  onClose(() => producer.close());
  return producer;
}

export function newConsumer(
  endpoint: EventHubsEndpoint,
  options: { group?: string; hub?: string; connectionString?: string } & EventHubConsumerClientOptions = {},
): EventHubConsumerClient {
  const { group = "$Default", hub = HUB, connectionString = endpoint.connectionString, ...rest } = options;
  const consumer = new EventHubConsumerClient(group, connectionString, hub, { retryOptions: RETRY, ...rest });
  onClose(() => consumer.close());
  return consumer;
}

export interface Collected {
  events: ReceivedEventData[];
  errors: (Error & { code?: string })[];
  subscription: Subscription;
}

/** Subscribes to one partition, or to all, and collects. */
export function collect(
  consumer: EventHubConsumerClient,
  partition?: string,
  options: { from?: EventPosition; ownerLevel?: number; metrics?: boolean } = {},
): Collected {
  const events: ReceivedEventData[] = [];
  const errors: Error[] = [];
  const handlers = {
    processEvents: async (batch: ReceivedEventData[]) => {
      events.push(...batch);
    },
    processError: async (error: Error) => {
      errors.push(error);
    },
  };
  const settings = {
    startPosition: options.from ?? earliestEventPosition,
    maxBatchSize: 100,
    maxWaitTimeInSeconds: 1,
    trackLastEnqueuedEventProperties: options.metrics ?? false,
    ...(options.ownerLevel === undefined ? {} : { ownerLevel: options.ownerLevel }),
  };
  const subscription =
    partition === undefined
      ? consumer.subscribe(handlers, settings)
      : consumer.subscribe(partition, handlers, settings);
  return { events, errors, subscription };
}

/** `n` small JSON events. */
export function numbered(n: number, from = 0): { body: { n: number } }[] {
  return Array.from({ length: n }, (_, i) => ({ body: { n: from + i } }));
}

export function numbers(events: readonly ReceivedEventData[]): number[] {
  return events.map((event) => Number(event.body.n));
}
