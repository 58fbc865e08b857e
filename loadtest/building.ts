/**
 * Building together, on the demo with Azure's limits switched on in its twin service: a thousand twins spawned by a query,
 * and 20 builders who drag at once. `npm run bench -- building`. The server has a process of its own; all clients share one.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { joinSpace, type Player, type SeenPlacement } from "../test/support/joinSpace.ts";
import { loopbackDigitalTwinsClient } from "../test/support/loopbackDigitalTwinsClient.ts";
import type { BenchRow } from "./bench.ts";
import type { Counts } from "./building/server.ts";
import { percentile } from "./percentile.ts";

const TWINS = 1000;
const BUILDERS = 20;
const DRAG_MS = 50;
const DRAG_S = 10;
const PATCH_INTERVAL_MS = 50;
const MODEL = "dtmi:digitaltwins:demo:Tank;1";
const QUERY = "SELECT * FROM digitaltwins T WHERE STARTSWITH(T.$dtId, 'bench-')";

interface Demo {
  url: string;
  adtUrl: string;
  counts(): Promise<Counts>;
  close(): Promise<void>;
}

export async function bench(): Promise<BenchRow[]> {
  const demo = await startDemo();
  try {
    await seed(demo);
    await limitsOn(demo);
    const watcher = await joinSpace(demo.url, { name: "watcher" });
    const builder = await joinSpace(demo.url, { role: "builder", name: "Bea" });
    const spawn = await measureSpawn(builder, watcher);
    const drags = await measureDrags(demo, watcher, spawn.placementIds);
    const { refusals } = await demo.counts();
    await Promise.all([watcher.leave(), builder.leave()]);
    return rows(spawn, drags, refusals);
  } finally {
    await demo.close();
  }
}

async function startDemo(): Promise<Demo> {
  const dataDir = mkdtempSync(join(tmpdir(), "bench-"));
  const env = { ...process.env, PORT: "0", DATA_DIR: dataDir, LOG_LEVEL: "warn" };
  const child = fork(new URL("./building/server.ts", import.meta.url), { env });
  const { url } = await told<{ url: string }>(child, "url");
  const { adtUrl } = JSON.parse(readFileSync(join(dataDir, "emulator.json"), "utf8")) as { adtUrl: string };
  return {
    url,
    adtUrl,
    async counts() {
      child.send("counts");
      return (await told<{ counts: Counts }>(child, "counts")).counts;
    },
    async close() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** The next message with that member: Colyseus says things on this channel too. */
async function told<T>(child: ChildProcess, member: keyof T & string): Promise<T> {
  for (;;) {
    const [message] = (await once(child, "message")) as [object];
    if (typeof message === "object" && member in message) {
      return message as T;
    }
  }
}

async function seed(demo: Demo): Promise<void> {
  const client = loopbackDigitalTwinsClient(demo.adtUrl);
  const before = (await demo.counts()).twins;
  const waiting = Array.from({ length: TWINS }, (_, i) => `bench-${i}`);
  const worker = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      await client.upsertDigitalTwin(id, JSON.stringify({ $metadata: { $model: MODEL }, name: id }));
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  while ((await demo.counts()).twins < before + TWINS) {
    await delay(50);
  }
}

async function limitsOn({ adtUrl }: Demo): Promise<void> {
  const body = JSON.stringify({ throttle: true });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${adtUrl}/$admin/faults`, { method: "POST", body, headers });
  if (!response.ok) {
    throw new Error(`Azure's limits could not be switched on: ${await response.text()}`);
  }
}

interface Spawned {
  placementIds: string[];
  seenMs: number;
  savedMs: number;
}

/** From the request to what another client sees. */
async function measureSpawn(builder: Player, watcher: Player): Promise<Spawned> {
  const askedAt = performance.now();
  const reply = builder.ask("placement.add", { query: QUERY, layout: "grid" });
  const fresh = () => [...watcher.world.placements.values()].filter(({ twinId }) => twinId.startsWith("bench-"));
  await until(() => fresh().length === TWINS, 1);
  const seenMs = performance.now() - askedAt;
  await until(() => fresh().every(({ status }) => status === "saved"), 1);
  const savedMs = performance.now() - askedAt;
  return { placementIds: (await reply)["placementIds"] as string[], seenMs, savedMs };
}

/** ms from each drag's request until the watcher sees it; those that a later one overtook before a patch are not seen. */
async function measureDrags(demo: Demo, watcher: Player, placementIds: string[]): Promise<number[]> {
  const builders = await Promise.all(
    Array.from({ length: BUILDERS }, (_, i) => joinSpace(demo.url, { role: "builder", name: `Builder ${i}` })),
  );
  const sentAt = new Map<string, number>();
  const delays: number[] = [];
  const held = placementIds.slice(0, BUILDERS);
  watcher.room.onStateChange(() => {
    for (const id of held) {
      const { x = 0 }: Partial<SeenPlacement> = watcher.world.placements.get(id) ?? {};
      const key = `${id} ${x}`;
      const at = sentAt.get(key);
      if (at !== undefined) {
        delays.push(performance.now() - at);
        sentAt.delete(key);
      }
    }
  });
  await Promise.all(
    builders.map(async (builder, i) => {
      const placementId = held[i] ?? "";
      await delay((i * DRAG_MS) / BUILDERS); // hands are not in step
      for (let n = 1; n <= (DRAG_S * 1000) / DRAG_MS; n++) {
        sentAt.set(`${placementId} ${1000 + n}`, performance.now());
        const asked = builder.ask("placement.move", { items: [{ placementId, x: 1000 + n }], settle: false });
        await Promise.all([asked, delay(DRAG_MS)]);
      }
      await builder.ask("placement.move", { items: [{ placementId, x: 0 }], settle: true });
      await builder.leave();
    }),
  );
  return delays;
}

function rows({ seenMs, savedMs }: Spawned, drags: number[], refusals: number): BenchRow[] {
  const row = (name: string, value: number, unit: string, goal: string, limit: number): BenchRow => {
    const peer = "the goal";
    return { name, value, unit, peer, peerValue: limit, ratio: value / limit, goal, ok: value <= limit };
  };
  const sent = (BUILDERS * DRAG_S * 1000) / DRAG_MS;
  const p99 = percentile(drags, 0.99);
  return [
    row(`spawn ${TWINS}: seen by another client`, seenMs, "ms", "≤ 1,000 ms", 1000),
    row(`spawn ${TWINS}: persisted, with Azure's limits`, savedMs / 1000, "s", "≤ 10 s", 10),
    row(`spawn ${TWINS} and drags: 429s`, refusals, "refusals", "0", 0),
    row(`${BUILDERS} drag at once: another sees it, p50`, percentile(drags, 0.5), "ms", "≤ 80 ms", 80),
    row(
      `${BUILDERS} drag at once: another sees it, p99`,
      p99,
      "ms",
      "≤ patch interval + 30 ms",
      PATCH_INTERVAL_MS + 30,
    ),
    row(`drags not seen one by one, of ${sent}`, sent - drags.length, "drags", "≤ 10 %", sent / 10),
  ];
}

async function until(condition: () => boolean, everyMs = 20): Promise<void> {
  const end = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > end) {
      throw new Error("it did not come about within 60 s");
    }
    await delay(everyMs);
  }
}
