// The query engine against the naive evaluator, and the parser against broken texts, at full size: ADT_QUERY_ROUNDS rounds
// (default 2,000) from seed ADT_QUERY_SEED on (default: another one each time; a failure names its own).
import assert from "node:assert/strict";
import { compareWithNaive, QUERIES_PER_ROUND } from "../unit/adt-query/support/compareWithNaive.ts";
import { fuzzParser } from "../unit/adt-query/support/fuzzParser.ts";

const ROUNDS = Number(process.env["ADT_QUERY_ROUNDS"] ?? 2_000);
const SEED = Number(process.env["ADT_QUERY_SEED"] ?? Date.now() % 1_000_000_000);

describe(`query engine at length, from seed ${SEED}`, function () {
  this.timeout(30 * 60_000);

  it(`agrees with the naive evaluator on ${ROUNDS * QUERIES_PER_ROUND} generated queries`, () => {
    let withRows = 0;
    for (let seed = SEED; seed < SEED + ROUNDS; seed += 1) {
      withRows += compareWithNaive(seed);
    }
    assert.ok(withRows > (ROUNDS * QUERIES_PER_ROUND) / 3, `only ${withRows} queries gave rows`);
  });

  it(`reads or refuses ${ROUNDS * 100} broken texts`, () => {
    fuzzParser(SEED, ROUNDS * 100);
  });
});
