/**
 * How long until everybody sees that what was asked for is so: request → every one of 200 clients sees "verified", at 100
 * operations a second, beside the bare round trip of the same run: provider write → notification at an SDK consumer. What
 * is asked of the twin service, and what is asked of the twin's device, which answers at once.
 *
 * Embedded cloud, server, devices and clients are processes of their own, over real sockets. `npm run bench -- control`.
 */
import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { EventHubConsumerClient, latestEventPosition } from "@azure/event-hubs";
import { AzureTwinProvider } from "../src/providers/azure/AzureTwinProvider.ts";
import type { BenchRow } from "./bench.ts";
import { CLIENTS, type Cloud, OPERATIONS, PER_SECOND, pumpId, type Way } from "./control/plant.ts";
import { percentile } from "./percentile.ts";

export async function bench(): Promise<BenchRow[]> {
  const children: ChildProcess[] = [];
  try {
    const cloud = await said<Cloud>(start(children, "cloud.ts"));
    const bare = await bareRoundTrips(cloud);
    await said(start(children, "devices.ts", JSON.stringify(cloud)));
    const server = start(children, "server.ts", JSON.stringify(cloud));
    const { port } = await said<{ port: number }>(server);
    const clients = ["0", "1"].map((part) => start(children, "clients.ts", String(port), part));
    await Promise.all(clients.map(said));
    const service = await ask(clients, "service");
    const device = await ask(clients, "device");
    return [
      row("the service", service, bare, 50, 3),
      row("the service", service, bare, 99, 5),
      row("its device", device, bare, 50, 3),
      row("its device", device, bare, 99, 5),
    ];
  } finally {
    for (const child of children) {
      child.kill();
    }
  }
}

interface Half {
  asked: Record<string, number>;
  seen: Record<string, { count: number; at: number }>;
}

/** From each request until the last of all clients has seen it verified, ms. */
async function ask(clients: readonly ChildProcess[], way: Way): Promise<number[]> {
  await delay(2000); // after the joins
  const done = said(clients[0] as ChildProcess);
  clients[0]?.send(way);
  await done;
  await delay(3000);
  const reports = clients.map((client) => said<Half>(client));
  for (const client of clients) {
    client.send("report");
  }
  const halves = await Promise.all(reports);
  const own = Object.entries(halves[0]?.asked ?? {}).filter(([id]) => id.startsWith(way));
  const times = own.map(([id, at]) => {
    const seen = halves.map((half) => half.seen[id] ?? { count: 0, at: Number.POSITIVE_INFINITY });
    const isSeenByAll = seen.reduce((sum, { count }) => sum + count, 0) === CLIENTS;
    return isSeenByAll ? Math.max(...seen.map((it) => it.at)) - at : Number.POSITIVE_INFINITY;
  });
  const missing = times.filter((time) => time === Number.POSITIVE_INFINITY).length;
  if (missing > 0 || times.length < OPERATIONS) {
    throw new Error(`${missing} of ${OPERATIONS} operations were not seen as verified by every client`);
  }
  return times;
}

function row(who: string, times: number[], bare: number[], p: number, most: number): BenchRow {
  const value = percentile(times, p / 100);
  const peerValue = percentile(bare, p / 100);
  const ratio = value / peerValue;
  const name = `asked of ${who} → all 200 clients see "verified", p${p} at ${PER_SECOND} operations/s`;
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
      processEvents: async (events) => {
        for (const { properties } of events) {
          seen(String(properties?.["cloudEvents:traceparent"] ?? properties?.["traceparent"]));
        }
      },
      processError: async () => {},
    },
    { startPosition: latestEventPosition, maxBatchSize: 300, skipParsingBodyAsJson: true },
  );
  await delay(4000); // all partitions are read
  for (let i = 0; i < OPERATIONS; i++) {
    const trace = `00-${(i + 1).toString(16).padStart(32, "0")}-${"1".padStart(16, "0")}-01`;
    started.set(trace, performance.now());
    const patch = [{ op: "add" as const, path: "/setpoint", value: i }];
    void provider.patchTwin(pumpId(i), patch, { traceparent: trace });
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
    const ended = (code: number | null) => reject(new Error(`a process of the benchmark ended with ${code}`));
    child.once("exit", ended);
    child.on("message", function heard(message: { said?: T }) {
      if (message.said !== undefined) {
        child.off("exit", ended);
        child.off("message", heard);
        resolve(message.said);
      }
    });
  });
}
