/** Queries, spaces, and the document itself: the rest of the API's table. */
import * as z from "zod";
import { rolesOf } from "../../auth/AccessPolicy.ts";
import { TwinError } from "../../errors.ts";
import { noSuch } from "../../twins/knownTwin.ts";
import { pageOf, pageQuery } from "../page.ts";
import { QueryCursors } from "../QueryCursors.ts";
import { type Route, route } from "../Route.ts";
import { Space } from "../shapes.ts";
import type { RouteContext } from "./RouteContext.ts";
import { JSON_BODY } from "./twinRoutes.ts";

const LONGEST_QUERY = 8000;
const Spaces = z.object({ value: z.array(Space) });

export function queryRoutes({ services, now }: RouteContext): Route[] {
  const cursors = new QueryCursors({ now });
  return [
    route({
      method: "post",
      path: "/query",
      id: "query",
      tag: "Query",
      summary: "Query twins and relationships",
      description: "In the provider's own query language. A cursor serves once, within a minute, for the same query.",
      access: "read",
      body: {
        schema: z.strictObject({
          query: z.string().min(1).max(LONGEST_QUERY),
          cursor: pageQuery.cursor,
          limit: z.int().min(1).max(1000).default(100),
        }),
        ...JSON_BODY,
      },
      answers: { 200: { description: "Rows, in no order.", schema: pageOf(z.looseObject({})) } },
      async handle({ actor, body: { query, cursor, limit } }) {
        const { restrictions } = services.schemas;
        const roles = rolesOf(actor);
        const fault = restrictions.queryFault(roles, query);
        if (fault !== undefined) {
          throw new TwinError("FORBIDDEN", fault);
        }
        const { value, ...rest } =
          cursor === undefined
            ? await cursors.first(query, services.provider.query(query, { pageSize: limit }), limit)
            : await cursors.next(query, cursor, limit);
        return { status: 200, body: { value: value.map((row) => restrictions.seenRow(roles, row)), ...rest } };
      },
    }),
  ];
}

export function spaceRoutes({ services: { spaces, link } }: RouteContext): Route[] {
  return [
    route({
      method: "get",
      path: "/spaces",
      id: "listSpaces",
      tag: "Spaces",
      summary: "List the spaces that can be joined",
      access: "read",
      answers: { 200: { description: "The one that players join by default comes first.", schema: Spaces } },
      handle: () => ({ status: 200, body: { value: spaces.list() } }),
    }),
    route({
      method: "get",
      path: "/spaces/:id",
      id: "getSpace",
      tag: "Spaces",
      summary: "Get a space and the ids of the twins in it",
      access: "read",
      params: z.object({ id: z.string() }),
      answers: { 200: { description: "The space.", schema: Space.extend({ twinIds: z.array(z.string()) }) } },
      handle({ params: { id } }) {
        const space = spaces.get(id);
        if (space === undefined) {
          throw noSuch(link, `There is no space ${id}.`);
        }
        return { status: 200, body: { ...space, twinIds: [...spaces.members(id)] } };
      },
    }),
  ];
}

/** The document describes this route too, hence the function. */
export function documentRoutes(document: () => object): Route[] {
  return [
    route({
      method: "get",
      path: "/openapi.json",
      id: "getOpenApi",
      tag: "API",
      summary: "This document",
      access: "open",
      answers: { 200: { description: "OpenAPI 3.1.", schema: z.looseObject({ openapi: z.string() }) } },
      handle: () => ({ status: 200, body: document() }),
    }),
  ];
}
