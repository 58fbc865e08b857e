/**
 * Text of a query → tree. Throws QuerySyntaxError. JOIN and MATCH are known words that the embedded service does not serve
 * yet.
 */
import type { Projection, Query, Select } from "./ast.ts";
import { QUERY_FUNCTIONS } from "./functions.ts";
import { parseExpression, parsePath } from "./parseExpression.ts";
import { TokenReader } from "./TokenReader.ts";

const COLLECTIONS = ["DIGITALTWINS", "RELATIONSHIPS"] as const;

export function parseQuery(text: string): Query {
  const reader = new TokenReader(text);
  reader.expectKeyword("SELECT");
  const select = parseSelect(reader);
  reader.expectKeyword("FROM");
  const from = parseFrom(reader);
  if (reader.isKeyword(["JOIN", "MATCH"])) {
    throw reader.problem("JOIN and MATCH are not supported yet by the embedded service");
  }
  const where = reader.takeKeyword("WHERE") ? parseExpression(reader, QUERY_FUNCTIONS) : undefined;
  reader.expectEnd();
  return { select, from, ...(where === undefined ? {} : { where }) };
}

function parseSelect(reader: TokenReader): Select {
  if (reader.isKeyword(["COUNT"]) && reader.isSymbol("(", 1)) {
    reader.take();
    reader.expectSymbol("(");
    reader.expectSymbol(")");
    return { kind: "count", items: [] };
  }
  const top = parseTop(reader);
  const whole = reader.takeSymbol("*") || (top !== undefined && reader.isKeyword(["FROM"]));
  return { kind: "rows", items: whole ? [] : parseItems(reader), ...(top === undefined ? {} : { top }) };
}

function parseTop(reader: TokenReader): number | undefined {
  if (!(reader.isKeyword(["TOP"]) && reader.isSymbol("(", 1))) {
    return undefined;
  }
  reader.take();
  reader.expectSymbol("(");
  const token = reader.peek();
  if (token.kind !== "number" || !Number.isInteger(token.value) || token.value < 1) {
    throw reader.expected("a whole number above 0");
  }
  reader.take();
  reader.expectSymbol(")");
  return token.value;
}

function parseItems(reader: TokenReader): Projection[] {
  const items = [parseItem(reader)];
  while (reader.takeSymbol(",")) {
    items.push(parseItem(reader));
  }
  return items;
}

function parseItem(reader: TokenReader): Projection {
  const path = parsePath(reader);
  const alias = reader.takeKeyword("AS") ? parsePath(reader) : undefined;
  if (alias !== undefined && alias.segments.length > 1) {
    throw reader.problem("an alias is one name", alias.at);
  }
  return { path, ...(alias === undefined ? {} : { alias: String(alias.segments[0]) }) };
}

function parseFrom(reader: TokenReader): Query["from"] {
  const collection = COLLECTIONS.find((name) => reader.takeKeyword(name));
  if (collection === undefined) {
    throw reader.expected("DIGITALTWINS or RELATIONSHIPS");
  }
  const named =
    reader.takeKeyword("AS") || (reader.peek().kind === "word" && !reader.isKeyword(["WHERE", "JOIN", "MATCH"]));
  const alias = named ? parsePath(reader) : undefined;
  if (alias !== undefined && alias.segments.length > 1) {
    throw reader.problem("an alias is one name", alias.at);
  }
  return { collection, ...(alias === undefined ? {} : { alias: String(alias.segments[0]) }) };
}
