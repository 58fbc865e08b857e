// The engine against a naive evaluator of the same tree: seeded graphs, queries and writes give the same rows.
import assert from "node:assert/strict";
import { compareWithNaive, QUERIES_PER_ROUND } from "./support/compareWithNaive.ts";

const ROUNDS = 40;

describe("query engine and naive evaluator", () => {
  it(`agree on ${ROUNDS * QUERIES_PER_ROUND} generated queries`, () => {
    let withRows = 0;
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      withRows += compareWithNaive(seed);
    }
    assert.ok(withRows > (ROUNDS * QUERIES_PER_ROUND) / 3, `only ${withRows} queries gave rows`);
  });
});
