/**
 * Does a JSON value fit a schema? Every write on the way back goes through here before it costs anything, and so does
 * every twin that comes in from outside. Issues are collected, nothing is thrown, whatever the value.
 *
 * Called by validateTwin, validatePatch and validateRelationship, and by callers with a single value (Telemetry, Commands).
 */
import { describe } from "./describe.ts";
import { isDate, isDateTime, isDuration, isTime } from "./formats.ts";
import { geospatialFault } from "./geospatial.ts";
import { escapeSegment } from "./pointer.ts";
import type { Field, ModelGraph, PrimitiveKind, Schema, ValueIssue } from "./types.ts";

const INT32 = 2 ** 31;
const INT64 = 2 ** 63;
const INT64_EXACT = 2n ** 63n;
/** Deeper than any schema can be: stops cyclic objects. */
const MAX_DEPTH = 64;
/** More would tell nobody anything; keeps the answer to a hostile value small. */
export const MAX_VALUE_ISSUES = 100;

const EXPECTED: Record<PrimitiveKind, string> = {
  boolean: "true or false",
  integer: "an integer from -2147483648 to 2147483647",
  long: "an integer from -9223372036854775808 to 9223372036854775807",
  float: "a number within ±3.4028235e38",
  double: "a finite number",
  string: "a string",
  date: "a date such as 2024-12-31 (RFC 3339)",
  dateTime: "a date and time such as 2024-12-31T23:59:59Z (RFC 3339)",
  time: "a time with offset such as 23:59:59Z (RFC 3339)",
  duration: "a duration such as PT1H30M (ISO 8601)",
};

const FORMATS: Partial<Record<PrimitiveKind, (text: string) => boolean>> = {
  date: isDate,
  dateTime: isDateTime,
  time: isTime,
  duration: isDuration,
};

/** `issues[].path` is relative to the value. Schemas are resolved, so the graph is there for callers' symmetry only. */
export function validateValue(_graph: ModelGraph, schema: Schema, value: unknown): ValueIssue[] {
  return collect((issues) => checkValue(schema, value, "", issues));
}

/** What `check` finds. A value that is not from JSON may run code of its own when read: that it throws is a fault of the value. */
export function collect(check: (issues: ValueIssue[]) => void): ValueIssue[] {
  const issues: ValueIssue[] = [];
  try {
    check(issues);
  } catch (error) {
    const found = error instanceof Error ? error.message : "it throws";
    const expected = "a value as JSON.parse gives it";
    issues.push({ code: "unreadable", path: "", expected, found, message: `The value cannot be read: ${found}` });
  }
  return issues;
}

/** As validateValue, appending to `issues`; `path` is the pointer of the value. */
export function checkValue(schema: Schema, value: unknown, path: string, issues: ValueIssue[], depth = 0): void {
  if (issues.length >= MAX_VALUE_ISSUES) {
    return;
  }
  if (depth > MAX_DEPTH) {
    issues.push(issue("depth", path, `at most ${MAX_DEPTH} levels`, value));
    return;
  }
  switch (schema.kind) {
    case "Enum":
      checkEnum(schema, value, path, issues);
      return;
    case "Object":
      checkObject(schema.fields, value, path, issues, depth);
      return;
    case "Map":
      checkMap(schema.value.schema, value, path, issues, depth);
      return;
    case "Array":
      checkArray(schema.element, value, path, issues, depth);
      return;
    case "point":
    case "multiPoint":
    case "lineString":
    case "multiLineString":
    case "polygon":
    case "multiPolygon": {
      const fault = geospatialFault(schema.kind, value);
      if (fault !== undefined) {
        issues.push(issue(fault.code, path + fault.path, fault.expected, fault.found));
      }
      return;
    }
    default:
      checkPrimitive(schema.kind, value, path, issues);
      return;
  }
}

export function issue(code: string, path: string, expected: string, value: unknown): ValueIssue {
  const found = describe(value);
  return { code, path, expected, found, message: `Expected ${expected}, found ${found}.` };
}

function checkPrimitive(kind: PrimitiveKind, value: unknown, path: string, issues: ValueIssue[]): void {
  const code = primitiveFault(kind, value);
  if (code !== undefined) {
    issues.push(issue(code, path, EXPECTED[kind], value));
  }
}

function primitiveFault(kind: PrimitiveKind, value: unknown): "type" | "range" | "format" | undefined {
  switch (kind) {
    case "boolean":
      return typeof value === "boolean" ? undefined : "type";
    case "string":
      return typeof value === "string" ? undefined : "type";
    case "double":
    case "float":
      return floatFault(kind, value);
    case "integer":
    case "long":
      return integerFault(kind, value);
    default:
      if (typeof value !== "string") {
        return "type";
      }
      return FORMATS[kind]?.(value) === true ? undefined : "format";
  }
}

