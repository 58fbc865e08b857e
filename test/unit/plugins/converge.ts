// What clients hold after random edits is what the mirror holds: values, structure, scope, positions, alarms, models; with
// clients that join, leave, come back, crowd in one place, watch, select, get other roles, and read slowly or late. One run
// per seed; throws with the seed where a client is wrong, or where its decoder complained.
import assert from "node:assert/strict";
import { mock } from "node:test";
import { StateView } from "@colyseus/schema";
import { actorOf } from "../../../plugins/actor.ts";
import { Alarm } from "../../../src/schema/entities.ts";
import type { Restriction } from "../../../src/schema/Restrictions.ts";
import type { TwinState } from "../../../src/schema/states.ts";
import type { TwinServices } from "../../../src/services.ts";
import type { ModelCatalog } from "../../../src/twins/ModelCatalog.ts";
import { GAUGE, MODELS, PUMP, relationship } from "../../support/hall.ts";
import { newQuietRoom, type QuietClient, type QuietRoom } from "../../support/newQuietRoom.ts";

/**
 * roles: properties that only some may see · crowded: near, with room for few twins · hurried: near, and for what clients ask
 * their allowances are too small.
 */
export type Mode = "whole" | "viewed" | "near" | "roles" | "nearRoles" | "crowded" | "hurried";
export const MODES: readonly Mode[] = ["whole", "viewed", "near", "roles", "nearRoles", "crowded", "hurried"];

const TWINS = 16;
const CLIENTS = 10;
const STEPS = 20;
/** Changes at once, now and then: such a patch is long enough to be packed. */
const BURST = 50;
const CELL = 25;
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
  nearRoles: { interest: { threshold: -1, cellSize: CELL } },
  crowded: { interest: { threshold: -1, cellSize: CELL, budget: 6 } },
  whole: { interest: false },
  viewed: { interest: { threshold: 1000 }, scope: { twins: ["none"] } },
  near: { interest: { threshold: -1, cellSize: CELL } },
  hurried: { interest: { threshold: -1, cellSize: CELL, perSecond: 1 } },
} as const;
/** Of a room that is hurried, from patch to patch, ms; and until all clients may be shown everything. */
const PATCH_MS = 50;
const LONG_MS = 1e5;

interface Seen {
  client: QuietClient;
  x: number;
  z: number;
  watched: string[];
  selected: string;
  slow: boolean;
}
interface Run {
  services: TwinServices;
  room: QuietRoom;
  clients: Seen[];
  spots: Map<string, { x: number; z: number }>;
  random(below: number): number;
  sequence: number;
  /** ms of performance.now() */
  now: number;
  /** Clients may not be shown yet what they asked for. */
  hurries: boolean;
}

/** `services` are those of the hall, loaded; used up by the run. */
export async function converge(services: TwinServices, seed: number, mode: Mode): Promise<void> {
  const { error, warn } = console;
  const complaints: unknown[] = [];
  console.error = console.warn = (...texts) => void complaints.push(texts.join(" ")); // all that Colyseus' decoder does
  try {
    await run(services, seed, mode);
  } finally {
    mock.restoreAll();
    Object.assign(console, { error, warn });
  }
  assert.deepEqual(complaints, []);
}

async function run(services: TwinServices, seed: number, mode: Mode): Promise<void> {
  const random = randomOf(seed);
  const scope = mode === "viewed" ? { scope: { twins: ids().concat("hall") } } : {};
  const room = newQuietRoom(services, { ...OPTIONS[mode], ...scope, backpressure: { slowForMs: 1e9 } });
  const run: Run = { services, room, clients: [], spots: new Map(), random, sequence: 1000, now: 0, hurries: false };
  if (mode === "hurried") {
    mock.method(performance, "now", () => run.now);
  }
  await settle();
  for (let step = 0; step < STEPS; step++) {
    for (let edits = random(6); edits >= 0; edits--) {
      const edit = EDITS[random(EDITS.length)] as (run: Run) => unknown;
      await edit(run);
    }
    for (let burst = random(4) === 0 ? BURST : 0; burst > 0; burst--) {
      setValue(run);
    }
    await settle();
    run.hurries = mode === "hurried" && random(8) > 0;
    patchAll(run, mode);
    compare(run, mode, (seen) => !seen.slow && random(4) > 0);
  }
  run.hurries = false;
  for (const seen of run.clients) {
    seen.slow = false;
    seen.client.buffered = 0;
  }
  patchAll(run, mode);
  compare(run, mode, () => true);
  room.close();
}

