/**
 * Zod's issues → the details of an INVALID_PAYLOAD: every fault with its JSON Pointer, what was expected and what was
 * found. Called for each part of a REST request (http/Route.ts) and for messages of rooms (plugins/request.ts).
 */
import type * as z from "zod";
import { type ErrorDetail, MAX_DETAILS } from "./errors.ts";

/** `value` is what was parsed; zod's issues do not carry it. The first `MAX_DETAILS` at least, perhaps not all. */
export function zodDetails(issues: readonly z.core.$ZodIssue[], value: unknown): ErrorDetail[] {
  return issues.slice(0, MAX_DETAILS).flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.slice(0, MAX_DETAILS).map((key) => detail([...issue.path, key], "nothing of this name", value));
    }
    return [detail(issue.path, expected(issue), value)];
  });
}

/** The first of them as a sentence. `whole`: what a request is called that is wrong as a whole. */
export function detailSentence(details: readonly ErrorDetail[], whole: string): string {
  const [first] = details;
  const others = details.length >= MAX_DETAILS ? "" : `${details.length - 1} `;
  const more = details.length > 1 ? ` (and ${others}more)` : "";
  return first === undefined
    ? "The request does not have the expected shape."
    : `${first.path || whole}: expected ${first.expected}, found ${first.found}${more}.`;
}

function detail(path: readonly PropertyKey[], expectation: string, value: unknown): ErrorDetail {
  return { path: pointer(path), expected: expectation, found: describe(at(value, path)) };
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "nonoptional" ? "a value" : `a value of type ${issue.expected}`;
    case "invalid_value":
      return oneOf(issue.values);
    case "invalid_union":
      return "options" in issue && issue.options !== undefined ? oneOf(issue.options) : issue.message;
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${measure(issue.origin)}`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${measure(issue.origin)}`;
    case "custom":
    case "invalid_element":
    case "invalid_format":
    case "invalid_key":
    case "not_multiple_of":
    case "unrecognized_keys":
      return issue.message;
    default:
      return issue satisfies never;
  }
}

function oneOf(values: readonly unknown[]): string {
  return `one of ${values.map(String).join(", ")}`;
}

function measure(origin: string): string {
  if (origin === "string") {
    return " characters";
  }
  return origin === "array" ? " items" : "";
}

/** JSON Pointer. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    here = typeof here === "object" && here !== null && Object.hasOwn(here, key) ? Reflect.get(here, key) : undefined;
  }
  return here;
}

const LONGEST = 80;

function describe(value: unknown): string {
  if (value === undefined) {
    return "nothing";
  }
  if (Array.isArray(value)) {
    return `an array of ${value.length}`;
  }
  if (typeof value === "object" && value !== null) {
    return "an object";
  }
  const text = typeof value === "string" ? JSON.stringify(value) : String(value); // JSON has no NaN
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
