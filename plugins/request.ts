/**
 * Makes a message handler from a payload schema and a function. Whatever goes wrong is a typed rejection to the one who
 * asked (`{ code, message, details? }`), never a kick (invariant 9), and never an exception in the room.
 */
import type { Client } from "@colyseus/core";
import type { z } from "zod";
import { TwinError, toTwinError } from "../src/errors.ts";
import type { Requests } from "../src/protocol/requests.ts";
import type { Log } from "../src/twins/types.ts";
import { detailSentence, zodDetails } from "../src/zodDetails.ts";
import { jsonOf, type Seen } from "./jsonOf.ts";
import { chargeRefused } from "./sync/InboundLimits.ts";

/** The third argument of a Colyseus message handler; with `room.send` its `reject` goes nowhere. */
interface MessageContext {
  reject(reason: unknown): unknown;
}
/** The SDK reads payload and reply off it. Whatever a client sends is checked before it is called a payload. */
export type RequestHandler<In, Out> = (client: Client, payload: In, context?: MessageContext) => Promise<Out>;
/** A plugin's handlers of these messages. */
export type Handlers<M extends keyof Requests> = { [K in M]: RequestHandler<Requests[K]["in"], Requests[K]["out"]> };

const made = new WeakSet<object>();
/** It was made here, so it is a plugin's of ours. */
export const isRequest = (handler: unknown): boolean => typeof handler === "function" && made.has(handler);

/** What is refused, for whatever reason, is charged by its values: to look at each takes longer than to receive it. */
export function request<T extends z.ZodType, Out>(
  log: () => Log,
  schema: T,
  run: (client: Client, payload: z.output<T>) => Out | Promise<Out>,
): RequestHandler<z.input<T>, Out> {
  const handler: RequestHandler<z.input<T>, Out> = async (client, payload, context) => {
    const seen: Seen = { values: 1, depth: 0, path: [] };
    try {
      return await run(client, parse(schema, payload, seen));
    } catch (error) {
      chargeRefused(client, seen.values);
      const e = toTwinError(error);
      if (e !== error) {
        log().error({ err: error, client: client.sessionId }, "a request failed in an unforeseen way");
      }
      context?.reject(e.toJSON());
      return undefined as never; // nobody gets it: he was refused
    }
  };
  made.add(handler);
  return handler;
}

function parse<T extends z.ZodType>(schema: T, payload: unknown, seen: Seen): z.output<T> {
  const json = jsonOf(payload, seen);
  const result = schema.safeParse(json);
  if (result.success) {
    return result.data;
  }
  throw refusal(result.error.issues, json);
}

function refusal(issues: readonly Issue[], json: unknown): TwinError {
  const details = zodDetails(issues.flatMap(nearest), json);
  return new TwinError("INVALID_PAYLOAD", detailSentence(details, "The payload"), { details });
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
