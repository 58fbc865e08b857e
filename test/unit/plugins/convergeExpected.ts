// What a client of converge.ts is to hold, made anew from the mirror, against what it holds.
import assert from "node:assert/strict";
import { actorOf } from "../../../plugins/actor.ts";
import type { TwinState } from "../../../src/schema/states.ts";
import type { Run, Seen } from "./convergeEdits.ts";
import { CELL, isPart, type Mode } from "./convergeModes.ts";

export function compare(run: Run, mode: Mode, reads: (seen: Seen) => boolean): void {
  for (const seen of run.clients) {
    if (!seen.dropped && reads(seen) && seen.client.buffered === 0) {
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
  if (!(isPart(mode) && run.isOpen)) {
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
  const { mirror, spaces } = run.services;
  if (mode === "whole" && run.isOpen) {
    const included = [...run.included].filter((id) => mirror.get(id));
    assert.deepEqual(all.sort(), [...new Set([...spaces.members("hall"), ...included])].sort());
  }
  return isPart(mode) && run.isOpen ? all.filter((id) => isNear(run, seen, id, mode)) : all;
}

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
