// Graphs with few names and few values, so that conditions hold often; and writes that change them.
import type { Instance } from "../../../../emulator/adt/Instance.ts";
import type { Json, JsonObject } from "../../../../emulator/adt/types.ts";
import type { Random } from "../../../support/Random.ts";
import { MODELS, newInstance, putRelationship, putTwin } from "./newInstance.ts";

export const RELATIONSHIPS = ["contains", "feeds", "has"];
export const VALUES: readonly Json[] = [0, 1, 2, -3.5, "a", "b", "ab", true, false, null];

export function randomGraph(random: Random, twins: number): Instance {
  const instance = newInstance();
  for (let i = 0; i < twins; i += 1) {
    writeTwin(instance, random, `t${i}`);
  }
  const relationships = random.int(twins, Math.ceil(twins * 1.8));
  for (let i = 0; i < relationships; i += 1) {
    writeRelationship(instance, random, `r${i}`);
  }
  return instance;
}

/** Writes in proportion: new and replaced twins and relationships, and such as go. */
export function randomWrites(instance: Instance, random: Random): void {
  const twins = [...instance.twins.values()];
  for (let i = random.int(1, 5 + twins.length / 10); i > 0; i -= 1) {
    writeTwin(instance, random, random.chance(0.7) ? random.pick(twins).id : `n${random.int(0, 99)}`);
    writeRelationship(instance, random, `r${random.int(0, 2 * twins.length)}`);
  }
  for (const relationship of [...instance.relationships.values()].filter(() => random.chance(0.03))) {
    instance.deleteRelationship(relationship);
  }
  const lonely = [...instance.twins.values()].filter(
    ({ id }) => !instance.outgoing.has(id) && !instance.incoming.has(id),
  );
  for (const twin of lonely.filter(() => random.chance(0.2))) {
    instance.deleteTwin(twin);
  }
}

function writeTwin(instance: Instance, random: Random, id: string): void {
  putTwin(instance, id, properties(random), random.pick(Object.keys(MODELS)));
}

function writeRelationship(instance: Instance, random: Random, id: string): void {
  const ids = [...instance.twins.keys()];
  const ends = { from: random.pick(ids), to: random.pick(ids) };
  putRelationship(instance, { id, ...ends, name: random.pick(RELATIONSHIPS), properties: properties(random) });
}

function properties(random: Random): JsonObject {
  const all: JsonObject = {
    a: random.pick(VALUES),
    b: random.pick(VALUES),
    GROUP: random.pick(["x", "y"]),
    o: { a: random.pick(VALUES), deep: { b: random.pick(VALUES) } },
    l: [random.pick(VALUES), random.pick(VALUES), [1]],
  };
  return Object.fromEntries(Object.entries(all).filter(() => random.chance(0.8)));
}
