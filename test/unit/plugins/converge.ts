// What clients hold after random edits is what the mirror holds: values, structure, scope, positions, alarms, models; with
// clients that join, leave, lose their connection, come back, crowd in one place, watch, select, get other roles, and read
// slowly or late, in rooms that may be there before the twins. One run per seed; throws with the seed where a client is
// wrong, or where its decoder complained.
import assert from "node:assert/strict";
import { mock } from "node:test";
import type { TwinServices } from "../../../src/services.ts";
import { newQuietRoom } from "../../support/newQuietRoom.ts";
import { comeBack, EDITS, ids, type Run, setValue } from "./convergeEdits.ts";
import { compare } from "./convergeExpected.ts";
import { hasRoles, type Mode, OPTIONS } from "./convergeModes.ts";

const STEPS = 20;
/** Changes at once, now and then: such a patch is long enough to be packed. */
const BURST = 50;
/** Of a room that is hurried, from patch to patch, ms; and until all clients may be shown everything. */
const PATCH_MS = 50;
const LONG_MS = 1e5;

/** `services` are those of the hall, used up by the run; `load` loads the twins. */
export async function converge(
  services: TwinServices,
  seed: number,
  mode: Mode,
  load: () => Promise<void>,
): Promise<void> {
  const { error, warn } = console;
  const complaints: unknown[] = [];
  console.error = console.warn = (...texts) => void complaints.push(texts.join(" ")); // all that Colyseus' decoder does
  try {
    await runOf(services, seed, mode, load);
  } finally {
    mock.restoreAll();
    Object.assign(console, { error, warn });
  }
  assert.deepEqual(complaints, []);
}

async function runOf(services: TwinServices, seed: number, mode: Mode, load: () => Promise<void>): Promise<void> {
  const random = randomOf(seed);
  const opensAt = seed % 3 === 0 ? 5 + ((seed / 3) % 10) : 0; // each third room is there before its twins
  if (opensAt === 0) {
    await load();
  }
  const scope = mode === "viewed" ? { scope: { twins: ids().concat("hall") } } : {};
  const room = newQuietRoom(services, { ...OPTIONS[mode], ...scope, backpressure: { slowForMs: 1e9 } });
  const [clients, spots, included] = [[], new Map(), new Set<string>()];
  const times = { sequence: 1000, now: 0, hurries: false, isOpen: opensAt === 0 };
  const run: Run = { services, room, clients, spots, included, random, ...times };
  if (mode === "hurried") {
    mock.method(performance, "now", () => run.now);
  }
  await settle();
  for (let step = 0; step < STEPS; step++) {
    if (step > 0 && step === opensAt) {
      await open(run, mode, load);
    }
    await edit(run, 1 + random(6));
    for (let burst = random(4) === 0 ? BURST : 0; burst > 0; burst--) {
      setValue(run);
    }
    await settle();
    run.hurries = mode === "hurried" && random(8) > 0;
    patchAll(run, mode);
    compare(run, mode, (seen) => !seen.slow && random(4) > 0);
  }
  rest(run);
  patchAll(run, mode);
  compare(run, mode, () => true);
  room.close();
}

/** In the end everybody is there, and reads, and is shown everything. */
function rest(run: Run): void {
  run.hurries = false;
  for (const seen of run.clients) {
    if (seen.dropped) {
      comeBack(run, seen);
    }
    seen.slow = false;
    seen.client.buffered = 0;
  }
}

async function edit(run: Run, count: number): Promise<void> {
  for (let edits = 0; edits < count; edits++) {
    await EDITS[run.random(EDITS.length)]?.(run);
  }
}

/** The twins are loaded now, and things happen meanwhile. */
async function open(run: Run, mode: Mode, load: () => Promise<void>): Promise<void> {
  const loaded = load();
  await edit(run, run.random(4));
  patchAll(run, mode);
  await loaded;
  await edit(run, run.random(4));
  while (run.room.sync.world.status === "loading") {
    await new Promise((resolve) => setImmediate(resolve));
    patchAll(run, mode);
  }
  run.isOpen = true;
}

/** What left and came again comes with the second patch, rights to what is new with the next one after it came. */
function patchAll(run: Run, mode: Mode): void {
  const { room } = run;
  run.now += run.hurries ? PATCH_MS : LONG_MS;
  room.patch();
  run.now += run.hurries ? PATCH_MS : LONG_MS;
  room.patch();
  if (hasRoles(mode)) {
    room.patch();
  }
}

/** Spaces are counted anew in a microtask. */
async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await Promise.resolve();
  }
}

function randomOf(seed: number): (below: number) => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
