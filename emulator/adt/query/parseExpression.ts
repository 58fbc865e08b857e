/**
 * WHERE clauses and event route filters: OR < AND < NOT < comparison, with parentheses, IN lists and function calls.
 */
import type { Comparison, Expression, Literal, Path } from "./ast.ts";
import type { TokenReader } from "./TokenReader.ts";

/** `<>` is of the IoT Hub query language, which this one grew from. */
const COMPARISONS: Readonly<Record<string, Comparison>> = {
  "=": "=",
  "!=": "!=",
  "<>": "!=",
  "<": "<",
  ">": ">",
  "<=": "<=",
  ">=": ">=",
};
const LITERALS: Readonly<Record<string, Literal>> = { TRUE: true, FALSE: false, NULL: null };
/** Nesting of parentheses and NOTs beyond which a text is refused rather than the stack risked. */
const DEEPEST = 200;

/** Name in upper case → least and greatest number of arguments. */
export type Functions = ReadonlyMap<string, readonly [number, number]>;
/** `logical`: ANDs and ORs in an expression; `items`: values in one IN list. */
export interface ExpressionLimits {
  logical: number;
  items: number;
}

/** One expression from where the reader stands. Throws QuerySyntaxError. */
export function parseExpression(
  reader: TokenReader,
  functions: Functions,
  limits: ExpressionLimits = { logical: Number.POSITIVE_INFINITY, items: Number.POSITIVE_INFINITY },
): Expression {
  return or({ reader, functions, limits, counted: { logical: 0 }, depth: 0 });
}

interface Context {
  reader: TokenReader;
  functions: Functions;
  limits: ExpressionLimits;
  /** Shared by all contexts of one expression. */
  counted: { logical: number };
  depth: number;
}

function or(context: Context): Expression {
  let left = and(context);
  while (takeLogical(context, "OR")) {
    left = { kind: "or", left, right: and(context) };
  }
  return left;
}

function and(context: Context): Expression {
  let left = not(context);
  while (takeLogical(context, "AND")) {
    left = { kind: "and", left, right: not(context) };
  }
  return left;
}

function takeLogical({ reader, limits, counted }: Context, keyword: "AND" | "OR"): boolean {
  const { at } = reader.peek();
  if (!reader.takeKeyword(keyword)) {
    return false;
  }
  counted.logical += 1;
  if (counted.logical > limits.logical) {
    throw reader.problem(`a query has at most ${limits.logical} AND and OR`, at);
  }
  return true;
}

function not(context: Context): Expression {
  const { reader, depth } = context;
  if (depth > DEEPEST) {
    throw reader.problem(`more than ${DEEPEST} expressions inside each other`);
  }
  const inner = { ...context, depth: depth + 1 };
  return reader.takeKeyword("NOT") ? { kind: "not", operand: not(inner) } : comparison(inner);
}

function comparison(context: Context): Expression {
  const { reader } = context;
  const left = operand(context);
  const token = reader.peek();
  const operator = token.kind === "symbol" ? COMPARISONS[token.text] : undefined;
  if (operator !== undefined) {
    reader.take();
    return { kind: "compare", operator, left, right: operand(context) };
  }
  if (reader.takeKeyword("IN")) {
    return { kind: "in", operand: left, values: list(context) };
  }
  if (takeNotIn(reader)) {
    return { kind: "not", operand: { kind: "in", operand: left, values: list(context) } };
  }
  return left;
}

/** NIN is the documented spelling, NOT_IN a reserved word and NOT IN what everybody writes. */
function takeNotIn(reader: TokenReader): boolean {
  if (reader.takeKeyword("NIN") || reader.takeKeyword("NOT_IN")) {
    return true;
  }
  return reader.isKeyword(["IN"], 1) && reader.takeKeyword("NOT") && reader.takeKeyword("IN");
}

function list(context: Context): Expression[] {
  const { reader, limits } = context;
  const { at } = reader.peek();
  reader.expectSymbol("[");
  const values = [operand(context)];
  while (reader.takeSymbol(",")) {
    values.push(operand(context));
  }
  reader.expectSymbol("]");
  if (values.length > limits.items) {
    throw reader.problem(`an IN list has at most ${limits.items} values, not ${values.length}`, at);
  }
  return values;
}

function operand(context: Context): Expression {
  const { reader } = context;
  if (reader.takeSymbol("(")) {
    const inner = or(context);
    reader.expectSymbol(")");
    return inner;
  }
  const token = reader.peek();
  if (token.kind === "string" || token.kind === "number") {
    reader.take();
    return { kind: "literal", value: token.value };
  }
  const word = token.kind === "word" && !token.escaped ? token.text.toUpperCase() : "";
  if (Object.hasOwn(LITERALS, word)) {
    reader.take();
    return { kind: "literal", value: LITERALS[word] ?? null };
  }
  if (word === "SELECT") {
    throw reader.problem("subqueries are not supported");
  }
  return word !== "" && reader.isSymbol("(", 1) ? call(context) : parsePath(reader);
}

function call(context: Context): Expression {
  const { reader, functions } = context;
  const token = reader.take();
  const name = token.kind === "word" ? token.text.toUpperCase() : "";
  const arity = functions.get(name);
  if (arity === undefined) {
    throw reader.problem(
      `there is no function ${name}, expecting one of ${[...functions.keys()].join(", ")}`,
      token.at,
    );
  }
  const args = callArguments(context);
  if (args.length < arity[0] || args.length > arity[1]) {
    const [least, most] = arity;
    const wanted = least === most ? String(least) : `${least} to ${most}`;
    throw reader.problem(`${name} takes ${wanted} arguments, not ${args.length}`, token.at);
  }
  return { kind: "call", name, args, at: token.at };
}

function callArguments(context: Context): Expression[] {
  const { reader } = context;
  reader.expectSymbol("(");
  const args: Expression[] = reader.isSymbol(")") ? [] : [or(context)];
  while (reader.takeSymbol(",")) {
    args.push(or(context));
  }
  reader.expectSymbol(")");
  return args;
}

/** `T.motor.current`, `$metadata.$model`, `[[order]]`. */
export function parsePath(reader: TokenReader): Path {
  const first = reader.takeName("a name or value");
  const segments = [first.text];
  while (reader.takeSymbol(".")) {
    segments.push(reader.takeName("a name").text);
  }
  if (reader.isSymbol("[")) {
    throw reader.problem("arrays cannot be indexed: ARRAY_CONTAINS is what looks into them");
  }
  return { kind: "path", segments, at: first.at };
}
