/**
 * What the embedded event hub costs: CPU time per event pushed, beside what the SDK's consumer spends on the same events in
 * the same run, and the rate that one consumer of four partitions gets, with broker, producer and consumer on one machine.
 *
 * Three processes, so that each one's CPU time is its own; CPU time, because wall time is at the mercy of the machine.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRow } from "./bench.ts";
import { Child } from "./eventhubs/Child.ts";

const BACKLOG = 200_000;
/** Events before the measured window: compilation belongs to nobody's cost per event. */
const WARM = 60_000;
const RATE = 20_000;
const SECONDS = 10;

interface Point {
  count: number;
  cpu: number;
  at: number;
}

export async function bench(): Promise<BenchRow[]> {
  const directory = await mkdtemp(join(tmpdir(), "hub-bench-"));
  try {
    const rows = [await push(join(directory, "plain.sqlite"), "plain")];
    rows.push(await push(join(directory, "metrics.sqlite"), "metrics"));
    rows.push(...(await sustain(join(directory, "live.sqlite"))));
    return rows;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A consumer drains a backlog; both costs are over the same events. */
async function push(file: string, metrics: "plain" | "metrics"): Promise<BenchRow> {
  const broker = Child.start("broker", file);
  await broker.ask("fill", BACKLOG);
  const consumer = Child.start("consumer", await broker.ask("connectionString"), "earliest", metrics);
  const first = await consumer.ask<Point>("reach", { events: WARM, forMs: 120_000 });
  const before = await broker.cpu();
  const last = await consumer.ask<Point>("reach", { events: BACKLOG, forMs: 120_000 });
  const spent = (await broker.cpu()) - before;
  await consumer.end();
  await broker.end();
  const events = last.count - first.count;
  return against({
    name: `event hub: push, ${metrics === "plain" ? "no metrics" : "with runtime metrics"}`,
    value: spent / events,
    unit: "µs CPU/event",
    peer: "SDK consumer of the same events",
    peerValue: (last.cpu - first.cpu) / events,
    goal: "ratio < 1",
  });
}

/** Everything live: appended durably, pushed, consumed. */
async function sustain(file: string): Promise<BenchRow[]> {
  const broker = Child.start("broker", file);
  const address = await broker.ask<string>("connectionString");
  const consumer = Child.start("consumer", address, "latest", "plain");
  while ((await consumer.ask<number>("ready")) < 4);
  const producer = Child.start("producer", address);
  const warm = await producer.ask<number>("send", { rate: RATE, seconds: 3 });
  const first = await consumer.ask<Point>("reach", { events: warm, forMs: 30_000 });
  const before = [await broker.cpu(), await producer.cpu()];
  const sent = producer.ask<number>("send", { rate: RATE, seconds: SECONDS });
  const last = await consumer.ask<Point>("reach", { events: warm + RATE * SECONDS, forMs: 120_000 });
  await sent;
  const [brokerCpu = 0, producerCpu = 0] = [await broker.cpu(), await producer.cpu()].map(
    (cpu, i) => cpu - (before[i] ?? 0),
  );
  await Promise.all([producer, consumer].map((child) => child.end()));
  await broker.end();
  const events = last.count - first.count;
  const consumerCpu = last.cpu - first.cpu;
  return [
    against(
      {
        name: "event hub: sustained to one consumer of 4 partitions",
        value: (events * 1000) / (last.at - first.at),
        unit: "events/s",
        peer: "offered",
        peerValue: RATE,
        goal: "ratio ≥ 0.95 (wall time: wants 2 free cores)",
      },
      (ratio) => ratio >= 0.95,
    ),
    against({
      name: "event hub: append and push, live",
      value: brokerCpu / events,
      unit: "µs CPU/event",
      peer: "SDK consumer of the same events",
      peerValue: consumerCpu / events,
      goal: "ratio < 1",
    }),
    against({
      name: "event hub: broker + producer + consumer, live",
      value: (brokerCpu + producerCpu + consumerCpu) / events,
      unit: "µs CPU/event",
      peer: `2 cores at ${RATE} events/s`,
      peerValue: 2e6 / RATE,
      goal: "ratio < 1",
    }),
  ];
}

function against(
  row: Omit<BenchRow, "ratio" | "ok">,
  isGood: (ratio: number) => boolean = (ratio) => ratio < 1,
): BenchRow {
  const ratio = row.value / row.peerValue;
  return { ...row, ratio, ok: isGood(ratio) };
}
