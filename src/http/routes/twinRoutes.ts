/**
 * Twins over REST. One twin is read from the provider, where it is never late; lists come from the mirror, which knows
 * them all without asking the cloud page by page. Every write goes to Control, as a room's does.
 */
import * as z from "zod";
import { type Actor, rolesOf } from "../../auth/AccessPolicy.ts";
import { TwinError } from "../../errors.ts";
import type { TwinServices } from "../../services.ts";
import { knownTwin } from "../../twins/knownTwin.ts";
import type { Twin as ProvidedTwin } from "../../twins/types.ts";
import { fromAzureTwin } from "../azureShapes.ts";
import { pageOf, pageQuery } from "../page.ts";
import { type Answer, type Route, route } from "../Route.ts";
import { Dtmi, Id, ifMatchHeader, JsonPatch, NewTwin, putHeaders, Twin, TwinBody, TwinHistory } from "../shapes.ts";
import { assertMatch } from "./assertMatch.ts";
import { azureTwin, listTwins } from "./listTwins.ts";
import type { RouteContext } from "./RouteContext.ts";

export const BODY_LIMIT = 1024 * 1024;
export const JSON_BODY = { types: ["application/json"], limit: BODY_LIMIT };
export const PATCH_BODY = { types: ["application/json-patch+json", "application/json"], limit: BODY_LIMIT };

const tag = "Twins";
const params = z.object({ id: Id });
const TelemetryValues = z
  .looseObject({})
  .refine((values) => Object.keys(values).length > 0, "at least one value")
  .meta({ id: "TelemetryValues", description: "Telemetry name → value.", example: { vibration: 1.5 } });
const answersTwin = { schema: Twin, headers: ["ETag"] } as const;

export function twinRoutes(context: RouteContext): Route[] {
  return [...readRoutes(context), historyRoute(context), ...createRoutes(context), ...changeRoutes(context)];
}

function readRoutes({ services }: RouteContext): Route[] {
  return [
    route({
      method: "get",
      path: "/twins",
      id: "listTwins",
      tag,
      summary: "List twins",
      description:
        "In the order of their ids, as this server knows them; without $etag, which only GET of one twin tells for sure.",
      access: "read",
      query: z.strictObject({
        ...pageQuery,
        model: Dtmi.optional().meta({ description: "Only twins of this model and of those that extend it." }),
        q: z.string().max(200).optional().meta({ description: "Only twins whose id or name has this in it." }),
      }),
      answers: { 200: { description: "Twins by id.", schema: pageOf(Twin) } },
      handle: ({ query, actor }) => ({ status: 200, body: listTwins(services, query, rolesOf(actor)) }),
    }),
    route({
      method: "get",
      path: "/twins/:id",
      id: "getTwin",
      tag,
      summary: "Get a twin",
      access: "read",
      params,
      answers: { 200: { description: "The twin.", ...answersTwin } },
      handle: async ({ params: { id }, actor }) => ({ status: 200, ...(await found(services, id, actor)) }),
    }),
  ];
}

function historyRoute({ services, now }: RouteContext): Route {
  return route({
    method: "get",
    path: "/twins/:id/history",
    id: "getTwinHistory",
    tag,
    summary: "What the twin's numbers were lately",
    description:
      "Numbers and booleans (0 and 1), since this server started: 600 samples of a value at most, one a second. Not an archive.",
    access: "read",
    params,
    query: z.strictObject({
      seconds: z.coerce.number().positive().max(86_400).default(600).meta({ description: "How far back." }),
    }),
    answers: { 200: { description: "Samples by JSON Pointer, oldest first.", schema: TwinHistory } },
    handle({ actor, params: { id }, query: { seconds } }) {
      const held = knownTwin(services, id);
      const { restrictions } = services.schemas;
      const seen = [...services.history.of(id, now() - seconds * 1000)].filter(([path]) =>
        restrictions.allows(rolesOf(actor), held.modelId, path),
      );
      return { status: 200, body: { value: Object.fromEntries(seen) } };
    },
  });
}

