/** The route table → OpenAPI 3.1. The document says what `serveRoutes` does, since both read the same schemas. */
import * as z from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { idempotencyHeader, takesKey } from "./idempotency.ts";
import { Problem } from "./problem.ts";
import type { AnswerRule, Route } from "./Route.ts";

const HEADERS = {
  ETag: z.string().meta({ description: "Version of what was read or written." }),
  Location: z.string().meta({ description: "Path of what was created." }),
  "Operation-Location": z.string().meta({ description: "Path of the operation to follow." }),
  "Retry-After": z.int().meta({ description: "Seconds; where trying again may help." }),
  "Idempotency-Replayed": z.literal("true").meta({ description: "The first answer to this Idempotency-Key, again." }),
};

const BEARER = { type: "http", scheme: "bearer", bearerFormat: "JWT" } as const;

export interface ApiFacts {
  version: string;
  base: string;
  /** Callers need a token. */
  signIn: boolean;
}

export function openApiDocument(routes: readonly Route[], about: ApiFacts): object {
  const paths: Record<string, ZodOpenApiPathsObject[string]> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "colyseus-digital-twins",
      version: about.version,
      description: "Models, twins and relationships behind the rooms. Errors are RFC 9457 problems; switch on `code`.",
    },
    servers: [{ url: about.base }],
    ...(about.signIn ? { components: { securitySchemes: { bearer: BEARER } }, security: [{ bearer: [] }] } : {}),
    paths,
  });
}

function operation(route: Route): ZodOpenApiOperationObject {
  const { id, tag, summary, description, access, params, query, body, answers } = route;
  const headers = takesKey(route) ? idempotencyHeader.extend(route.headers?.shape ?? {}) : route.headers;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(access === "open" ? { security: [] } : {}),
    requestParams: {
      ...(params === undefined ? {} : { path: params }),
      ...(query === undefined ? {} : { query }),
      ...(headers === undefined ? {} : { header: headers }),
    },
    ...(body === undefined ? {} : { requestBody: { required: true, content: content(body.types, body.schema) } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, rule]) => [status, response(rule, takesKey(route))])),
      ...notModified(route),
      default: {
        description: "A problem.",
        headers: headersOf([], ["Retry-After"]),
        content: content(["application/problem+json"], Problem),
      },
    },
  };
}

function response(
  { description, schema, texts = [], headers = [], sometimes = [] }: AnswerRule,
  isRepeatable: boolean,
) {
  const bodies = { ...(schema && content(["application/json"], schema)), ...content(texts, z.string()) };
  const all = headersOf(headers, isRepeatable ? [...sometimes, "Idempotency-Replayed"] : sometimes);
  return {
    description,
    ...(Object.keys(bodies).length === 0 ? {} : { content: bodies }),
    ...(Object.keys(all.shape).length === 0 ? {} : { headers: all }),
  };
}

type HeaderName = keyof typeof HEADERS;

function headersOf(always: readonly HeaderName[], sometimes: readonly HeaderName[]): z.ZodObject {
  const shape = Object.fromEntries([
    ...always.map((name) => [name, HEADERS[name]] as const),
    ...sometimes.map((name) => [name, HEADERS[name].optional()] as const),
  ]);
  return z.object(shape);
}

/** serveRoutes answers so by itself, wherever a read has an etag. */
function notModified({ method, answers }: Route) {
  return method === "get" && answers[200]?.headers?.includes("ETag")
    ? { 304: { description: "Still as the etag in If-None-Match says." } }
    : {};
}

function content(types: readonly string[], schema: z.ZodType) {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}
