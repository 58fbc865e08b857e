// What clients hold after random edits is what the mirror holds: values, structure, scope, positions, watches; clients that
// join, leave, come back and read slowly. One run per seed; throws with the seed where a client is wrong.
import assert from "node:assert/strict";
import { actorOf } from "../../../plugins/actor.ts";
import type { Restriction } from "../../../src/schema/Restrictions.ts";
import type { TwinState } from "../../../src/schema/states.ts";
import type { TwinServices } from "../../../src/services.ts";
import { GAUGE, PUMP, relationship } from "../../support/hall.ts";
import { newQuietRoom, type QuietClient, type QuietRoom } from "../../support/newQuietRoom.ts";

/** roles: whole, and properties that only some may see. */
export type Mode = "whole" | "viewed" | "near" | "roles" | "nearRoles";

const TWINS = 14;
const STEPS = 25;
const SIZE = 100;
const HIGH = 2 << 20;
export const RESTRICTED: readonly Restriction[] = [
  { model: PUMP, property: "temperature", roles: ["operator", "admin"] },
  { model: PUMP, property: "mode", roles: ["admin"] },
  { model: "dtmi:test:Motor;1", property: "limit", roles: ["operator"] },
];
const PLAYERS = ["player", "operator", "admin"] as const;
const OPTIONS = {
  roles: { interest: false },
  nearRoles: { interest: { threshold: -1, cellSize: 25 } },
  whole: { interest: false },
  viewed: { interest: { threshold: 1000 }, scope: { twins: ["none"] } },
  near: { interest: { threshold: -1, cellSize: 25 } },
} as const;

interface Run {
  services: TwinServices;
  room: QuietRoom;
  clients: { client: QuietClient; x: number; z: number; watched: string[]; slow: boolean }[];
  spots: Map<string, { x: number; z: number }>;
  random(below: number): number;
  sequence: number;
}

/** `services` are those of the hall, loaded; used up by the run. */
export async function converge(services: TwinServices, seed: number, mode: Mode): Promise<void> {
  const random = randomOf(seed);
  const scope = mode === "viewed" ? { scope: { twins: ids().concat("hall") } } : {};
  const room = newQuietRoom(services, { ...OPTIONS[mode], ...scope, backpressure: { slowForMs: 1e9 } });
  const run: Run = { services, room, clients: [], spots: new Map(), random, sequence: 1000 };
  await settle();
  for (let step = 0; step < STEPS; step++) {
    for (let edits = random(6); edits >= 0; edits--) {
      const edit = EDITS[random(EDITS.length)] as (run: Run) => unknown;
      await edit(run);
    }
    await settle();
    room.patch();
    room.patch(); // what left and came again comes with the second, and rights to what is new
    compare(run, mode);
  }
  for (const seen of run.clients) {
    seen.slow = false;
    seen.client.buffered = 0;
  }
  room.patch();
  room.patch();
  compare(run, mode);
  room.close();
}

const ids = () => Array.from({ length: TWINS }, (_, i) => `t${i}`);

/** Spaces are counted anew in a microtask. */
async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await Promise.resolve();
  }
}

function anyId({ random }: Run): string {
  return `t${random(TWINS)}`;
}

const VALUES: Record<string, ((n: number) => unknown)[]> = {
  "/name": [(n) => `name ${n}`],
  "/temperature": [(n) => n / 3, () => undefined],
  "/running": [(n) => n % 2 === 0],
  "/mode": [(n) => (n % 2 === 0 ? "off" : "auto"), () => undefined],
  "/tags": [(n) => ({ n: `${n}` })],
  "/motor/current": [(n) => n, () => undefined],
  "/motor/limit": [(n) => n + 0.5],
  "/vibration": [(n) => -n],
};

const EDITS: ((run: Run) => unknown)[] = [
  setValue,
  setValue,
  setValue,
  ({ services, random }) => services.mirror.setLink(`t${random(TWINS)}`, random(4) as 0),
  (run) => {
    const [id, modelId] = [anyId(run), [PUMP, GAUGE, "dtmi:test:Unknown;1"][run.random(3)] ?? PUMP];
    run.services.mirror.upsertTwin({ id, modelId, properties: { name: id }, times: {} }, ++run.sequence);
    run.services.mirror.upsertRelationship(relationship("hall", "contains", id));
  },
  (run) => run.services.mirror.removeTwin(anyId(run)),
  (run) => run.services.mirror.removeRelationship("hall", `hall-contains-${anyId(run)}`),
  (run) => place(run, anyId(run)),
  (run) => place(run, anyId(run)),
  (run) => {
    const id = anyId(run);
    run.spots.delete(id);
    run.room.sync.placed(id, undefined);
  },
  (run) => {
    if (run.clients.length < 4) {
      run.clients.push({
        client: run.room.join({ role: PLAYERS[run.random(3)] }),
        x: 0,
        z: 0,
        watched: [],
        slow: false,
      });
    }
  },
  (run) => {
    if (run.random(3) === 0) {
      const [gone] = run.clients.splice(run.random(4), 1);
      gone && run.room.leave(gone.client);
    }
  },
  (run) => {
    const seen = run.clients[run.random(4)];
    if (seen) {
      seen.client = run.room.rejoin(seen.client);
      seen.slow = false;
    }
  },
  (run) => {
    const seen = run.clients[run.random(4)];
    if (seen) {
      seen.slow = run.random(2) === 0;
      seen.client.buffered = seen.slow ? HIGH : 0;
    }
  },
  (run) => {
    const seen = run.clients[run.random(4)];
    if (seen) {
      Object.assign(seen, { x: run.random(SIZE), z: run.random(SIZE) });
      run.room.sync.moved(seen.client.client, seen);
    }
  },
  async (run) => {
    const seen = run.clients[run.random(4)];
    if (seen) {
      seen.watched = Array.from({ length: run.random(4) }, () => anyId(run));
      await run.room.ask(seen.client, "twin.watch", { twinIds: seen.watched });
    }
  },
];

