/**
 * `MATCH (a)-[r:name|name*m..n]->(b)…` → tree, by the query language reference, "MATCH clause". Called by parseQuery.
 *
 * `[x]` is a variable for one relationship of any name, `[:x]` one named x; `[x|y]`, as in one of its examples, are names.
 * The starting limit of a range is not part of it: `*1..3` is 2 or 3 hops.
 */
import type { Direction, Match, MatchEdge, Name } from "./ast.ts";
import { MOST_HOPS } from "./limits.ts";
import type { TokenReader } from "./TokenReader.ts";

/** Reads from the word MATCH on. Throws QuerySyntaxError. */
export function parseMatch(reader: TokenReader): Match {
  const { at } = reader.take();
  const nodes = [parseNode(reader)];
  const edges: MatchEdge[] = [];
  while (reader.isSymbol("-") || reader.isSymbol("<")) {
    edges.push(parseEdge(reader));
    nodes.push(parseNode(reader));
    checkHops(reader, edges);
  }
  return { nodes, edges, at };
}

function parseNode(reader: TokenReader): Name | undefined {
  reader.expectSymbol("(");
  const name = reader.isSymbol(")") ? undefined : reader.takeName("the name of a twin collection");
  reader.expectSymbol(")");
  return name;
}

function parseEdge(reader: TokenReader): MatchEdge {
  const { at } = reader.peek();
  const isLeft = reader.takeSymbol("<");
  reader.expectSymbol("-");
  reader.expectSymbol("[");
  const condition = parseCondition(reader, at);
  reader.expectSymbol("]");
  reader.expectSymbol("-");
  if (isLeft && reader.isSymbol(">")) {
    throw reader.problem("a relationship has one direction: both are two conditions in a chain");
  }
  const direction: Direction = isLeft ? "in" : reader.takeSymbol(">") ? "out" : "any";
  return { ...condition, direction };
}

function parseCondition(reader: TokenReader, at: number): Omit<MatchEdge, "direction"> {
  const variable = parseVariable(reader);
  const hasNames = reader.takeSymbol(":") || (variable === undefined && reader.peek().kind === "word");
  const names = hasNames ? parseNames(reader) : [];
  const hops = reader.isSymbol("*") ? parseHops(reader) : { min: 1, max: 1 };
  if (variable !== undefined && hops.max > 1) {
    const name = `a name is written [:${variable.text}…]`;
    throw reader.problem(`a relationship variable is for a single hop; ${name}`, variable.at);
  }
  return { names, ...hops, at, ...(variable === undefined ? {} : { variable }) };
}

function parseVariable(reader: TokenReader): Name | undefined {
  const isVariable = reader.peek().kind === "word" && !reader.isSymbol("|", 1);
  return isVariable ? reader.takeName("a relationship variable") : undefined;
}

function parseNames(reader: TokenReader): string[] {
  const names = [reader.takeName("the name of a relationship").text];
  while (reader.takeSymbol("|")) {
    names.push(reader.takeName("the name of a relationship").text);
  }
  return names;
}

/** `*3`, `*..3` or `*1..3`. */
function parseHops(reader: TokenReader): { min: number; max: number } {
  const { at } = reader.take();
  const first = reader.isSymbol(".") ? 0 : parseNumber(reader);
  const isRange = reader.takeSymbol(".");
  if (isRange) {
    reader.expectSymbol(".");
  }
  const max = isRange ? parseNumber(reader) : first;
  const min = isRange ? first + 1 : first;
  if (max < 1 || min > max) {
    throw reader.problem(`no number of hops is in this range: its start is not part of it, and the least is 1`, at);
  }
  return { min, max };
}

function parseNumber(reader: TokenReader): number {
  const token = reader.peek();
  if (token.kind !== "number" || !Number.isSafeInteger(token.value) || token.value < 0) {
    throw reader.expected("a number of hops");
  }
  reader.take();
  return token.value;
}

function checkHops(reader: TokenReader, edges: readonly MatchEdge[]): void {
  const hops = edges.reduce((sum, edge) => sum + edge.max, 0);
  if (hops > MOST_HOPS) {
    throw reader.problem(`a query has at most ${MOST_HOPS} hops, not ${hops}`, edges.at(-1)?.at);
  }
}
