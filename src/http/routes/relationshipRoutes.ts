/**
 * Relationships over REST: those that leave a twin, and those that arrive. Read from the provider, written by Control.
 * The port has no "get one": Azure's list of a twin's relationships answers as immediately as its get.
 */
import * as z from "zod";
import type { Actor } from "../../auth/AccessPolicy.ts";
import { TwinError } from "../../errors.ts";
import type { TwinServices } from "../../services.ts";
import type { Relationship as OurRelationship } from "../../twins/types.ts";
import { fromAzureRelationship, toAzureRelationship } from "../azureShapes.ts";
import { type PageRequest, page, pageOf, pageQuery } from "../page.ts";
import { type Answer, type Route, route } from "../Route.ts";
import {
  Id,
  ifMatchHeader,
  JsonPatch,
  NewRelationship,
  putHeaders,
  Relationship,
  RelationshipBody,
} from "../shapes.ts";
import { assertMatch } from "./assertMatch.ts";
import type { RouteContext } from "./RouteContext.ts";
import { JSON_BODY, PATCH_BODY } from "./twinRoutes.ts";

const tag = "Relationships";
const params = z.object({ id: Id });
const oneParams = z.object({ id: Id, rid: Id });
const answersOne = { schema: Relationship, headers: ["ETag"] } as const;

export function relationshipRoutes(context: RouteContext): Route[] {
  return [...readRoutes(context), ...createRoutes(context), ...changeRoutes(context)];
}

function readRoutes({ services }: RouteContext): Route[] {
  const { provider } = services;
  return [
    route({
      method: "get",
      path: "/twins/:id/relationships",
      id: "listRelationships",
      tag,
      summary: "List relationships that leave a twin",
      access: "read",
      params,
      query: z.strictObject({ ...pageQuery, name: z.string().min(1).optional() }),
      answers: { 200: { description: "Relationships by id.", schema: pageOf(Relationship) } },
      async handle({ params: { id }, query: { name, ...paging } }) {
        const all = await collect(provider.relationships(id, name === undefined ? {} : { name }));
        return { status: 200, body: await relationshipPage(services, id, all, paging) };
      },
    }),
    route({
      method: "get",
      path: "/twins/:id/incoming-relationships",
      id: "listIncomingRelationships",
      tag,
      summary: "List relationships that point at a twin",
      access: "read",
      params,
      query: z.strictObject(pageQuery),
      answers: { 200: { description: "By source and id.", schema: pageOf(Relationship) } },
      async handle({ params: { id }, query }) {
        const all = await collect(provider.incoming(id));
        return { status: 200, body: await relationshipPage(services, id, all, query) };
      },
    }),
    route({
      method: "get",
      path: "/twins/:id/relationships/:rid",
      id: "getRelationship",
      tag,
      summary: "Get a relationship",
      access: "read",
      params: oneParams,
      answers: { 200: { description: "The relationship.", ...answersOne } },
      handle: async ({ params: { id, rid } }) => ({ status: 200, ...(await found(services, id, rid)) }),
    }),
  ];
}

