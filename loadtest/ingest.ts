/**
 * The way in by itself: CPU per event of consume → decode → map → apply beside a bare SDK consumer with an empty handler,
 * delays beside it in the same run, and a rate that has to be kept with broker, producer and consumer on one machine.
 *
 * CPU time is measured, not the clock, since machines are shared; the kinds take turns and the medians count. INGEST_SECONDS
 * sets how long the rates are kept (default 15). INGEST_HEAP_EVENTS=5000000 measures only whether the heap stays flat over so
 * many events at the sustained rate: it is weighed after a forced collection twenty times on the way.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { EventHubProducerClient } from "@azure/event-hubs";
import type { BenchRow } from "./bench.ts";
import { type ConsumerReport, type ConsumerTask, twinId } from "./ingest/protocol.ts";

const TWINS = 10_000;
/** Of one turn; the hub keeps 100,000 in each of four partitions. */
const EVENTS = 300_000;
const TURNS = 3;
const SKIP = 60_000;
const BATCH = 250;
const LATENCY_RATE = 5000;
const SUSTAINED_RATE = 15_000;
const SECONDS = Number(process.env["INGEST_SECONDS"] ?? 15);
const WARM_UP_S = 4;
const HEAP_EVENTS = Number(process.env["INGEST_HEAP_EVENTS"] ?? 0);
const HEAP_LOOKS = 20;
const TICK_MS = 20;
const GROUPS = ["bare", "ours"] as const;

interface Cloud {
  connectionString: string;
  hubs: { telemetry: string };
}

export async function bench(): Promise<BenchRow[]> {
  if (HEAP_EVENTS > 0) {
    return await flat();
  }
  return [
    ...(await cost()),
    ...(await paced(LATENCY_RATE, latencyRows)),
    ...(await paced(SUSTAINED_RATE, sustainedRows)),
  ];
}

/** Everything is in the hub before they start: they run as fast as they can. */
async function cost(): Promise<BenchRow[]> {
  const reports: Record<(typeof GROUPS)[number], ConsumerReport[]> = { bare: [], ours: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    await withCloud(async (cloud) => {
      await fill(cloud, EVENTS);
      for (const kind of turn % 2 === 0 ? GROUPS : GROUPS.toReversed()) {
        const consumer = await startConsumer(cloud, {
          kind,
          latest: false,
          skip: SKIP,
          total: EVENTS,
          delays: false,
          heapEvery: 0,
        });
        reports[kind].push(await consumer.report);
      }
    });
  }
  const cpu = (kind: (typeof GROUPS)[number]) => median(reports[kind].map((r) => r.cpuMicros));
  const heap = median(reports.ours.map((r) => r.heapGrowth / 1e6));
  const ratio = cpu("ours") / cpu("bare");
  return [
    row("CPU per event, to the mirror", cpu("ours"), "µs", cpu("bare"), "≤ 1.25 × peer", ratio <= 1.25),
    row(
      "heap growth, 10,000 twins",
      heap,
      "MB",
      median(reports.bare.map((r) => r.heapGrowth / 1e6)),
      "≤ 10 MB",
      heap <= 10,
    ),
  ];
}

/** Both consumers in the same run. */
async function paced(
  rate: number,
  rows: (ours: ConsumerReport, bare: ConsumerReport | undefined) => BenchRow[],
): Promise<BenchRow[]> {
  return await withCloud(async (cloud) => {
    const about = {
      latest: true,
      skip: WARM_UP_S * rate,
      total: (WARM_UP_S + SECONDS) * rate,
      delays: true,
      heapEvery: 0,
    };
    const bare = rate === LATENCY_RATE ? await startConsumer(cloud, { ...about, kind: "bare" }) : undefined;
    const ours = await startConsumer(cloud, { ...about, kind: "ours" });
    await delay(3000); // links are attached after the start
    await send(cloud, about.total, rate);
    return rows(await ours.report, await bare?.report);
  });
}

/** Grown at its most over what it was after the warm-up: a leak shows at the end, a queue in between. */
async function flat(): Promise<BenchRow[]> {
  return await withCloud(async (cloud) => {
    const skip = WARM_UP_S * SUSTAINED_RATE;
    const about = { latest: true, skip, total: skip + HEAP_EVENTS, delays: false, heapEvery: HEAP_EVENTS / HEAP_LOOKS };
    const consumer = await startConsumer(cloud, { ...about, kind: "ours" });
    await delay(3000); // links are attached after the start
    await send(cloud, about.total, SUSTAINED_RATE);
    const { heap, events } = await consumer.report;
    const [first = Number.NaN] = heap;
    const growth = (Math.max(...heap) - first) / 1e6;
    const name = `heap, greatest growth over ${events} events, ${heap.length} looks`;
    const start = { peer: "after the warm-up", peerValue: first / 1e6 };
    return [{ ...row(name, growth, "MB", first / 1e6, "≤ 10 MB", growth <= 10), ...start }];
  });
}

