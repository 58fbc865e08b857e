/**
 * WHERE clauses and event route filters: OR < AND < NOT < comparison, with parentheses, IN lists and function calls.
 */
import type { Comparison, Expression, Literal, Path } from "./ast.ts";
import type { TokenReader } from "./TokenReader.ts";

const COMPARISONS: ReadonlySet<string> = new Set(["=", "!=", "<", ">", "<=", ">="]);
const LITERALS: Readonly<Record<string, Literal>> = { TRUE: true, FALSE: false, NULL: null };
/** Words that end an expression; as names they need [[ ]]. */
const RESERVED = ["AND", "OR", "NOT", "IN", "NIN", "SELECT", "FROM", "WHERE", "JOIN", "RELATED", "MATCH", "AS", "TOP"];
/** Nesting of parentheses and NOTs beyond which a text is refused rather than the stack risked. */
const DEEPEST = 200;

/** Name in upper case → least and greatest number of arguments. */
export type Functions = ReadonlyMap<string, readonly [number, number]>;

/** One expression from where the reader stands. Throws QuerySyntaxError. */
export function parseExpression(reader: TokenReader, functions: Functions): Expression {
  return or({ reader, functions, depth: 0 });
}

interface Context {
  reader: TokenReader;
  functions: Functions;
  depth: number;
}

function or(context: Context): Expression {
  let left = and(context);
  while (context.reader.takeKeyword("OR")) {
    left = { kind: "or", left, right: and(context) };
  }
  return left;
}

function and(context: Context): Expression {
  let left = not(context);
  while (context.reader.takeKeyword("AND")) {
    left = { kind: "and", left, right: not(context) };
  }
  return left;
}

function not({ reader, functions, depth }: Context): Expression {
  if (depth > DEEPEST) {
    throw reader.problem(`more than ${DEEPEST} expressions inside each other`);
  }
  const inner = { reader, functions, depth: depth + 1 };
  return reader.takeKeyword("NOT") ? { kind: "not", operand: not(inner) } : comparison(inner);
}

function comparison(context: Context): Expression {
  const { reader } = context;
  const left = operand(context);
  const token = reader.peek();
  if (token.kind === "symbol" && COMPARISONS.has(token.text)) {
    reader.take();
    return { kind: "compare", operator: token.text as Comparison, left, right: operand(context) };
  }
  if (reader.takeKeyword("IN")) {
    return { kind: "in", operand: left, values: list(context) };
  }
  if (reader.takeKeyword("NIN") || (reader.isKeyword(["IN"], 1) && reader.takeKeyword("NOT"))) {
    reader.takeKeyword("IN");
    return { kind: "not", operand: { kind: "in", operand: left, values: list(context) } };
  }
  return left;
}

function list(context: Context): Expression[] {
  const { reader } = context;
  reader.expectSymbol("[");
  const values = [operand(context)];
  while (reader.takeSymbol(",")) {
    values.push(operand(context));
  }
  reader.expectSymbol("]");
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
  if (token.kind === "word" && !token.escaped && Object.hasOwn(LITERALS, token.text.toUpperCase())) {
    reader.take();
    return { kind: "literal", value: LITERALS[token.text.toUpperCase()] ?? null };
  }
  return token.kind === "word" && reader.isSymbol("(", 1) ? call(context) : parsePath(reader);
}

function call(context: Context): Expression {
  const { reader, functions } = context;
  const token = reader.take();
  const name = token.kind === "word" ? token.text.toUpperCase() : "";
  const arity = functions.get(name);
  if (arity === undefined) {
    throw reader.problem(`there is no function ${name}`, token.at);
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
  const { at } = reader.peek();
  const segments = [segment(reader)];
  while (reader.takeSymbol(".")) {
    segments.push(segment(reader));
  }
  return { kind: "path", segments, at };
}

function segment(reader: TokenReader): string {
  const token = reader.peek();
  if (token.kind !== "word" || reader.isKeyword(RESERVED)) {
    throw reader.expected("a name or value");
  }
  reader.take();
  return token.text;
}
