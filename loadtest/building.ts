/**
 * Building together, on the demo with Azure's limits switched on in its twin service: a thousand twins spawned by a query,
 * and 20 builders who drag at once. `npm run bench -- building`.
 *
 * Server and clients share this process, so the figures hold what the clients cost too. 429s are counted where they are
 * answered to the server, below the SDK, which repeats what is refused without a word.
 */
import { channel } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type NewDemo, newDemo } from "../test/support/newApp.ts";
import type { Player, SeenPlacement } from "../test/support/joinSpace.ts";
import type { BenchRow } from "./bench.ts";
import { percentile } from "./percentile.ts";

const TWINS = 1000;
const BUILDERS = 20;
const DRAG_MS = 50;
const DRAG_S = 10;
const PATCH_INTERVAL_MS = 50;
const MODEL = "dtmi:digitaltwins:demo:Tank;1";
const QUERY = "SELECT * FROM digitaltwins T WHERE STARTSWITH(T.$dtId, 'bench-')";

export async function bench(): Promise<BenchRow[]> {
  const demo = await newDemo();
  const refusals = countRefusals();
  try {
    await seed(demo);
    await limitsOn(demo);
    const watcher = await demo.join({ name: "watcher" });
    const builder = await demo.join({ role: "builder", name: "Bea" });
    const spawn = await measureSpawn(builder, watcher);
    const drags = await measureDrags(demo, watcher, spawn.placementIds);
    return rows(spawn, drags, refusals.count);
  } finally {
    refusals.stop();
    await demo.close();
  }
}

function countRefusals() {
  const responses = channel("http.client.response.finish");
  const counted = { count: 0, stop: () => responses.unsubscribe(count) };
  function count(message: unknown): void {
    const { response } = message as { response: IncomingMessage };
    counted.count += response.statusCode === 429 ? 1 : 0;
  }
  responses.subscribe(count);
  return counted;
}

async function seed({ twinService, services }: NewDemo): Promise<void> {
  const ids = Array.from({ length: TWINS }, (_, i) => `bench-${i}`);
  const waiting = [...ids];
  const worker = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      await twinService.upsertDigitalTwin(id, JSON.stringify({ $metadata: { $model: MODEL }, name: id }));
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  await until(() => ids.every((id) => services.mirror.get(id) !== undefined));
}

async function limitsOn({ dataDir }: NewDemo): Promise<void> {
  const { readFile } = await import("node:fs/promises");
  const { adtUrl } = JSON.parse(await readFile(`${dataDir}/emulator.json`, "utf8")) as { adtUrl: string };
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
async function measureDrags(demo: NewDemo, watcher: Player, placementIds: string[]): Promise<number[]> {
  const builders = await Promise.all(
    Array.from({ length: BUILDERS }, (_, i) => demo.join({ role: "builder", name: `Builder ${i}` })),
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
    row(`${BUILDERS} drag at once: another sees it, p99`, p99, "ms", "≤ patch interval + 30 ms", PATCH_INTERVAL_MS + 30),
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
