/** The route table → OpenAPI 3.1. The document says what `mountRoutes` does, since both read the same schemas. */
import * as z from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { Problem } from "./problem.ts";
import type { AnswerRule, Route } from "./Route.ts";

const HEADERS = {
  ETag: z.string().meta({ description: "Version of what was read or written." }),
  Location: z.string().meta({ description: "Path of what was created." }),
  "Operation-Location": z.string().meta({ description: "Path of the operation to follow." }),
};

export function openApiDocument(routes: readonly Route[], about: { version: string; base: string }): object {
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
    paths,
  });
}

function operation({
  id,
  tag,
  summary,
  description,
  params,
  query,
  headers,
  body,
  answers,
}: Route): ZodOpenApiOperationObject {
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    requestParams: {
      ...(params === undefined ? {} : { path: params }),
      ...(query === undefined ? {} : { query }),
      ...(headers === undefined ? {} : { header: headers }),
    },
    ...(body === undefined ? {} : { requestBody: { required: true, content: content(body.types, body.schema) } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, rule]) => [status, response(rule)])),
      default: { description: "A problem.", content: content(["application/problem+json"], Problem) },
    },
  };
}

function response({ description, schema, headers = [] }: AnswerRule) {
  return {
    description,
    ...(schema === undefined ? {} : { content: content(["application/json"], schema) }),
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers.map((name) => [name, HEADERS[name]])) }),
  };
}

function content(types: readonly string[], schema: z.ZodType) {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}
