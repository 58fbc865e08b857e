/**
 * A body that is no JSON Patch at all. The real service never gets to see it: the web framework in front of its code refuses
 * it, in a shape of its own (RFC 7807) and without an error code. Thrown by jsonPatch.
 */
import { randomBytes } from "node:crypto";
import { ServiceError } from "./ServiceError.ts";

export class UnreadablePatch extends ServiceError {
  readonly #at: string;

  /** `at`: where in the body, `[0]`, or nothing for all of it. */
  constructor(at: string, found: unknown) {
    const value = JSON.stringify(found)?.slice(0, 100);
    const type = at === "" ? "JsonPatchDocument" : "Operations.Operation";
    super(
      "BadRequest",
      `Error converting value ${value} to type 'Microsoft.AspNetCore.JsonPatch.${type}'. Path '${at}'.`,
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
