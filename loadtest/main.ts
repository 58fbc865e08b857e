/**
 * The main job, end to end: device → Event Hub → server → room → second player, at 1,000 events a second, beside what a
 * bare SDK consumer of the same hub sees in the same run.
 *
 * Three processes as in production: the embedded cloud, the server pointed at it by AZURE_* settings, and this one with
 * device, bare consumer and two players. 1,000 twins report once a second each, so no value hides another.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { EventHubConsumerClient, EventHubProducerClient, latestEventPosition } from "@azure/event-hubs";
import { Callbacks, ColyseusSDK } from "@colyseus/sdk";
import { AzureTwinProvider } from "../src/providers/azure/AzureTwinProvider.ts";
import type { BenchRow } from "./bench.ts";
import { percentile } from "./percentile.ts";

const TWINS = 1000;
const EVENTS_PER_SECOND = 1000;
const WARM_UP_S = 5;
const MEASURED_S = 20;
const TICK_MS = 10;
const PATCH_INTERVAL_MS = 50;
const PEER_GROUP = "bare";

const MODELS = [
  {
    "@context": "dtmi:dtdl:context;2",
    "@id": "dtmi:bench:Hall;1",
    "@type": "Interface",
    contents: [{ "@type": "Relationship", name: "contains" }],
  },
  {
    "@context": "dtmi:dtdl:context;2",
    "@id": "dtmi:bench:Sensor;1",
    "@type": "Interface",
    contents: [{ "@type": "Property", name: "reading", schema: "double" }],
  },
];

interface Cloud {
  adtUrl: string;
  connectionString: string;
  hubs: { notifications: string; telemetry: string };
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export async function bench(): Promise<BenchRow[]> {
  const children: ChildProcess[] = [];
  try {
    const cloud = await startCloud(children);
    await seed(cloud.adtUrl);
    const url = await startServer(children, cloud);
    return await measure(cloud, url);
  } finally {
    for (const child of children.reverse()) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  }
}

async function startCloud(children: ChildProcess[]): Promise<Cloud> {
  const child = spawn(process.execPath, ["emulator/main.ts", "--memory", "--consumer-group", PEER_GROUP], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    return JSON.parse(line) as Cloud;
  }
  throw new Error("the embedded cloud did not start");
}

async function seed(url: string): Promise<void> {
  const provider = new AzureTwinProvider({ url, log: silent });
  await provider.putModels(MODELS);
  await provider.putTwin({ id: "hall", modelId: "dtmi:bench:Hall;1", properties: {} });
  const ids = Array.from({ length: TWINS }, (_, i) => `sensor-${i}`);
  for (let at = 0; at < ids.length; at += 50) {
    await Promise.all(
      ids.slice(at, at + 50).map(async (id) => {
        await provider.putTwin({ id, modelId: "dtmi:bench:Sensor;1", properties: {} });
        await provider.putRelationship({ id, sourceId: "hall", targetId: id, name: "contains", properties: {} });
      }),
    );
  }
}

async function startServer(children: ChildProcess[], cloud: Cloud): Promise<string> {
  const hub = (name: string) => `${cloud.connectionString};EntityPath=${name}`;
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const child = spawn(process.execPath, ["src/main.ts", "--memory"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      PORT: String(port),
      LOG_LEVEL: "warn",
      AZURE_DIGITALTWINS_URL: cloud.adtUrl,
      AZURE_EVENTHUBS_NOTIFICATIONS: hub(cloud.hubs.notifications),
      AZURE_EVENTHUBS_TELEMETRY: hub(cloud.hubs.telemetry),
      WRITE_THROUGH: "1",
    },
  });
  children.push(child);
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 100; i++) {
    const up = await fetch(`${url}/health`).then(
      (r) => r.ok,
      () => false,
    );
    if (up) {
      return url;
    }
    await delay(100);
  }
  throw new Error("the server did not become healthy within 10 s");
}

/** Every reading is the number of its event; these are the moments it was sent and seen. */
class Trace {
  readonly sent: number[] = [];
  readonly consumer: number[] = [];
  readonly player: number[] = [];

  see(seen: number[], reading: unknown): void {
    if (typeof reading === "number" && seen[reading] === undefined) {
      seen[reading] = performance.now();
    }
  }

  delays(seen: number[], from: number): number[] {
    const out: number[] = [];
    for (let i = from; i < this.sent.length; i++) {
      const at = seen[i];
      if (at !== undefined) {
        out.push(at - (this.sent[i] ?? at));
      }
    }
    return out;
  }
}

async function measure(cloud: Cloud, url: string): Promise<BenchRow[]> {
  const trace = new Trace();
  const [first, second] = await Promise.all([join(url), join(url)]);
  watch(second, trace);
  const stopConsumer = await bareConsumer(cloud, trace);
  await send(cloud, trace);
  await delay(2000);
  await stopConsumer();
  await Promise.all([first.leave(), second.leave()]);
  return rows(trace);
}

