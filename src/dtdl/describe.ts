/**
 * How a found JSON value is told to a person: short, one line, never the whole of a large one.
 */

const LONGEST = 60;

export function describe(value: unknown): string {
  if (value === undefined) {
    return "nothing";
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty array" : `an array of ${value.length}`;
  }
  if (value !== null && typeof value === "object") {
    return "an object";
  }
  if (typeof value === "bigint") {
    return String(value);
  }
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
