// A broker with the demo's two hubs, and a listener on the telemetry hub: the official consumer, as the server uses it.
import { EventHubConsumerClient, earliestEventPosition, type ReceivedEventData } from "@azure/event-hubs";
import { type EventHubsEndpoint, startEventHubs } from "../../../emulator/eventhubs/index.ts";

const closers: (() => Promise<unknown>)[] = [];

/** For `afterEach`: ends everything that the helpers below began, last first. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}
export const closeLater = (close: () => Promise<unknown>): void => {
  closers.push(close);
};

export async function newBroker(): Promise<EventHubsEndpoint> {
  const broker = await startEventHubs({
    hubs: {
      telemetry: { partitions: 4, consumerGroups: ["$Default"] },
      notifications: { partitions: 2, consumerGroups: ["$Default", "devices"] },
    },
  });
  closeLater(() => broker.close());
  return broker;
}

export interface Heard {
  deviceId: string;
  component: string | undefined;
  partition: string;
  values: Record<string, unknown>;
  event: ReceivedEventData;
}

/** All device messages since the hub began, as they come. */
export function newListener(connectionString: string, hub = "telemetry"): Heard[] {
  const heard: Heard[] = [];
  const client = new EventHubConsumerClient("$Default", connectionString, hub, {
    loadBalancingOptions: { strategy: "greedy", updateIntervalInMs: 1000 },
    retryOptions: { maxRetries: 1000, retryDelayInMs: 200, timeoutInMs: 2000 },
  });
  const subscription = client.subscribe(
    {
      processEvents: async (events, context) => {
        for (const event of events) heard.push(toHeard(event, context.partitionId));
      },
      processError: async () => {},
    },
    { startPosition: earliestEventPosition, maxBatchSize: 300, maxWaitTimeInSeconds: 1 },
  );
  closeLater(async () => {
    await subscription.close();
    await client.close();
  });
  return heard;
}

function toHeard(event: ReceivedEventData, partition: string): Heard {
  const component: unknown = event.systemProperties?.["dt-subject"];
  return {
    deviceId: String(event.systemProperties?.["iothub-connection-device-id"]),
    component: typeof component === "string" ? component : undefined,
    partition,
    values: event.body,
    event,
  };
}
