/**
 * What one operation of the REST API is: method, path, the zod schemas of all that comes in and goes out, and the handler.
 * `route()` closes over the schemas, so that the table (`apiRoutes`) holds operations of one type: `serveRoutes` makes
 * express routes of it and `openApiDocument` the document, and neither can know of an operation that the other does not.
 */
import type * as z from "zod";
import type { Actor } from "../auth/AccessPolicy.ts";
import { type ErrorDetail, TwinError } from "../errors.ts";
import { detailSentence, zodDetails } from "../zodDetails.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** What a handler answers. `location` and `operation` are paths below the API's base. */
export interface Answer {
  status: number;
  body?: unknown;
  /** Instead of a body of JSON, with its media type. */
  text?: string;
  contentType?: string;
  etag?: string | undefined;
  location?: string;
  operation?: string;
}

export interface AnswerRule {
  description: string;
  schema?: z.ZodType;
  /** Media types of texts that may come instead of JSON. */
  texts?: readonly string[];
  headers?: readonly ("ETag" | "Location" | "Operation-Location")[];
  /** Headers that are not in each answer. */
  sometimes?: readonly "ETag"[];
}

export interface BodyRule<B extends z.ZodType = z.ZodType> {
  schema: B;
  /** Media types that are accepted. */
  types: readonly string[];
  /** Bytes; more is answered with 413. */
  limit: number;
}

/** What a handler receives, checked. */
export interface Call<P, Q, H, B> {
  params: P;
  query: Q;
  headers: H;
  body: B;
  actor: Actor;
}

/** What came in, unchecked. */
export type RawCall = Call<unknown, unknown, unknown, unknown>;

interface RouteText {
  method: Method;
  /** As express and the contract write it: `/twins/:id`. */
  path: string;
  /** `operationId` of the document. */
  id: string;
  tag: string;
  summary: string;
  description?: string;
  /**
   * "read", "audit": the policy is asked before the handler runs · "control": the handler's call of Control asks it ·
   * "open": whoever reaches the server.
   */
  access: "read" | "audit" | "control" | "open";
  answers: Readonly<Record<number, AnswerRule>>;
}

/** An operation with its types closed over. */
export interface Route extends RouteText {
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: BodyRule;
  /** Checks everything, then runs the handler. INVALID_PAYLOAD with every fault of the request at once. */
  run(raw: RawCall): Promise<Answer>;
}

type Nothing = z.ZodObject<Record<never, never>>;

export interface RouteDefinition<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  H extends z.ZodObject,
  B extends z.ZodType,
> extends RouteText {
  params?: P;
  query?: Q;
  headers?: H;
  body?: BodyRule<B>;
  handle(call: Call<z.output<P>, z.output<Q>, z.output<H>, z.output<B>>): Answer | Promise<Answer>;
}

export function route<
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  H extends z.ZodObject = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>(definition: RouteDefinition<P, Q, H, B>): Route {
  const { handle, ...rest } = definition;
  return {
    ...rest,
    async run(raw) {
      const details: ErrorDetail[] = [];
      const call = {
        params: checked(definition.params, raw.params, " (part of the path)", details),
        query: checked(definition.query, raw.query, " (query parameter)", details),
        headers: checked(definition.headers, raw.headers, " (header)", details),
        body: checked(definition.body?.schema, raw.body, "", details),
        actor: raw.actor,
      };
      if (details.length > 0) {
        throw new TwinError("INVALID_PAYLOAD", detailSentence(details, "The body"), { details });
      }
      // `checked` gave every part its schema's output, or there is a detail and we are not here.
      return await handle(call as Call<z.output<P>, z.output<Q>, z.output<H>, z.output<B>>);
    },
  };
}

/** The part as its schema gives it; faults go to `details`, `where` after what was expected. */
function checked(schema: z.ZodType | undefined, value: unknown, where: string, details: ErrorDetail[]): unknown {
  if (schema === undefined) {
    return undefined;
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    details.push(...zodDetails(result.error.issues, value).map((d) => ({ ...d, expected: d.expected + where })));
  }
  return result.data;
}
