/**
 * Makes a message handler from a payload schema and a function. Whatever goes wrong is a typed rejection to the one who
 * asked (`{ code, message, details? }`), never a kick (invariant 9), and never an exception in the room.
 */
import type { Client } from "@colyseus/core";
import type { z } from "zod";
import type { ErrorDetail } from "../src/errors.ts";
import { TwinError, toTwinError } from "../src/errors.ts";
import type { Log } from "../src/twins/types.ts";

/** The third argument of a Colyseus message handler; with `room.send` its `reject` goes nowhere. */
interface MessageContext {
  reject(reason: unknown): unknown;
}
export type RequestHandler = (client: Client, payload: unknown, context?: MessageContext) => Promise<unknown>;

export function request<T extends z.ZodType>(
  log: () => Log,
  schema: T,
  run: (client: Client, payload: z.output<T>) => unknown,
): RequestHandler {
  return async (client, payload, context) => {
    try {
      return await run(client, parse(schema, jsonOf(payload)));
    } catch (error) {
      const e = toTwinError(error);
      if (e !== error) {
        log().error({ err: error, client: client.sessionId }, "a request failed in an unforeseen way");
      }
      context?.reject(e.toJSON());
      return undefined;
    }
  };
}

function parse<T extends z.ZodType>(schema: T, payload: unknown): z.output<T> {
  const result = schema.safeParse(payload);
  if (result.success) {
    return result.data;
  }
  const details = result.error.issues.flatMap(nearest).map((issue) => detailOf(issue, payload));
  const where = details.map((d) => `${d.path}: ${d.expected}`).join("; ");
  throw new TwinError("INVALID_PAYLOAD", `The request does not have the expected shape. ${where}`, { details });
}

type Issue = z.core.$ZodIssue;

/** Of the shapes that a message may have, what is wrong with the one that it comes nearest to: fewest members are unknown, absent or of another type. */
function nearest(issue: Issue): Issue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) {
    return [issue];
  }
  const strange = (issues: Issue[]) =>
    issues.reduce(
      (sum, i) => sum + (i.code === "unrecognized_keys" ? i.keys.length : Number(i.code === "invalid_type")),
      0,
    );
  const [best] = issue.errors.toSorted((a, b) => strange(a) - strange(b) || a.length - b.length);
  return (best ?? []).flatMap((within) => nearest({ ...within, path: [...issue.path, ...within.path] }));
}

function detailOf(issue: Issue, payload: unknown): ErrorDetail {
  const path = issue.path.map((key) => `/${String(key)}`).join("");
  if (issue.code === "unrecognized_keys") {
    return { path: `${path}/${issue.keys[0]}`, expected: "no such member", found: issue.keys.join(", ") };
  }
  const found = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    payload,
  );
  return { path, expected: issue.message, found: describe(found) };
}

function describe(value: unknown): string {
  return value === undefined ? "nothing" : (JSON.stringify(value) ?? typeof value).slice(0, 100);
}

/**
 * What JSON can say: a member that a client sets to undefined is one that it leaves out; msgpack's 64-bit integers come
 * as bigint, and are refused where a number does not hold them.
 */
function jsonOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(jsonOf);
  }
  if (typeof value === "bigint") {
    return exact(value);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, jsonOf(member)]));
}

function exact(value: bigint): number {
  if (!Number.isSafeInteger(Number(value))) {
    const found = value.toString();
    const details = [{ path: "", expected: "integers within ±(2^53 - 1)", found }];
    throw new TwinError("INVALID_PAYLOAD", `${found} cannot be told exactly in JSON.`, { details });
  }
  return Number(value);
}