function createRoutes({ services, newId }: RouteContext): Route[] {
  const write = async (actor: Actor, r: OurRelationship) => {
    const { etag } = await services.control.putRelationship(actor, r);
    return { etag, body: toAzureRelationship({ ...r, etag }) };
  };
  return [
    route({
      method: "post",
      path: "/twins/:id/relationships",
      id: "createRelationship",
      tag,
      summary: "Create a relationship",
      description: "409 when it exists.",
      access: "control",
      params,
      body: { schema: NewRelationship, ...JSON_BODY },
      answers: { 201: { description: "Created.", schema: Relationship, headers: ["ETag", "Location"] } },
      async handle({ actor, params: { id }, body }) {
        const rid = body.$relationshipId ?? newId();
        if (body.$relationshipId !== undefined && (await find(services, id, rid)) !== undefined) {
          throw new TwinError("CONFLICT", `The twin ${id} has a relationship ${rid} already.`, { status: 409 });
        }
        const written = await write(actor, fromAzureRelationship(rid, id, body));
        return { status: 201, location: location(id, rid), ...written };
      },
    }),
    route({
      method: "put",
      path: "/twins/:id/relationships/:rid",
      id: "putRelationship",
      tag,
      summary: "Create or replace a relationship",
      description: "If-Match and If-None-Match are checked just before the write.",
      access: "control",
      params: oneParams,
      headers: putHeaders,
      body: { schema: RelationshipBody, ...JSON_BODY },
      answers: {
        200: { description: "Replaced.", ...answersOne },
        201: { description: "Created.", schema: Relationship, headers: ["ETag", "Location"] },
      },
      async handle({ actor, params: { id, rid }, headers, body }) {
        const before = await find(services, id, rid);
        assertMatch(before, headers["if-match"]);
        if (headers["if-none-match"] === "*" && before !== undefined) {
          throw new TwinError("CONFLICT", `The twin ${id} has a relationship ${rid} already.`);
        }
        const written = await write(actor, fromAzureRelationship(rid, id, body));
        return before === undefined
          ? { status: 201, location: location(id, rid), ...written }
          : { status: 200, ...written };
      },
    }),
  ];
}

function changeRoutes({ services }: RouteContext): Route[] {
  return [
    route({
      method: "patch",
      path: "/twins/:id/relationships/:rid",
      id: "patchRelationship",
      tag,
      summary: "Change a relationship's properties",
      access: "control",
      params: oneParams,
      headers: ifMatchHeader,
      body: { schema: JsonPatch, ...PATCH_BODY },
      answers: { 204: { description: "Changed.", headers: ["ETag"] } },
      async handle({ actor, params: { id, rid }, headers, body }) {
        const ifMatch = headers["if-match"];
        const request = {
          sourceId: id,
          relationshipId: rid,
          patch: body,
          ...(ifMatch === undefined ? {} : { ifMatch }),
        };
        const { etag } = await services.control.patchRelationship(actor, request);
        return { status: 204, etag };
      },
    }),
    route({
      method: "delete",
      path: "/twins/:id/relationships/:rid",
      id: "deleteRelationship",
      tag,
      summary: "Delete a relationship",
      access: "control",
      params: oneParams,
      headers: ifMatchHeader,
      answers: { 204: { description: "Deleted." } },
      async handle({ actor, params: { id, rid }, headers }) {
        const ifMatch = headers["if-match"];
        const request = { sourceId: id, relationshipId: rid, ...(ifMatch === undefined ? {} : { ifMatch }) };
        await services.control.deleteRelationship(actor, request);
        return { status: 204 };
      },
    }),
  ];
}

function location(id: string, rid: string): string {
  return `/twins/${encodeURIComponent(id)}/relationships/${encodeURIComponent(rid)}`;
}

async function find(services: TwinServices, id: string, rid: string): Promise<OurRelationship | undefined> {
  const all = await collect(services.provider.relationships(id));
  return all.find((r) => r.id === rid);
}

async function found(services: TwinServices, id: string, rid: string): Promise<Pick<Answer, "body" | "etag">> {
  const r = await find(services, id, rid);
  if (r === undefined) {
    throw new TwinError("NOT_FOUND", `The twin ${id} has no relationship ${rid}.`);
  }
  return { body: toAzureRelationship(r), etag: r.etag };
}

/** Ids are unique per source only. Without any the twin may be missing: NOT_FOUND then. */
async function relationshipPage(services: TwinServices, id: string, all: OurRelationship[], paging: PageRequest) {
  if (all.length === 0 && (await services.provider.getTwin(id)) === undefined) {
    throw new TwinError("NOT_FOUND", `There is no twin ${id}.`);
  }
  const { value, ...rest } = page(all, paging, (r) => `${r.sourceId} ${r.id}`);
  return { value: value.map(toAzureRelationship), ...rest };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
  }
  return all;
}
