// kill -9 of the whole server during a spawn and a drag, round after round: what a client saw as saved is there, in its
// place; nothing is half there.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Random } from "../../loadtest/chaos/random.ts";
import { eventually } from "./eventually.ts";
import { joinSpace, type Player, type SeenPlacement } from "./joinSpace.ts";
import { newServer } from "./newProcess.ts";

/** In the office building, placed nowhere in the pump hall. */
const TWIN = "office-103";
const SPAWNED = 1000;
/** ms after the request by which most of it is saved. */
const LONGEST = 600;
const WAIT = { timeoutMs: 20_000 };

/** Answers how many of the spawned were there after each kill. */
export async function killBuilders(
  dataDir: string,
  { seed, rounds }: { seed: number; rounds: number },
): Promise<number[]> {
  const random = new Random(seed);
  const survived: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const server = await newServer({ DATA_DIR: dataDir });
    const builder = await joinSpace(server.url, { role: "builder", name: "Ben" });
    const dragged = await startDrag(builder);
    const items = Array.from({ length: SPAWNED }, (_, i) => ({ twinId: TWIN, x: i, z: i }));
    builder.ask("placement.add", { items }).catch(() => undefined); // the kill may be first
    await delay(random.between(20, LONGEST));
    const saved = new Map(own(builder).flatMap(([id, p]) => (id !== dragged && p.status === "saved" ? [[id, p.x] as const] : [])));
    await server.end("SIGKILL");
    survived.push(await lookAfterwards(dataDir, saved, dragged));
  }
  return survived;
}

const own = ({ world }: Player): [string, SeenPlacement][] =>
  [...world.placements].filter(([, { twinId, status }]) => twinId === TWIN && status !== "unsaved");

/** Saved at 2,000, dragged to 3,000 and not settled. */
async function startDrag(builder: Player): Promise<string> {
  const reply = await builder.ask("placement.add", { items: [{ twinId: TWIN, x: 2000 }] });
  const [id = ""] = reply["placementIds"] as string[];
  await eventually(() => assert.equal(builder.world.placements.get(id)?.status, "saved"), WAIT);
  await builder.ask("placement.move", { items: [{ placementId: id, x: 3000 }], settle: false });
  await eventually(() => assert.equal(builder.world.placements.get(id)?.x, 3000));
  return id;
}

async function lookAfterwards(dataDir: string, saved: ReadonlyMap<string, number>, dragged: string): Promise<number> {
  const server = await newServer({ DATA_DIR: dataDir });
  const builder = await joinSpace(server.url, { role: "builder", name: "Ben" });
  const there = new Map(own(builder));
  for (const [id, x] of saved) {
    assert.equal(there.get(id)?.x, x, `${id} was seen as saved`);
  }
  assert.deepEqual([there.get(dragged)?.x, there.get(dragged)?.heldBy], [2000, ""], "the drag was not settled");
  there.delete(dragged);
  for (const [id, { status, x, z }] of there) {
    assert.deepEqual([status, z], ["saved", x], `${id} is there as a whole`);
  }
  const ids = [...there.keys(), dragged];
  for (let i = 0; i < ids.length; i += SPAWNED) {
    await builder.ask("placement.remove", { placementIds: ids.slice(i, i + SPAWNED) });
  }
  await eventually(() => assert.deepEqual(own(builder), []), WAIT);
  await server.end("SIGTERM"); // writes what is pending
  return there.size;
}
