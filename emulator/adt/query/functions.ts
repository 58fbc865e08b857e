/**
 * The functions of the query language and of route filters: how many arguments they take and what they answer.
 *
 * An argument is undefined where a property is missing; so is then the answer, except for the IS_… functions.
 */
import { isObject, type Json } from "../types.ts";
import type { Functions } from "./parseExpression.ts";

export type Value = Json | undefined;
type Scalar = (args: readonly Value[]) => Value;

function onStrings(test: (text: string, part: string) => boolean): Scalar {
  return ([text, part]) =>
    text === undefined || part === undefined
      ? undefined
      : typeof text === "string" && typeof part === "string" && test(text, part);
}

const startsWith = onStrings((text, part) => text.startsWith(part));
const endsWith = onStrings((text, part) => text.endsWith(part));
const contains = onStrings((text, part) => text.includes(part));

/** Looks at the elements themselves: neither into nested arrays nor at objects. */
function arrayContains([array, value]: readonly Value[]): Value {
  return Array.isArray(array) && value !== undefined ? array.includes(value) : undefined;
}

/** IS_OF_MODEL needs the model graph and is answered by compileExpression. */
export const SCALARS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ["STARTSWITH", startsWith],
  ["STARTS_WITH", startsWith],
  ["ENDSWITH", endsWith],
  ["ENDS_WITH", endsWith],
  ["CONTAINS", contains],
  ["ARRAY_CONTAINS", arrayContains],
  ["IS_DEFINED", ([value]) => value !== undefined],
  ["IS_NULL", ([value]) => value === null],
  ["IS_BOOL", ([value]) => typeof value === "boolean"],
  ["IS_NUMBER", ([value]) => typeof value === "number"],
  ["IS_STRING", ([value]) => typeof value === "string"],
  ["IS_OBJECT", ([value]) => isObject(value)],
  ["IS_PRIMITIVE", ([value]) => value === null || ["boolean", "number", "string"].includes(typeof value)],
]);

/** Name → least and greatest number of arguments. The names with _ are reserved words too, hence known to the service. */
export const QUERY_FUNCTIONS: Functions = new Map([
  ["STARTSWITH", [2, 2]],
  ["STARTS_WITH", [2, 2]],
  ["ENDSWITH", [2, 2]],
  ["ENDS_WITH", [2, 2]],
  ["CONTAINS", [2, 2]],
  ["ARRAY_CONTAINS", [2, 2]],
  ["IS_DEFINED", [1, 1]],
  ["IS_NULL", [1, 1]],
  ["IS_BOOL", [1, 1]],
  ["IS_NUMBER", [1, 1]],
  ["IS_STRING", [1, 1]],
  ["IS_OBJECT", [1, 1]],
  ["IS_PRIMITIVE", [1, 1]],
  ["IS_OF_MODEL", [1, 3]],
]);

export const FILTER_FUNCTIONS: Functions = new Map([
  ["STARTS_WITH", [2, 2]],
  ["ENDS_WITH", [2, 2]],
  ["CONTAINS", [2, 2]],
]);