interface World {
  status: string;
  twins: Map<string, { reading?: number }>;
}

async function join(url: string) {
  const room = await new ColyseusSDK(url).joinOrCreate<World>("space", { name: "bench" });
  while (room.state.status !== "live" || room.state.twins.size < TWINS) {
    await delay(20);
  }
  return room;
}

function watch(room: Awaited<ReturnType<typeof join>>, trace: Trace): void {
  const callbacks = Callbacks.get(room as never) as unknown as {
    onAdd(map: "twins", added: (twin: object, id: string) => void): void;
    listen(twin: object, field: "reading", changed: (value: unknown) => void): void;
  };
  callbacks.onAdd("twins", (twin, id) => {
    if (id.startsWith("sensor-")) {
      callbacks.listen(twin, "reading", (value) => trace.see(trace.player, value));
    }
  });
}

async function bareConsumer(cloud: Cloud, trace: Trace): Promise<() => Promise<void>> {
  const client = new EventHubConsumerClient(PEER_GROUP, cloud.connectionString, cloud.hubs.telemetry);
  const started = Promise.withResolvers<void>();
  const partitions = await client.getPartitionIds();
  let open = 0;
  const subscription = client.subscribe(
    {
      processInitialize: async () => {
        if (++open === partitions.length) {
          started.resolve();
        }
      },
      processEvents: async (events) => {
        for (const event of events) {
          trace.see(trace.consumer, (event.body as { reading?: unknown }).reading);
        }
      },
      processError: async (error) => console.error("bare consumer:", error.message),
    },
    { startPosition: latestEventPosition, maxBatchSize: 300, maxWaitTimeInSeconds: 1 },
  );
  await started.promise;
  await delay(1000); // the links are attached after processInitialize
  return async () => {
    await subscription.close();
    await client.close();
  };
}

async function send(cloud: Cloud, trace: Trace): Promise<void> {
  const producer = new EventHubProducerClient(cloud.connectionString, cloud.hubs.telemetry);
  const partitions = await producer.getPartitionIds();
  const perTick = (EVENTS_PER_SECOND * TICK_MS) / 1000;
  const total = (WARM_UP_S + MEASURED_S) * EVENTS_PER_SECOND;
  const begun = performance.now();
  const underWay = new Set<Promise<void>>();
  for (let n = 0, tick = 0; n < total; n += perTick, tick++) {
    await delay(Math.max(0, begun + tick * TICK_MS - performance.now()));
    const messages = Array.from({ length: perTick }, (_, i) => message(trace, n + i));
    const partitionId = partitions[tick % partitions.length] ?? "0";
    // A twin's events stay in one partition: ticks and twins both go round in 1,000.
    const sending = producer.sendBatch(messages, { partitionId }).finally(() => underWay.delete(sending));
    underWay.add(sending);
  }
  await Promise.all(underWay);
  await producer.close();
}

function message(trace: Trace, n: number) {
  trace.sent[n] = performance.now();
  return {
    body: { reading: n },
    contentType: "application/json",
    messageAnnotations: {
      "iothub-connection-device-id": `sensor-${n % TWINS}`,
      "iothub-message-source": "Telemetry",
      "iothub-enqueuedtime": Date.now(),
    },
    applicationProperties: { "iothub-creation-time-utc": new Date().toISOString() },
    bodyType: "data" as const,
  };
}

function rows(trace: Trace): BenchRow[] {
  const from = WARM_UP_S * EVENTS_PER_SECOND;
  const player = trace.delays(trace.player, from);
  const consumer = trace.delays(trace.consumer, from);
  const sent = trace.sent.length - from;
  const row = (name: string, p: number, allowance: number): BenchRow => {
    const value = percentile(player, p);
    const peerValue = percentile(consumer, p);
    return {
      name: `device send → second player, ${name}`,
      value,
      unit: "ms",
      peer: "bare SDK consumer",
      peerValue,
      ratio: value / peerValue,
      goal: `≤ peer + ${allowance} ms (patch interval ${PATCH_INTERVAL_MS} ms)`,
      ok: value <= peerValue + allowance,
    };
  };
  return [
    row("p50", 0.5, PATCH_INTERVAL_MS / 2 + 10),
    row("p99", 0.99, PATCH_INTERVAL_MS + 15),
    {
      name: "events seen by the second player",
      value: player.length,
      unit: "events",
      peer: "bare SDK consumer",
      peerValue: consumer.length,
      ratio: player.length / consumer.length,
      goal: `all ${sent}`,
      ok: player.length === sent,
    },
  ];
}
