/**
 * How long the JSON text of a value is, counted without writing it. Of any value: what JSON has no word for counts as
 * JSON.stringify would treat it, nothing is thrown, and what goes on for ever ends at the limit. Used by checkInterfaces.
 */

/** Exact up to `limit`; any number above it means "more". Objects in `without` count nothing. */
export function jsonLength(value: unknown, limit: number, without: ReadonlySet<object>): number {
  let length = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && length <= limit) {
    const next = waiting.pop();
    if (next === null || typeof next !== "object") {
      length += scalarLength(next);
    } else if (!without.has(next)) {
      length += Array.isArray(next) ? openArray(next, waiting) : openObject(next, waiting);
    }
  }
  return length;
}

/** Brackets and commas; the items go to `waiting`. */
function openArray(array: readonly unknown[], waiting: unknown[]): number {
  for (const item of array) {
    waiting.push(item);
  }
  return 2 + Math.max(0, array.length - 1);
}

/** Braces, commas and keys with their colons; the values go to `waiting`. */
function openObject(object: object, waiting: unknown[]): number {
  let length = 1;
  for (const [key, value] of entriesOf(object)) {
    if (isInJson(value)) {
      length += stringLength(key) + 2;
      waiting.push(value);
    }
  }
  return Math.max(2, length);
}

/** None of an object that throws when it is read: a getter or a Proxy, which came from no JSON. */
function entriesOf(object: object): [string, unknown][] {
  try {
    return Object.entries(object);
  } catch {
    return [];
  }
}

function isInJson(value: unknown): boolean {
  return value !== undefined && typeof value !== "function" && typeof value !== "symbol";
}

function scalarLength(value: unknown): number {
  switch (typeof value) {
    case "string":
      return stringLength(value);
    case "number":
      return Number.isFinite(value) ? String(value).length : 4;
    case "boolean":
    case "bigint":
      return String(value).length;
    default:
      return 4; // null, and what becomes null in an array
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what JSON escapes
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

function stringLength(text: string): number {
  return ESCAPED.test(text) ? JSON.stringify(text).length : text.length + 2;
}
