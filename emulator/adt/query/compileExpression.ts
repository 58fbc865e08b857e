/**
 * Expression → a function of one row. Three-valued: a comparison with a missing property is undefined, and so is what is
 * built on it by NOT; a WHERE keeps the rows that give true.
 */
import type { Json } from "../types.ts";
import type { Call, Comparison, Expression, Path } from "./ast.ts";
import { SCALARS, type Value } from "./functions.ts";

export type Evaluate<Row> = (row: Row) => Value;

/** How names are looked up: alias or collection for queries, event attributes for filters. */
export interface Names<Row> {
  /** Throws QuerySyntaxError for a name that can never be. */
  path(path: Path): Evaluate<Row>;
  isOfModel?(call: Call): Evaluate<Row>;
}

export function compileExpression<Row>(expression: Expression, names: Names<Row>): Evaluate<Row> {
  const compile = (part: Expression) => compileExpression(part, names);
  switch (expression.kind) {
    case "literal":
      return () => expression.value;
    case "path":
      return names.path(expression);
    case "compare":
      return compare(expression.operator, compile(expression.left), compile(expression.right));
    case "in":
      return isIn(compile(expression.operand), expression.values.map(compile));
    case "and":
      return both(compile(expression.left), compile(expression.right), false);
    case "or":
      return both(compile(expression.left), compile(expression.right), true);
    case "not":
      return negate(compile(expression.operand));
    case "call":
      return call(expression, names);
  }
}

function call<Row>(expression: Call, names: Names<Row>): Evaluate<Row> {
  if (expression.name === "IS_OF_MODEL" && names.isOfModel !== undefined) {
    return names.isOfModel(expression);
  }
  const scalar = SCALARS.get(expression.name);
  const args = expression.args.map((arg) => compileExpression(arg, names));
  return (row) => scalar?.(args.map((arg) => arg(row)));
}

/** Short-circuits on `decisive`: false for AND, true for OR. */
function both<Row>(left: Evaluate<Row>, right: Evaluate<Row>, decisive: boolean): Evaluate<Row> {
  return (row) => {
    const first = left(row);
    if (first === decisive) {
      return decisive;
    }
    const second = right(row);
    return second === decisive ? decisive : first === !decisive && second === !decisive ? !decisive : undefined;
  };
}

function negate<Row>(operand: Evaluate<Row>): Evaluate<Row> {
  return (row) => {
    const value = operand(row);
    return typeof value === "boolean" ? !value : undefined;
  };
}

function isIn<Row>(operand: Evaluate<Row>, values: readonly Evaluate<Row>[]): Evaluate<Row> {
  return (row) => {
    const value = operand(row);
    return value === undefined ? undefined : values.some((candidate) => isEqual(value, candidate(row)));
  };
}

function compare<Row>(operator: Comparison, left: Evaluate<Row>, right: Evaluate<Row>): Evaluate<Row> {
  return (row) => {
    const a = left(row);
    const b = right(row);
    if (a === undefined || b === undefined) {
      return undefined;
    }
    return operator === "=" ? isEqual(a, b) : operator === "!=" ? !isEqual(a, b) : isOrdered(operator, a, b);
  };
}

function isEqual(a: Json, b: Value): boolean {
  return typeof a === "object" && a !== null ? JSON.stringify(a) === JSON.stringify(b) : a === b;
}

/** Only numbers with numbers and strings with strings have an order. */
function isOrdered(operator: "<" | ">" | "<=" | ">=", a: Json, b: Json): Value {
  if (typeof a !== typeof b || (typeof a !== "number" && typeof a !== "string")) {
    return undefined;
  }
  const [x, y] = [a, b as typeof a];
  switch (operator) {
    case "<":
      return x < y;
    case ">":
      return x > y;
    case "<=":
      return x <= y;
    case ">=":
      return x >= y;
  }
}
