// What the parser makes of broken, nested and long texts: a QuerySyntaxError, soon.
import assert from "node:assert/strict";
import { parseQuery } from "../../../emulator/adt/query/parseQuery.ts";
import { QuerySyntaxError } from "../../../emulator/adt/query/QuerySyntaxError.ts";
import { fuzzParser } from "./support/fuzzParser.ts";

describe("query parser", () => {
  it("reads or refuses 5,000 broken texts", () => {
    fuzzParser(1, 5_000);
  });

  it("is not exhausted by nesting and length", () => {
    const start = "SELECT * FROM DIGITALTWINS WHERE ";
    const pieces = [
      "(",
      "NOT ",
      "IS_NULL(",
      "a AND ",
      "a OR (",
      "[",
      "[[",
      "'",
      "\\",
      "a.",
      "a IN [",
      "-",
      "1",
      "\n",
      "a,",
    ];
    for (const piece of pieces) {
      readOrRefuse((start + piece.repeat(8_000)).slice(0, 8_000));
      readOrRefuse(`SELECT ${piece.repeat(8_000)}`.slice(0, 8_000));
    }
    readOrRefuse(`SELECT a FROM DIGITALTWINS MATCH ${"()-[]-".repeat(1_300)}`);
    readOrRefuse(`SELECT a FROM DIGITALTWINS a ${"JOIN b RELATED a.c ".repeat(400)}`);
  });
});

function readOrRefuse(text: string): void {
  const started = performance.now();
  try {
    parseQuery(text);
  } catch (error) {
    assert.ok(error instanceof QuerySyntaxError, error as Error);
  }
  assert.ok(performance.now() - started < 2_000, text.slice(0, 100));
}
