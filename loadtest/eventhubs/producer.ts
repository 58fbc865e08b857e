/** The producer's process: the SDK's client, sending batches at a steady rate, or as fast as they are accepted. */
import { setTimeout as wait } from "node:timers/promises";
import { type EventData, EventHubProducerClient } from "@azure/event-hubs";
import { serve } from "./role.ts";

const [connectionString = ""] = process.argv.slice(2);
const client = new EventHubProducerClient(connectionString, "telemetry");
const BATCH = 250;

const events: EventData[] = Array.from({ length: BATCH }, (_, n) => ({
  body: Buffer.from(JSON.stringify({ n, temperature: 20 + n / 10, humidity: 40, at: 1_767_225_600_000 + n })),
  contentType: "application/json",
  properties: { "iothub-creation-time-utc": "2026-01-01T00:00:00Z" },
}));

/** Sends `rate` events a second for `seconds`; catches up when it is late. Resolves with the number accepted. */
async function send({ rate, seconds }: { rate: number; seconds: number }): Promise<number> {
  const start = performance.now();
  const total = Math.ceil((rate * seconds) / BATCH);
  const running: Promise<void>[] = [];
  for (let batch = 0; batch < total; batch++) {
    const due = start + (batch * BATCH * 1000) / rate;
    const early = due - performance.now();
    if (early > 1) await wait(early);
    running.push(client.sendBatch(events, { partitionId: String(batch % 4) }));
    if (running.length >= 40) await running.shift();
  }
  await Promise.all(running);
  return total * BATCH;
}

serve({ send });