function latencyRows(ours: ConsumerReport, bare: ConsumerReport = ours): BenchRow[] {
  return (["p50", "p99"] as const).map((name) =>
    row(
      `sent → TwinChange at 5,000/s, ${name}`,
      ours[name],
      "ms",
      bare[name],
      "≤ peer + 5 ms",
      ours[name] <= bare[name] + 5,
    ),
  );
}

function sustainedRows(ours: ConsumerReport): BenchRow[] {
  const name = "events/s sustained, broker and producer beside it";
  return [
    row(
      name,
      ours.perSecond,
      "events/s",
      SUSTAINED_RATE,
      "≥ 98 % of what is sent",
      ours.perSecond >= SUSTAINED_RATE * 0.98,
    ),
    row("heap growth meanwhile", ours.heapGrowth / 1e6, "MB", Number.NaN, "≤ 10 MB", ours.heapGrowth <= 10e6),
    row("sent → TwinChange at that rate, p99", ours.p99, "ms", 1000, "≤ 1 s: no queue builds up", ours.p99 <= 1000),
  ];
}

function row(name: string, value: number, unit: string, peerValue: number, goal: string, ok: boolean): BenchRow {
  return { name, value, unit, peer: "bare SDK consumer", peerValue, ratio: value / peerValue, goal, ok };
}

async function withCloud<T>(use: (cloud: Cloud) => Promise<T>): Promise<T> {
  const groups = GROUPS.flatMap((group) => ["--consumer-group", group]);
  const child = spawn(process.execPath, ["emulator/main.ts", "--memory", ...groups], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      return await use(JSON.parse(line) as Cloud);
    }
    throw new Error("the embedded cloud did not start");
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
}

type Kind = Pick<ConsumerTask, "kind" | "latest" | "skip" | "total" | "delays" | "heapEvery">;

async function startConsumer(cloud: Cloud, about: Kind): Promise<{ report: Promise<ConsumerReport> }> {
  const child = fork(new URL("./ingest/consumer.ts", import.meta.url), { execArgv: ["--expose-gc"] });
  const { connectionString, hubs } = cloud;
  const task: ConsumerTask = { ...about, connectionString, hub: hubs.telemetry, group: about.kind, twins: TWINS };
  child.send(task);
  await answer(child);
  return { report: answer(child) as Promise<ConsumerReport> };
}

async function answer(child: ChildProcess): Promise<unknown> {
  const ended = once(child, "exit").then(() => Promise.reject(new Error("a consumer ended before it was through")));
  ended.catch(() => undefined);
  const [message] = await Promise.race([once(child, "message"), ended]);
  return message;
}

/** Four batches under way, one per partition. */
async function fill(cloud: Cloud, total: number): Promise<void> {
  await produce(cloud, async (sendBatch, partitions) => {
    const left = Array.from({ length: Math.ceil(total / BATCH) }, (_, i) => i).values();
    const worker = async () => {
      for (const n of left) {
        await sendBatch(n * BATCH, Math.min(BATCH, total - n * BATCH), partitions[n % partitions.length]);
      }
    };
    await Promise.all(partitions.map(worker));
  });
}

async function send(cloud: Cloud, total: number, rate: number): Promise<void> {
  await produce(cloud, async (sendBatch, partitions) => {
    const perTick = (rate * TICK_MS) / 1000;
    const underWay: Promise<void>[] = [];
    const begun = performance.now();
    for (let n = 0, tick = 0; n < total; n += perTick, tick++) {
      await delay(Math.max(0, begun + tick * TICK_MS - performance.now()));
      underWay.push(sendBatch(n, perTick, partitions[tick % partitions.length]));
    }
    await Promise.all(underWay);
  });
}

type SendBatch = (from: number, count: number, partitionId: string | undefined) => Promise<void>;

async function produce(cloud: Cloud, run: (send: SendBatch, partitions: string[]) => Promise<void>): Promise<void> {
  const producer = new EventHubProducerClient(cloud.connectionString, cloud.hubs.telemetry);
  const sendBatch: SendBatch = (from, count, partitionId) =>
    producer.sendBatch(
      Array.from({ length: count }, (_, i) => message(from + i)),
      { partitionId: partitionId ?? "0" },
    );
  await run(sendBatch, await producer.getPartitionIds());
  await producer.close();
}

/** As a device's message stands in the hub; `reading` is when it was sent. */
function message(n: number) {
  const sentAt = performance.timeOrigin + performance.now();
  return {
    body: { reading: sentAt, running: n % 2 === 0, vibration: n / 7 },
    bodyType: "data" as const,
    contentType: "application/json",
    messageAnnotations: {
      "iothub-connection-device-id": twinId(n % TWINS),
      "iothub-connection-auth-method": '{"scope":"device","type":"sas","issuer":"iothub"}',
      "iothub-message-source": "Telemetry",
      "iothub-enqueuedtime": Math.floor(sentAt),
      "dt-dataschema": "dtmi:bench:Sensor;1",
    },
    applicationProperties: { "iothub-creation-time-utc": new Date(sentAt).toISOString() },
  };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
