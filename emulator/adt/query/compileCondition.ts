/**
 * A condition of a WHERE clause → a function of a row, and which slots it reads, so that the walk can ask as soon as they
 * are filled. Called by planQuery.
 */
import type { Call, Expression } from "./ast.ts";
import type { Pattern } from "./bindQuery.ts";
import { compileExpression, type Evaluate } from "./compileExpression.ts";
import { lookUp } from "./lookUp.ts";
import { acceptsModel, modelTest } from "./modelTest.ts";
import type { QuerySource, Row } from "./QuerySource.ts";
import { QuerySyntaxError } from "./QuerySyntaxError.ts";

export interface Condition {
  slots: ReadonlySet<number>;
  isTrue(row: Row): boolean;
}

/** The parts of the top-level AND, each for itself. Throws QuerySyntaxError. */
export function compileConditions(where: Expression | undefined, pattern: Pattern, source: QuerySource): Condition[] {
  return where === undefined ? [] : conjuncts(where).map((part) => compileCondition(part, pattern, source));
}

function conjuncts(expression: Expression): Expression[] {
  return expression.kind === "and" ? [...conjuncts(expression.left), ...conjuncts(expression.right)] : [expression];
}

function compileCondition(expression: Expression, pattern: Pattern, source: QuerySource): Condition {
  const slots = new Set<number>();
  checkArrays(expression, pattern);
  const evaluate = compileExpression<Row>(expression, {
    path: (path) => {
      const { slot, segments } = pattern.resolve(path);
      slots.add(slot);
      return compileMember(slot, segments);
    },
    isOfModel: (call) => {
      const test = modelTest(call, pattern);
      slots.add(test.slot);
      const accepts = acceptsModel(test, source.graph);
      return (row) => {
        const record = row[test.slot];
        return record !== undefined && "modelId" in record && accepts(record.modelId);
      };
    },
  });
  return { slots, isTrue: (row) => evaluate(row) === true };
}

/** A twin, a relationship or something in it. */
export function compileMember(slot: number, segments: readonly string[]): Evaluate<Row> {
  const [only = ""] = segments;
  if (segments.length !== 1) {
    return (row) => lookUp(row[slot]?.document, segments);
  }
  return (row) => {
    const document = row[slot]?.document;
    return document !== undefined && Object.hasOwn(document, only) ? document[only] : undefined;
  };
}

/** "ARRAY_CONTAINS() isn't supported on properties of relationships" (reference, functions). */
function checkArrays(expression: Expression, pattern: Pattern): void {
  for (const call of callsIn(expression)) {
    const array = call.name === "ARRAY_CONTAINS" ? call.args[0] : undefined;
    if (array?.kind === "path" && pattern.slots[pattern.resolve(array).slot]?.kind === "relationship") {
      const problem = "ARRAY_CONTAINS is not supported on properties of relationships";
      throw new QuerySyntaxError(pattern.text, call.at, problem);
    }
  }
}

function callsIn(expression: Expression): Call[] {
  switch (expression.kind) {
    case "and":
    case "or":
    case "compare":
      return [...callsIn(expression.left), ...callsIn(expression.right)];
    case "not":
      return callsIn(expression.operand);
    case "in":
      return [expression.operand, ...expression.values].flatMap(callsIn);
    case "call":
      return [expression, ...expression.args.flatMap(callsIn)];
    case "literal":
    case "path":
      return [];
  }
}