/** What left and came again comes with the second patch, rights to what is new with the next one after it came. */
function patchAll(run: Run, mode: Mode): void {
  const { room } = run;
  run.now += run.hurries ? PATCH_MS : LONG_MS;
  room.patch();
  run.now += run.hurries ? PATCH_MS : LONG_MS;
  room.patch();
  if (mode === "roles" || mode === "nearRoles") {
    room.patch();
  }
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
  "/name": [(n) => `name ${n}`, (n) => `long ${n} `.repeat(1 + (n % 40))],
  "/temperature": [(n) => n / 3, (n) => n % 3, () => undefined, () => "text", () => Number.NaN],
  "/starts": [(n) => n, (n) => n % 3, () => undefined, () => 2 ** 31 - 1],
  "/setpoint": [(n) => n, (n) => n % 3, () => undefined, () => true, () => 2 ** 60],
  "/level": [(n) => n, (n) => n % 3, () => undefined],
  "/running": [(n) => n % 2 === 0, () => undefined, () => 5],
  "/mode": [(n) => (n % 2 === 0 ? "off" : "auto"), () => undefined],
  "/tags": [(n) => ({ n: `${n}` })],
  "/motor/current": [(n) => n, () => undefined],
  // With 255 in its bytes, at which a decoder that lost its way goes on.
  "/motor/limit": [(n) => Buffer.of(10, 255, n % 120, 255, (n * 7) % 120, 255, 0x10, 0x40).readDoubleLE()],
  "/vibration": [(n) => -n],
};

const EDITS: ((run: Run) => unknown)[] = [
  setValue,
  setValue,
  setValue,
  setValue,
  setValue,
  ({ room, random }) =>
    void (random(2) === 0 ? room.sync.world.toJSON() : room.sync.world.twins.get(`t${random(TWINS)}`)?.$seen),
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
  remakeModel,
  join,
  join,
  (run) => {
    const { alarms } = run.room.sync.world;
    const key = `a${run.random(3)}`;
    const alarm = alarms.get(key);
    if (alarm) {
      alarm.cleared = 1;
      run.random(2) === 0 && alarms.delete(key);
    } else {
      alarms.set(key, new Alarm({ twinId: anyId(run), cleared: 0 }));
    }
  },
  (run) => {
    if (run.random(3) === 0) {
      const [gone] = run.clients.splice(run.random(CLIENTS), 1);
      gone && run.room.leave(gone.client);
    }
  },
  (run) => {
    const seen = anyClient(run);
    if (seen) {
      seen.client = run.room.rejoin(seen.client);
      seen.slow = false;
    }
  },
  (run) => {
    const seen = anyClient(run);
    if (seen) {
      seen.slow = run.random(2) === 0;
      seen.client.buffered = seen.slow ? HIGH : 0;
    }
  },
  (run) => {
    const seen = anyClient(run);
    if (seen) {
      const isInCrowd = run.random(2) === 0;
      const [x, z] = isInCrowd ? [30 + run.random(15), 30 + run.random(15)] : [run.random(SIZE), run.random(SIZE)];
      Object.assign(seen, { x, z });
      run.room.sync.moved(seen.client.client, seen);
    }
  },
  (run) => {
    const seen = anyClient(run);
    if (seen) {
      seen.selected = run.random(3) === 0 ? "" : anyId(run);
      run.room.sync.selected(seen.client.client, seen.selected);
    }
  },
  (run) => {
    const seen = anyClient(run);
    if (seen && run.random(2) === 0) {
      seen.client.client.auth = { role: PLAYERS[run.random(3)] };
      run.room.sync.rightsChanged(seen.client.client);
    }
  },
  async (run) => {
    const seen = anyClient(run);
    if (seen) {
      seen.watched = Array.from({ length: run.random(4) }, () => anyId(run));
      await run.room.ask(seen.client, "twin.watch", { twinIds: seen.watched });
    }
  },
];

function anyClient({ clients, random }: Run): Seen | undefined {
  return clients[random(CLIENTS)];
}

