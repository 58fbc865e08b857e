/**
 * How long until everybody sees that what was asked for is so: request → every one of 200 clients sees "verified", at 100
 * operations a second, beside the bare round trip of the same run: provider write → notification at an SDK consumer.
 *
 * Embedded cloud, server and clients are processes of their own, over real sockets. `npm run bench -- control`.
 */
import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { EventHubConsumerClient, latestEventPosition } from "@azure/event-hubs";
import { AzureTwinProvider } from "../src/providers/azure/AzureTwinProvider.ts";
import type { BenchRow } from "./bench.ts";
import { OPERATIONS, PER_SECOND, pumpId, TWINS } from "./control/plant.ts";
import { percentile } from "./percentile.ts";

interface Cloud {
  adtUrl: string;
  connectionString: string;
}

export async function bench(): Promise<BenchRow[]> {
  const children: ChildProcess[] = [];
  try {
    const cloud = await said<Cloud>(start(children, "cloud.ts"));
    const bare = await bareRoundTrips(cloud);
    const server = start(children, "server.ts", JSON.stringify(cloud));
    const { port } = await said<{ port: number }>(server);
    const { times, missing } = await said<{ times: number[]; missing: number }>(
      start(children, "clients.ts", String(port)),
    );
    if (missing > 0) {
      throw new Error(`${missing} of ${OPERATIONS} operations were not seen as verified by every client`);
    }
    return [row(times, bare, 50, 3), row(times, bare, 99, 5)];
  } finally {
    for (const child of children) {
      child.kill();
    }
  }
}

function row(times: number[], bare: number[], p: number, most: number): BenchRow {
  const value = percentile(times, p);
  const peerValue = percentile(bare, p);
  const ratio = value / peerValue;
  const name = `request → all 200 clients see "verified", p${p} at ${PER_SECOND} operations/s`;
  const peer = `bare round trip (write → notification at a bare SDK consumer), p${p}`;
  return { name, value, unit: "ms", peer, peerValue, ratio, goal: `at most ${most} ×`, ok: ratio <= most };
}

/** The same writes at the same rate, without us. */
async function bareRoundTrips({ adtUrl, connectionString }: Cloud): Promise<number[]> {
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const provider = new AzureTwinProvider({ url: adtUrl, log: silent, isComponent: () => false });
  const consumer = new EventHubConsumerClient("$Default", connectionString, "notifications");
  const started = new Map<string, number>();
  const times: number[] = [];
  const seen = (trace: string) => {
    const at = started.get(trace);
    if (at !== undefined) {
      started.delete(trace);
      times.push(performance.now() - at);
    }
  };
  const subscription = consumer.subscribe(
    {
      processEvents: async (events) => events.forEach((e) => seen(String(e.properties?.["traceparent"]))),
      processError: async () => {},
    },
    { startPosition: latestEventPosition, maxBatchSize: 300, skipParsingBodyAsJson: true },
  );
  await delay(4000); // all partitions are read
  for (let i = 0; i < OPERATIONS; i++) {
    const trace = `00-${(i + 1).toString(16).padStart(32, "0")}-${"1".padStart(16, "0")}-01`;
    started.set(trace, performance.now());
    const patch = [{ op: "add" as const, path: "/setpoint", value: i }];
    void provider.patchTwin(pumpId(i % TWINS), patch, { traceparent: trace });
    await delay(1000 / PER_SECOND);
  }
  await delay(2000);
  await subscription.close();
  await consumer.close();
  if (times.length < OPERATIONS) {
    throw new Error(`only ${times.length} of ${OPERATIONS} notifications came to the bare consumer`);
  }
  return times;
}

function start(children: ChildProcess[], file: string, ...args: string[]): ChildProcess {
  const child = fork(new URL(`./control/${file}`, import.meta.url), args);
  children.push(child);
  return child;
}

function said<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`a process of the benchmark ended with ${code}`)));
    child.on("message", (message: { said?: T }) => message.said !== undefined && resolve(message.said));
  });
}
