/**
 * A body that is no JSON Patch at all. The real service never gets to see it: the web framework in front of its code refuses
 * it, in a shape of its own (RFC 7807) and without an error code. Thrown by jsonPatch.
 */
import { randomBytes } from "node:crypto";
import { ServiceError } from "./ServiceError.ts";

export class UnreadablePatch extends ServiceError {
  readonly #at: string;

  /** `text`: the body; `index`: which of its elements is no operation; absent: it is no array. */
  constructor(text: string, index?: number) {
    const { value, end } = index === undefined ? { value: text.trim(), end: text.trimEnd().length } : find(text, index);
    const type = index === undefined ? "JsonPatchDocument" : "Operations.Operation";
    const at = index === undefined ? "" : `[${index}]`;
    const lines = text.slice(0, end).split("\n");
    const place = `line ${lines.length}, position ${lines.at(-1)?.length ?? 0}`;
    super(
      "BadRequest",
      `Error converting value ${value.slice(0, 100)} to type 'Microsoft.AspNetCore.JsonPatch.${type}'. Path '${at}', ${place}.`,
    );
    this.#at = at;
  }

  override get headers(): Record<string, string> {
    return { "Content-Type": "application/problem+json; charset=utf-8" };
  }

  override toJSON(): object {
    const traceId = `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-00`;
    return {
      errors: { [this.#at]: [this.message] },
      type: "https://tools.ietf.org/html/rfc7231#section-6.5.1",
      title: "One or more validation errors occurred.",
      status: this.status,
      detail: null,
      instance: null,
      extensions: { traceId },
    };
  }
}

/** An element of a JSON array as it stands in its text, and where it ends. */
function find(array: string, index: number): { value: string; end: number } {
  const bounds = boundsOf(array);
  const end = array.slice(0, bounds[index + 1]).trimEnd().length;
  return { value: array.slice((bounds[index] ?? 0) + 1, end).trim(), end };
}

/** Where a JSON array's own brackets and commas are. */
function boundsOf(array: string): number[] {
  const bounds: number[] = [];
  let depth = 0;
  // Strings as a whole: what is in them is no structure.
  for (const { 0: token, index } of array.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/g)) {
    depth -= token === "]" || token === "}" ? 1 : 0;
    if (depth === (token === "," ? 1 : 0) && token.length === 1) {
      bounds.push(index);
    }
    depth += token === "[" || token === "{" ? 1 : 0;
  }
  return bounds;
}
