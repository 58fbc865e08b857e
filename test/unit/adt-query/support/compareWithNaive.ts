// One round: a graph, queries and writes from a seed; each query has to give the rows of the naive evaluator, page by page.
import assert from "node:assert/strict";
import type { Instance } from "../../../../emulator/adt/Instance.ts";
import { parseQuery } from "../../../../emulator/adt/query/parseQuery.ts";
import type { QueryPosition } from "../../../../emulator/adt/query/QueryPosition.ts";
import { runQuery } from "../../../../emulator/adt/query/runQuery.ts";
import type { JsonObject } from "../../../../emulator/adt/types.ts";
import { Random } from "../../../support/Random.ts";
import { naive, TooMany } from "./naive.ts";
import { randomGraph, randomWrites } from "./randomGraph.ts";
import { randomQuery } from "./randomQuery.ts";

export const QUERIES_PER_ROUND = 10;

/** Answers how many queries gave rows: a test that compares nothing with nothing is none. */
export function compareWithNaive(seed: number): number {
  const random = new Random(seed);
  // Indexes on properties are made for larger collections only, and trying everything is for smaller ones.
  const isLarge = random.chance(0.1);
  const instance = randomGraph(random, isLarge ? 400 : random.int(4, 14));
  let withRows = 0;
  for (let i = 0; i < QUERIES_PER_ROUND; i += 1) {
    withRows += compare(instance, random, seed, isLarge) > 0 ? 1 : 0;
    randomWrites(instance, random);
  }
  return withRows;
}

function compare(instance: Instance, random: Random, seed: number, isLarge: boolean): number {
  const text = randomQuery(random, instance, isLarge ? ["twins", "relationships"] : undefined);
  const about = `seed ${seed}: ${text}`;
  const query = parse(text, about);
  const graph = { twins: [...instance.twins.values()], relationships: [...instance.relationships.values()] };
  let expected: JsonObject[];
  try {
    expected = naive(query, graph);
  } catch (error) {
    assert.ok(error instanceof TooMany, error as Error);
    return 0;
  }
  const rows = allPages(instance, text, expected.length > 500 ? 1_000 : random.int(1, 9), about);
  const top = query.select.top ?? Number.POSITIVE_INFINITY;
  assert.equal(rows.length, Math.min(top, expected.length), about);
  if (top < expected.length) {
    const left = texts(expected);
    assert.ok(
      texts(rows).every((row) => left.splice(left.indexOf(row), left.includes(row) ? 1 : 0).length > 0),
      about,
    );
  } else {
    assert.deepEqual(texts(rows).sort(), texts(expected).sort(), about);
  }
  return expected.length;
}

function parse(text: string, about: string): ReturnType<typeof parseQuery> {
  try {
    return parseQuery(text);
  } catch (error) {
    throw new Error(about, { cause: error });
  }
}

function texts(rows: readonly JsonObject[]): string[] {
  return rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))));
}

export function allPages(instance: Instance, query: string, pageSize: number, about = query): JsonObject[] {
  const rows: JsonObject[] = [];
  let position: QueryPosition | undefined = { query, given: 0 };
  while (position !== undefined) {
    const page: ReturnType<typeof runQuery> = run(instance, position, pageSize, about);
    assert.ok(page.rows.length <= pageSize, about);
    rows.push(...page.rows);
    position = page.next;
  }
  return rows;
}

function run(
  instance: Instance,
  position: QueryPosition,
  pageSize: number,
  about: string,
): ReturnType<typeof runQuery> {
  try {
    return runQuery(instance, position, pageSize);
  } catch (error) {
    throw new Error(about, { cause: error });
  }
}
