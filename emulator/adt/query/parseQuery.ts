/**
 * Text of a query → tree. Throws QuerySyntaxError and nothing else, in time linear in the length of the text.
 *
 * Rules are those of the query language reference (SELECT, FROM, JOIN, MATCH, WHERE clauses); what it documents as
 * unsupported is refused by name, so that nobody has to guess.
 */
import type { From, Join, Match, Name, Projection, Query, Select } from "./ast.ts";
import { QUERY_FUNCTIONS } from "./functions.ts";
import { LONGEST_QUERY, MOST_IN_ITEMS, MOST_JOINS, MOST_LOGICAL } from "./limits.ts";
import { parseExpression, parsePath } from "./parseExpression.ts";
import { parseMatch } from "./parseMatch.ts";
import { QuerySyntaxError } from "./QuerySyntaxError.ts";
import { QUERY_WORDS } from "./reservedWords.ts";
import { TokenReader } from "./TokenReader.ts";

const COLLECTIONS = ["DIGITALTWINS", "RELATIONSHIPS"] as const;
/** Of other SQLs: word → what may follow it, and what to say. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  ORDER: "ORDER BY is not supported: rows have no order",
  GROUP: "GROUP BY is not supported: COUNT() counts all rows",
  HAVING: "HAVING is not supported",
  LIMIT: "LIMIT is not supported: SELECT TOP(n) takes the first n rows",
  UNION: "UNION is not supported",
  OUTER: "OUTER JOIN is not supported: JOIN leaves out twins without a relationship",
  LEFT: "LEFT JOIN is not supported: JOIN leaves out twins without a relationship",
  RIGHT: "RIGHT JOIN is not supported: JOIN leaves out twins without a relationship",
  FULL: "FULL JOIN is not supported: JOIN leaves out twins without a relationship",
};

export function parseQuery(text: string): Query {
  if (text.length > LONGEST_QUERY) {
    throw new QuerySyntaxError(text, LONGEST_QUERY, `a query has at most ${LONGEST_QUERY} characters`);
  }
  const reader = new TokenReader(text, QUERY_WORDS);
  if (!reader.takeKeyword("SELECT")) {
    throw reader.problem(`missing SELECT at ${reader.found()}`);
  }
  const select = parseSelect(reader);
  reader.expectKeyword("FROM");
  const from = parseFrom(reader);
  const joins = parseJoins(reader);
  const match = parseOneMatch(reader);
  const limits = { logical: MOST_LOGICAL, items: MOST_IN_ITEMS };
  const where = reader.takeKeyword("WHERE") ? parseExpression(reader, QUERY_FUNCTIONS, limits) : undefined;
  parseEnd(reader);
  return {
    select,
    from,
    joins,
    ...(match === undefined ? {} : { match }),
    ...(where === undefined ? {} : { where }),
  };
}

function parseSelect(reader: TokenReader): Select {
  const { at } = reader.peek();
  if (reader.isKeyword(["COUNT"]) && reader.isSymbol("(", 1)) {
    reader.take();
    reader.expectSymbol("(");
    reader.expectSymbol(")");
    return { kind: "count", items: [], at };
  }
  const top = parseTop(reader);
  const whole = reader.takeSymbol("*") || (top !== undefined && reader.isKeyword(["FROM"]));
  return { kind: "rows", items: whole ? [] : parseItems(reader), at, ...(top === undefined ? {} : { top }) };
}

function parseTop(reader: TokenReader): number | undefined {
  if (!(reader.isKeyword(["TOP"]) && reader.isSymbol("(", 1))) {
    return undefined;
  }
  reader.take();
  reader.expectSymbol("(");
  const token = reader.peek();
  if (token.kind !== "number" || !Number.isSafeInteger(token.value) || token.value < 1) {
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
  return { path, ...(reader.takeKeyword("AS") ? { alias: reader.takeName("an alias").text } : {}) };
}

function parseFrom(reader: TokenReader): From {
  if (reader.isSymbol("(")) {
    throw reader.problem("subqueries are not supported: expecting DIGITALTWINS or RELATIONSHIPS");
  }
  const collection = COLLECTIONS.find((name) => reader.takeKeyword(name));
  if (collection === undefined) {
    throw reader.expected("{DIGITALTWINS, RELATIONSHIPS}");
  }
  const alias = parseAlias(reader, ["WHERE", "JOIN", "MATCH", ...Object.keys(UNSUPPORTED)]);
  return { collection, ...(alias === undefined ? {} : { alias }) };
}

/** `[AS] name`, unless one of `following` comes first. */
function parseAlias(reader: TokenReader, following: readonly string[]): Name | undefined {
  const isNamed = reader.takeKeyword("AS") || (reader.peek().kind === "word" && !reader.isKeyword(following));
  return isNamed ? reader.takeName("a name") : undefined;
}

function parseJoins(reader: TokenReader): Join[] {
  const joins: Join[] = [];
  while (reader.isKeyword(["JOIN"])) {
    if (joins.length === MOST_JOINS) {
      throw reader.problem(`a query has at most ${MOST_JOINS} JOINs`);
    }
    joins.push(parseJoin(reader));
  }
  return joins;
}

function parseJoin(reader: TokenReader): Join {
  const { at } = reader.take();
  const target = reader.takeName("the name of a twin collection");
  reader.expectKeyword("RELATED");
  const source = reader.takeName("the name of a twin collection");
  reader.expectSymbol(".");
  const relationship = reader.takeName("the name of a relationship").text;
  const alias = parseAlias(reader, ["WHERE", "JOIN", "MATCH", ...Object.keys(UNSUPPORTED)]);
  return { target, source, relationship, at, ...(alias === undefined ? {} : { alias }) };
}

function parseOneMatch(reader: TokenReader): Match | undefined {
  if (!reader.isKeyword(["MATCH"])) {
    return undefined;
  }
  const match = parseMatch(reader);
  if (reader.isKeyword(["MATCH"]) || reader.isSymbol(",")) {
    throw reader.problem("a query has one MATCH");
  }
  return match;
}

function parseEnd(reader: TokenReader): void {
  const token = reader.peek();
  const problem = token.kind === "word" && !token.escaped ? UNSUPPORTED[token.text.toUpperCase()] : undefined;
  if (problem !== undefined) {
    throw reader.problem(problem);
  }
  reader.expectEnd();
}