function setValue(run: Run): void {
  const paths = Object.keys(VALUES);
  const path = paths[run.random(paths.length)] ?? "/name";
  const values = VALUES[path] ?? [];
  const value = values[run.random(values.length)]?.(run.random(1000));
  const time = ++run.sequence;
  const stamp = { source: time, received: time, sequence: time, origin: "test" };
  run.services.mirror.setValues(anyId(run), [[path, value]], stamp);
}

function place(run: Run, id: string): void {
  const spot = { x: run.random(SIZE), z: run.random(SIZE) };
  run.spots.set(id, spot);
  run.room.sync.placed(id, spot);
}

function compare(run: Run, mode: Mode): void {
  for (const seen of run.clients) {
    if (!seen.slow && seen.client.buffered === 0) {
      const twins = seen.client.read();
      const is = Object.fromEntries(expectedIds(run, seen, mode).map((id) => [id, expectedTwin(run, id, seen)]));
      for (const id of sure(run, seen, mode, twins)) {
        is[id] = expectedTwin(run, id, seen);
      }
      assert.deepEqual(sorted(twins), sorted(is));
      assert.equal(seen.client.world()["total"], run.room.sync.world.twins.size);
    }
  }
}

/** Twins in cells that hysteresis leaves open: right either way, but with the right values. */
function sure(run: Run, seen: Run["clients"][number], mode: Mode, twins: object): string[] {
  if (!isPart(mode)) {
    return [];
  }
  return Object.keys(twins).filter((id) => {
    const spot = run.spots.get(id);
    const far = spot === undefined || Math.max(Math.abs(spot.x - seen.x), Math.abs(spot.z - seen.z)) > 25 * 2.25;
    return run.room.sync.world.twins.has(id) && !far;
  });
}

function expectedIds(run: Run, seen: Run["clients"][number], mode: Mode): string[] {
  const all = [...run.room.sync.world.twins.keys()];
  const { members } = run.services.spaces;
  if (mode === "whole") {
    assert.deepEqual(all.sort(), [...members.call(run.services.spaces, "hall")].sort());
  }
  return isPart(mode) ? all.filter((id) => isNear(run, seen, id)) : all;
}

const isPart = (mode: Mode) => mode === "near" || mode === "nearRoles";

/** Surely seen, wherever hysteresis holds the client's cell. */
function isNear(run: Run, seen: Run["clients"][number], id: string): boolean {
  const spot = run.spots.get(id);
  const near = spot !== undefined && Math.max(Math.abs(spot.x - seen.x), Math.abs(spot.z - seen.z)) < 25 * 0.75;
  return near || seen.watched.includes(id);
}

/** Made anew from the mirror. */
function expectedTwin(run: Run, id: string, seen: Run["clients"][number]): unknown {
  const held = run.services.mirror.get(id);
  const { schemas, world } = run.room.sync;
  assert.ok(held, `${id} is shown although it is not there`);
  const shown = world.twins.get(id) as TwinState;
  const twin = schemas.create(held.modelId, shown.$model);
  for (const [path, { value }] of held.values) {
    if (schemas.restrictions.allows([actorOf(seen.client.client).role], held.modelId, path)) {
      schemas.write(twin, held.modelId, path, value);
    }
  }
  const name = held.values.get("/name")?.value;
  twin.$name = typeof name === "string" ? name : id;
  twin.$seen = Math.floor(held.seen / 1000);
  twin.$link = held.link;
  return twin.toJSON();
}

/** Without members that are empty, which a decoder may or may not hold. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const members = Object.entries(value).map(([key, member]) => [key, sorted(member)] as const);
  const full = members.filter(
    ([, m]) => m !== undefined && !(typeof m === "object" && Object.keys(m ?? {}).length === 0),
  );
  return Object.fromEntries(full.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function randomOf(seed: number): (below: number) => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
