/**
 * Options of public functions and plugins, checked when they are given: the error names the option, its value and what was
 * expected. Unknown names are refused, so that a misspelt option is not ignored; a value of undefined counts as not given.
 */
import { z } from "zod";

/** An object with some of these members and no others; those that are undefined are left out. */
export function members<T extends z.ZodRawShape>(shape: T) {
  const names = Object.keys(shape).join(", ");
  const error = ({ code }: { code?: string }) =>
    `${code === "unrecognized_keys" ? "" : "an object with "}some of ${names}`;
  return z.strictObject(shape, { error }).transform(withoutUndefined);
}

export function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

/** @throws what is wrong, as sentences; `whose`: the function or plugin that was given them */
export function checked<T extends z.ZodType>(whose: string, schema: T, options: unknown): z.output<T> {
  const parsed = schema.safeParse(options);
  if (parsed.success) {
    return parsed.data;
  }
  throw new Error(`${whose}: ${parsed.error.issues.map((issue) => sentence(issue, options)).join("; ")}`);
}

function sentence(issue: z.core.$ZodIssue, options: unknown): string {
  const nameOf = (path: readonly PropertyKey[]) => path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const names = issue.keys.map((key) => `'${nameOf([...issue.path, key])}'`).join(", ");
    return `there is no option ${names}: expected ${issue.message}`;
  }
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], options);
  const what = issue.path.length === 0 ? "the argument" : `option '${nameOf(issue.path)}'`;
  return `${what} is ${described(found)}: expected ${issue.message}`;
}

/** Never the content of an object: `services` is one. */
export function described(value: unknown): string {
  if (value === undefined) {
    return "missing";
  }
  if (typeof value === "string") {
    return JSON.stringify(value.slice(0, 60));
  }
  if (Array.isArray(value)) {
    return "an array";
  }
  if (typeof value === "object" && value !== null) {
    return "an object";
  }
  return typeof value === "function" ? "a function" : String(value);
}
