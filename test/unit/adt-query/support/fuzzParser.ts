// Broken texts: what is random, what is nearly right, and what is nested or long. Only a QuerySyntaxError may come of them.
import assert from "node:assert/strict";
import { parseQuery } from "../../../../emulator/adt/query/parseQuery.ts";
import { QuerySyntaxError } from "../../../../emulator/adt/query/QuerySyntaxError.ts";
import { runQuery } from "../../../../emulator/adt/query/runQuery.ts";
import { ServiceError } from "../../../../emulator/adt/ServiceError.ts";
import { Random } from "../../../support/Random.ts";
import { randomGraph } from "./randomGraph.ts";
import { randomQuery } from "./randomQuery.ts";

const PIECES = [
  ..."SELECT FROM WHERE JOIN RELATED MATCH AND OR NOT IN NIN AS TOP COUNT DIGITALTWINS RELATIONSHIPS exact T.a".split(
    " ",
  ),
  ..."( ) [ ] [[ ]] < > - * . .. , : | = != <> <= >= ' \\ \" 1 -2 1e99 0.5 é \u0000 $dtId [[x]] IS_OF_MODEL( {".split(
    " ",
  ),
  ..." \n \t  ".split(""),
];
/** A query of 8,000 characters has to be read or refused within this, in ms. */
const PATIENCE = 2_000;

export function fuzzParser(seed: number, texts: number): void {
  const random = new Random(seed);
  const instance = randomGraph(random, 6);
  for (let i = 0; i < texts; i += 1) {
    const text = random.chance(0.3) ? soup(random) : broken(random, randomQuery(random, instance));
    const started = performance.now();
    tryOut(`seed ${seed}, text ${i}: ${JSON.stringify(text.slice(0, 500))}`, () => {
      parseQuery(text);
      runQuery(instance, { query: text, given: 0 }, 100);
    });
    assert.ok(performance.now() - started < PATIENCE, `slow: ${text.slice(0, 500)}`);
  }
}

function tryOut(about: string, attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    const isRefusal = error instanceof QuerySyntaxError || (error instanceof ServiceError && error.status === 400);
    assert.ok(isRefusal, new Error(about, { cause: error }));
  }
}

function soup(random: Random): string {
  const length = random.chance(0.02) ? 3_000 : random.int(0, 40);
  const pieces = Array.from({ length }, () => random.pick(PIECES));
  return `${random.pick(["", "SELECT * FROM DIGITALTWINS WHERE "])}${pieces.join(random.pick(["", " "]))}`;
}

/** A right text with a few characters or pieces changed, dropped, doubled or moved. */
function broken(random: Random, text: string): string {
  let result = text;
  for (let i = random.int(1, 4); i > 0; i -= 1) {
    const at = random.int(0, result.length);
    const to = Math.min(result.length, at + random.int(0, 8));
    const piece = random.pick([random.pick(PIECES), result.slice(at, to), String.fromCharCode(random.int(0, 0x2ff))]);
    result = random.pick([
      result.slice(0, at) + piece + result.slice(at),
      result.slice(0, at) + result.slice(to),
      result.slice(0, at) + piece + result.slice(to),
      result.slice(0, at),
    ]);
  }
  return result;
}
