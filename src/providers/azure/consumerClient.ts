/**
 * SDK clients for one hub: the one that consumes, and the one that only asks whether the hub is there.
 *
 * Used by EventHubSource. The settings are what survived outages when tried; the SDK's defaults did not.
 */
import type { TokenCredential } from "@azure/core-auth";
import { type CheckpointStore, EventHubConsumerClient, type EventHubConsumerClientOptions } from "@azure/event-hubs";
import { type WebSocketRoute, webSocketOptions } from "./webSockets.ts";

export type EventHubAddress =
  | { connectionString: string; eventHubName: string }
  | { fullyQualifiedNamespace: string; eventHubName: string; credential: TokenCredential };

/** An address, the group to read in, default `$Default`, and the way there: AMQP on 5671, or over WebSockets on 443. */
export type ConsumerAddress = EventHubAddress & {
  consumerGroup?: string;
  webSockets?: WebSocketRoute;
  /** Between two attempts to come back to a hub that is away, ms. Default: 1000. */
  retryDelayMs?: number;
};

/** Outages of any length survive: the pump never runs out of retries. Recovery 1 s after the hub is back. */
const RETRY = { maxRetries: 100_000, timeoutInMs: 5000 };
const RETRY_DELAY_MS = 1000;
/** The probe's errors are wanted at once: they say why. */
const PROBE_RETRY = { maxRetries: 0, timeoutInMs: 4000 };
/** `balanced` takes one partition per 10 s; the default expiry leaves a crashed process' partitions for a minute. */
const BALANCING = {
  strategy: "greedy",
  updateIntervalInMs: 2000,
  partitionOwnershipExpirationIntervalInMs: 12_000,
} as const;
export const DEFAULT_GROUP = EventHubConsumerClient.defaultConsumerGroupName;

/** Consumes for as long as it lives: no outage ends it. */
export function newConsumerClient(address: ConsumerAddress, store: CheckpointStore): EventHubConsumerClient {
  const retryOptions = { ...RETRY, retryDelayInMs: address.retryDelayMs ?? RETRY_DELAY_MS };
  return newClient(address, { retryOptions, loadBalancingOptions: BALANCING }, store);
}

/** Fails at once, and says why. */
export function newProbeClient(address: ConsumerAddress): EventHubConsumerClient {
  return newClient(address, { retryOptions: PROBE_RETRY });
}

function newClient(
  options: ConsumerAddress,
  retry: EventHubConsumerClientOptions,
  store?: CheckpointStore,
): EventHubConsumerClient {
  const { consumerGroup = DEFAULT_GROUP, eventHubName, webSockets } = options;
  const settings = webSockets === undefined ? retry : { ...retry, webSocketOptions: webSocketOptions(webSockets) };
  if ("connectionString" in options) {
    const { connectionString } = options;
    return store === undefined
      ? new EventHubConsumerClient(consumerGroup, connectionString, eventHubName, settings)
      : new EventHubConsumerClient(consumerGroup, connectionString, eventHubName, store, settings);
  }
  const { fullyQualifiedNamespace, credential } = options;
  return store === undefined
    ? new EventHubConsumerClient(consumerGroup, fullyQualifiedNamespace, eventHubName, credential, settings)
    : new EventHubConsumerClient(consumerGroup, fullyQualifiedNamespace, eventHubName, credential, store, settings);
}
