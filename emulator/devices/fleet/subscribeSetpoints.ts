/**
 * Listens to the change notifications of the twin service, as a device gateway would, and tells which set-points changed.
 * A real consumer in a group of its own, from now on: what was before comes from reading the twins. Never throws into
 * the SDK, which would skip the batch.
 */
import { EventHubConsumerClient, latestEventPosition, type ReceivedEventData } from "@azure/event-hubs";
import type { DeviceLog } from "./DeviceLog.ts";

export interface SetpointSubscription {
  close(): Promise<void>;
}

export interface SubscribeOptions {
  connectionString: string;
  hub: string;
  consumerGroup: string;
  log: DeviceLog;
  /** Called with the top-level values that changed. */
  onChange(twinId: string, values: Record<string, unknown>): void;
}

export function subscribeSetpoints(options: SubscribeOptions): SetpointSubscription {
  const client = new EventHubConsumerClient(options.consumerGroup, options.connectionString, options.hub, {
    loadBalancingOptions: {
      strategy: "greedy",
      updateIntervalInMs: 2000,
      partitionOwnershipExpirationIntervalInMs: 12_000,
    },
    // Outages longer than maxRetries × delay would end the SDK's receivers for good.
    retryOptions: { maxRetries: 100_000, retryDelayInMs: 1000, timeoutInMs: 5000 },
  });
  const read = (event: ReceivedEventData): void => {
    const change = readChange(event);
    if (change !== undefined) options.onChange(change.twinId, change.values);
  };
  const subscription = client.subscribe(
    {
      processEvents: async (events) => events.forEach(read),
      processError: async (error) =>
        options.log.warn({ err: error }, "devices lost the change notifications for a while"),
    },
    { startPosition: latestEventPosition, maxBatchSize: 100, maxWaitTimeInSeconds: 5, skipParsingBodyAsJson: true },
  );
  return {
    close: async () => {
      await subscription.close();
      await client.close();
    },
  };
}

/** The changed top-level values of a Twin.Update or Twin.Create notification; undefined for anything else. */
export function readChange(
  event: Pick<ReceivedEventData, "properties" | "body">,
): { twinId: string; values: Record<string, unknown> } | undefined {
  const type: unknown = event.properties?.["cloudEvents:type"];
  const twinId: unknown = event.properties?.["cloudEvents:subject"];
  const body = parseBody(event.body);
  if (typeof type !== "string" || typeof twinId !== "string" || body === undefined) return undefined;
  if (type === "Microsoft.DigitalTwins.Twin.Create") return { twinId, values: body };
  return type === "Microsoft.DigitalTwins.Twin.Update" ? { twinId, values: patchedValues(body["patch"]) } : undefined;
}

function parseBody(body: unknown): Record<string, unknown> | undefined {
  try {
    const parsed: unknown =
      Buffer.isBuffer(body) || body instanceof Uint8Array ? JSON.parse(Buffer.from(body).toString()) : body;
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function patchedValues(patch: unknown): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const operation of Array.isArray(patch) ? patch : []) {
    const { op, path, value } = Object(operation) as { op?: unknown; path?: unknown; value?: unknown };
    if ((op === "add" || op === "replace") && typeof path === "string") values[path.slice(1)] = value;
  }
  return values;
}
