/** A nested value by names; undefined where any of them is missing. Own members only. */
import { isObject } from "../types.ts";
import type { Value } from "./functions.ts";

export function lookUp(root: Value, segments: readonly string[]): Value {
  let value = root;
  for (const segment of segments) {
    value = isObject(value) && Object.hasOwn(value, segment) ? value[segment] : undefined;
  }
  return value;
}