function floatFault(kind: "double" | "float", value: unknown): "type" | "range" | undefined {
  if (typeof value !== "number" || Number.isNaN(value)) {
    return "type";
  }
  // What rounds to the largest float fits: 3.4028235e38, as most languages write it, is a little above it.
  return Number.isFinite(kind === "float" ? Math.fround(value) : value) ? undefined : "range";
}

/** 2^63 as a number is refused: it is what 9223372036854775807 becomes in JavaScript, and would be sent on as too large. */
function integerFault(kind: "integer" | "long", value: unknown): "type" | "range" | undefined {
  if (typeof value === "bigint") {
    const limit = kind === "integer" ? BigInt(INT32) : INT64_EXACT;
    return value >= -limit && value < limit ? undefined : "range";
  }
  if (typeof value !== "number" || Number.isNaN(value)) {
    return "type";
  }
  if (!Number.isInteger(value)) {
    return Number.isFinite(value) ? "type" : "range";
  }
  const limit = kind === "integer" ? INT32 : INT64;
  return value >= -limit && value < limit ? undefined : "range";
}

function checkEnum(
  schema: Extract<Schema, { kind: "Enum" }>,
  value: unknown,
  path: string,
  issues: ValueIssue[],
): void {
  for (const choice of schema.values) {
    if (choice.value === value) {
      return;
    }
  }
  const shown = schema.values.slice(0, 12).map((choice) => JSON.stringify(choice.value));
  const more = schema.values.length > shown.length ? ", …" : "";
  const wanted = schema.valueSchema === "integer" ? "number" : "string";
  const code = typeof value === wanted ? "enum" : "type";
  issues.push(issue(code, path, `one of ${shown.join(", ")}${more}`, value));
}

/**
 * A JSON object: not null, not an array, nothing with a class of its own, such as a Date, which JSON would make something
 * else of. An object of another realm is one too: its prototype is the last of its chain.
 */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function checkObject(
  fields: readonly Field[],
  value: unknown,
  path: string,
  issues: ValueIssue[],
  depth: number,
): void {
  if (!isRecord(value)) {
    issues.push(issue("type", path, "an object", value));
    return;
  }
  for (const key of Object.keys(value)) {
    const field = fields.find((candidate) => candidate.name === key);
    const at = `${path}/${escapeSegment(key)}`;
    if (field === undefined) {
      issues.push(
        unknownName(
          at,
          key,
          fields.map((candidate) => candidate.name),
          "field",
        ),
      );
    } else {
      checkValue(field.schema, value[key], at, issues, depth + 1);
    }
    if (issues.length >= MAX_VALUE_ISSUES) {
      return;
    }
  }
  for (const field of fields) {
    if (field.required === true && !Object.hasOwn(value, field.name)) {
      issues.push(issue("required", `${path}/${field.name}`, `the field ${field.name}`, undefined));
    }
  }
}

function checkMap(schema: Schema, value: unknown, path: string, issues: ValueIssue[], depth: number): void {
  if (!isRecord(value)) {
    issues.push(issue("type", path, "an object: the map's keys and values", value));
    return;
  }
  for (const key of Object.keys(value)) {
    const at = `${path}/${escapeSegment(key)}`;
    checkMapKey(key, at, issues);
    checkValue(schema, value[key], at, issues, depth + 1);
    if (issues.length >= MAX_VALUE_ISSUES) {
      return;
    }
  }
}

/** The service keeps names that begin with $ for itself, at any depth. */
export function checkMapKey(key: string, path: string, issues: ValueIssue[]): void {
  if (key.startsWith("$")) {
    issues.push(issue("key", path, "a key that does not begin with $, which is the service's own", key));
  }
}

function checkArray(schema: Schema, value: unknown, path: string, issues: ValueIssue[], depth: number): void {
  if (!Array.isArray(value)) {
    issues.push(issue("type", path, "an array", value));
    return;
  }
  for (let i = 0; i < value.length && issues.length < MAX_VALUE_ISSUES; i++) {
    checkValue(schema, value[i], `${path}/${i}`, issues, depth + 1);
  }
}

/** For a name that the model does not have; tells up to ten of those it has. */
export function unknownName(path: string, name: string, known: Iterable<string>, what: string): ValueIssue {
  const names = [...known];
  const shown = names.slice(0, 10).join(", ") + (names.length > 10 ? ", …" : "");
  const expected = names.length === 0 ? `no ${what} here` : `a ${what}: ${shown}`;
  const found = describe(name);
  return { code: "unknown", path, expected, found, message: `There is no ${what} ${found} in the model.` };
}
