/** The consumer's process: the SDK's client over all partitions, with a handler that only counts. */
import { setTimeout as wait } from "node:timers/promises";
import { EventHubConsumerClient, earliestEventPosition, latestEventPosition } from "@azure/event-hubs";
import { cpuMicros, serve } from "./role.ts";

const [connectionString = "", from = "earliest", metrics = "plain"] = process.argv.slice(2);
const client = new EventHubConsumerClient("$Default", connectionString, "telemetry");
let count = 0;
let ready = 0;

for (const partition of await client.getPartitionIds()) {
  client.subscribe(
    partition,
    {
      processInitialize: async () => {
        ready++;
      },
      processEvents: async (events) => {
        count += events.length;
      },
      processError: async (error) => {
        throw error;
      },
    },
    {
      startPosition: from === "latest" ? latestEventPosition : earliestEventPosition,
      maxBatchSize: 300,
      prefetchCount: 1200,
      maxWaitTimeInSeconds: 5,
      skipParsingBodyAsJson: true,
      trackLastEnqueuedEventProperties: metrics === "metrics",
    },
  );
}

interface Point {
  count: number;
  cpu: number;
  /** ms on this process' clock. */
  at: number;
}

/** Resolves once `events` have come in all, or at `until` (ms on this process' clock). */
async function reach({ events, forMs }: { events: number; forMs: number }): Promise<Point> {
  const end = performance.now() + forMs;
  while (count < events && performance.now() < end) await wait(5);
  return { count, cpu: cpuMicros(), at: performance.now() };
}

serve({ reach, ready: () => ready });