function createRoutes({ services }: RouteContext): Route[] {
  return [
    route({
      method: "post",
      path: "/twins",
      id: "createTwin",
      tag,
      summary: "Create a twin",
      description: "409 when it exists.",
      access: "control",
      body: { schema: NewTwin, ...JSON_BODY },
      answers: { 201: { description: "Created.", schema: Twin, headers: ["ETag", "Location"] } },
      async handle({ actor, body }) {
        const { $dtId: twinId } = body;
        const request = { ...fromAzureTwin(body), ...(twinId === undefined ? {} : { twinId }) };
        const made = await services.control.createTwin(actor, request);
        const written = await found(services, made.twinId, actor);
        return { status: 201, location: `/twins/${encodeURIComponent(made.twinId)}`, ...written };
      },
    }),
    route({
      method: "put",
      path: "/twins/:id",
      id: "putTwin",
      tag,
      summary: "Create or replace a twin",
      description:
        "If-Match is checked just before the write; only PATCH and DELETE check it within the twin service. A twin with properties that the caller's role does not see is not replaced: they would be erased.",
      access: "control",
      params,
      headers: putHeaders,
      body: { schema: TwinBody, ...JSON_BODY },
      answers: {
        200: { description: "Replaced.", ...answersTwin },
        201: { description: "Created.", schema: Twin, headers: ["ETag", "Location"] },
      },
      async handle({ actor, params: { id }, headers, body }) {
        const before = await services.provider.getTwin(id);
        assertMatch(before, headers["if-match"]);
        assertSeesAll(services, actor, before);
        const once = headers["if-none-match"] === "*" ? ({ ifNoneMatch: "*" } as const) : undefined;
        await services.control.putTwin(actor, { id, ...fromAzureTwin(body) }, once);
        const written = await found(services, id, actor);
        return before === undefined
          ? { status: 201, location: `/twins/${encodeURIComponent(id)}`, ...written }
          : { status: 200, ...written };
      },
    }),
  ];
}

function changeRoutes({ services }: RouteContext): Route[] {
  return [
    route({
      method: "patch",
      path: "/twins/:id",
      id: "patchTwin",
      tag,
      summary: "Change a twin",
      description:
        "Operation-Location names the operation that tells when the change has been verified. What the twin's device reports about itself is asked of the device; then there is no ETag.",
      access: "control",
      params,
      headers: ifMatchHeader,
      body: { schema: JsonPatch, ...PATCH_BODY },
      answers: {
        204: {
          description: "Accepted by the twin service, or by the IoT Hub.",
          headers: ["Operation-Location"],
          sometimes: ["ETag"],
        },
      },
      async handle({ actor, params: { id }, headers, body }) {
        const ifMatch = headers["if-match"];
        const request = { twinId: id, patch: body, ...(ifMatch === undefined ? {} : { ifMatch }) };
        const { etag, operationId } = await services.control.patchTwin(actor, request);
        return { status: 204, etag, operation: `/operations/${encodeURIComponent(operationId)}` };
      },
    }),
    route({
      method: "delete",
      path: "/twins/:id",
      id: "deleteTwin",
      tag,
      summary: "Delete a twin",
      description: "409 while it has relationships.",
      access: "control",
      params,
      headers: ifMatchHeader,
      answers: { 204: { description: "Deleted." } },
      async handle({ actor, params: { id }, headers }) {
        const ifMatch = headers["if-match"];
        await services.control.deleteTwin(actor, { twinId: id, ...(ifMatch === undefined ? {} : { ifMatch }) });
        return { status: 204 };
      },
    }),
    route({
      method: "post",
      path: "/twins/:id/telemetry",
      id: "publishTelemetry",
      tag,
      summary: "Publish telemetry of a twin",
      access: "control",
      params,
      query: z.strictObject({ component: z.string().min(1).optional() }),
      body: { schema: TelemetryValues, ...JSON_BODY },
      answers: { 204: { description: "Published." } },
      async handle({ actor, params: { id }, query: { component }, body }) {
        const request = { twinId: id, payload: body, ...(component === undefined ? {} : { component }) };
        await services.control.publishTelemetry(actor, request);
        return { status: 204 };
      },
    }),
  ];
}

/** The twin as it is now, as far as the caller may see it, with its ETag. NOT_FOUND. */
async function found(services: TwinServices, id: string, actor: Actor): Promise<Pick<Answer, "body" | "etag">> {
  const twin = await services.provider.getTwin(id);
  if (twin === undefined) {
    throw new TwinError("NOT_FOUND", `There is no twin ${id}.`);
  }
  const seen = services.schemas.restrictions.seen(rolesOf(actor), twin);
  return { body: azureTwin(services.models.graph, seen), etag: twin.etag };
}

/** What somebody does not see he does not send back, and a replacement would erase it. @throws FORBIDDEN */
function assertSeesAll(
  { schemas: { restrictions } }: TwinServices,
  actor: Actor,
  twin: ProvidedTwin | undefined,
): void {
  const roles = rolesOf(actor);
  if (twin && !restrictions.seesAll(roles) && restrictions.seen(roles, twin) !== twin) {
    throw new TwinError(
      "FORBIDDEN",
      `The twin ${twin.id} has properties that your role does not see, and to replace it would erase them: change it by PATCH.`,
    );
  }
}