function join({ clients, random, room }: Run): void {
  if (clients.length < CLIENTS) {
    const client = room.join({ role: PLAYERS[random(3)] }, random(2) === 0 ? new StateView() : undefined);
    clients.push({ client, x: 0, z: 0, watched: [], selected: "", slow: false });
  }
}

const gauge = MODELS.find((model) => model["@id"] === GAUGE) ?? {};
const GAUGES = [gauge, { ...gauge, extends: PUMP }, undefined];

/** Deleted, and made again as it was, or as another one. */
function remakeModel({ services, random }: Run): void {
  const catalog = services.models as ModelCatalog;
  const model = GAUGES[random(GAUGES.length)];
  catalog.remove(GAUGE);
  catalog.add(model ? [{ id: GAUGE, model }] : []);
}

function setValue(run: Run): void {
  const paths = Object.keys(VALUES);
  const path = paths[run.random(paths.length)] ?? "/name";
  const values = VALUES[path] ?? [];
  const value = values[run.random(values.length)]?.(run.random(1000));
  run.sequence += 1 + run.random(700); // so that a second may end between any two
  const time = run.sequence;
  const stamp = { source: time, received: time, sequence: time, origin: "test" };
  run.services.mirror.setValues(anyId(run), [[path, value]], stamp);
}

function place(run: Run, id: string): void {
  const spot = { x: run.random(SIZE), z: run.random(SIZE) };
  run.spots.set(id, spot);
  run.room.sync.placed(id, spot);
}

function compare(run: Run, mode: Mode, reads: (seen: Seen) => boolean): void {
  for (const seen of run.clients) {
    if (reads(seen) && seen.client.buffered === 0) {
      const twins = seen.client.read();
      const ids = expectedIds(run, seen, mode).filter((id) => !run.hurries || id in twins);
      const is = Object.fromEntries(ids.map((id) => [id, expectedTwin(run, id, seen)]));
      for (const id of sure(run, seen, mode, twins)) {
        is[id] = expectedTwin(run, id, seen);
      }
      assert.deepEqual(sorted(twins), sorted(is));
      assert.equal(seen.client.world()["total"], run.room.sync.world.twins.size);
    }
  }
}

/** Twins in cells that hysteresis leaves open: right either way, but with the right values. */
function sure(run: Run, seen: Seen, mode: Mode, twins: object): string[] {
  if (!isPart(mode)) {
    return [];
  }
  return Object.keys(twins).filter((id) => {
    const spot = run.spots.get(id);
    const far = spot === undefined || Math.max(Math.abs(spot.x - seen.x), Math.abs(spot.z - seen.z)) > CELL * 2.25;
    return run.room.sync.world.twins.has(id) && !far;
  });
}

function expectedIds(run: Run, seen: Seen, mode: Mode): string[] {
  const all = [...run.room.sync.world.twins.keys()];
  const { members } = run.services.spaces;
  if (mode === "whole") {
    assert.deepEqual(all.sort(), [...members.call(run.services.spaces, "hall")].sort());
  }
  return isPart(mode) ? all.filter((id) => isNear(run, seen, id, mode)) : all;
}

const isPart = (mode: Mode) => ["near", "nearRoles", "crowded", "hurried"].includes(mode);

/** Surely seen, wherever hysteresis holds the client's cell; of a crowded floor its own cell. */
function isNear(run: Run, seen: Seen, id: string, mode: Mode): boolean {
  const spot = run.spots.get(id);
  const isAlarmed = [...run.room.sync.world.alarms.values()].some((a) => a.twinId === id && a.cleared === 0);
  if (isAlarmed || seen.watched.includes(id) || seen.selected === id || spot === undefined) {
    return isAlarmed || seen.watched.includes(id) || seen.selected === id;
  }
  const isInside = (at: number) => Math.abs(((at / CELL) % 1) - 0.5) < 0.25;
  const isSame = (a: number, b: number) => Math.floor(a / CELL) === Math.floor(b / CELL);
  return mode === "crowded"
    ? isInside(seen.x) && isInside(seen.z) && isSame(spot.x, seen.x) && isSame(spot.z, seen.z)
    : Math.max(Math.abs(spot.x - seen.x), Math.abs(spot.z - seen.z)) < CELL * 0.75;
}

/** Made anew from the mirror. */
function expectedTwin(run: Run, id: string, seen: Seen): unknown {
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
