/**
 * `/digitaltwins/{id}` and its components: PUT, GET, PATCH, DELETE, each write with one notification.
 */
import { validateTwin } from "../../../src/dtdl/index.ts";
import { checkIfMatch, checkIfNoneMatch, newEtag } from "../etag.ts";
import type { ChangeType } from "../events/toNotification.ts";
import type { Operation, ServiceRequest } from "../http/types.ts";
import { differences, type PatchOperation, parsePatch, showPatch } from "../jsonPatch.ts";
import { TwinRecord } from "../records.ts";
import {
  componentNotFound,
  invalidPayload,
  invalidTwin,
  patchInvalid,
  twinHasRelationships,
  twinNotFound,
} from "../refusals.ts";
import { ServiceError } from "../ServiceError.ts";
import { isObject, type JsonObject } from "../types.ts";
import { describeIssue } from "./describeIssue.ts";
import { checkPayload, checkTwinSize, LIMITS, sizeOf, tooLong } from "./limits.ts";
import type { Service } from "./Service.ts";
import { createDocument, hasUpdateTime, modelOf, patchDocument, showTwin } from "./twinDocument.ts";

interface TwinChange {
  type: ChangeType;
  twinId: string;
  body: JsonObject;
}
type Names = "get" | "put" | "patch" | "remove" | "getComponent" | "patchComponent";

export function twinOperations(service: Service): Record<Names, Operation> {
  const { instance } = service;

  /** Saves the twin after a patch and tells about it. */
  function update(request: ServiceRequest, twin: TwinRecord, patch: readonly PatchOperation[]) {
    checkIfMatch(request.header("if-match"), twin.etag);
    const etag = newEtag();
    const document = patchDocument(twin.document, patch, { graph: instance.graph, etag, time: request.time });
    const modelId = modelOf(document);
    checkModel(service, modelId, twin.modelId);
    const long = patch.flatMap((operation) =>
      operation.op === "remove" ? [] : tooLong(operation.value, operation.path),
    );
    checkTwin(service, document, long);
    const size = checkTwinSize(document, (twin.size ?? Number.POSITIVE_INFINITY) + request.bodyBytes);
    const { ordinal, id } = twin;
    const fields = { ordinal, id, modelId: instance.intern(modelId), etag, size };
    instance.putTwin(new TwinRecord(fields, JSON.stringify(document)));
    const body = { modelId, patch: showPatch(patch) };
    emitChange(service, request, { type: "Microsoft.DigitalTwins.Twin.Update", twinId: twin.id, body });
    return { status: 204, headers: { ETag: etag } };
  }

  return {
    get: (request, { id = "" }) => answer(findTwin(service, id), request),

    put: (request, { id = "" }) => {
      const before = instance.twins.get(checkId(id));
      checkIfNoneMatch(request.header("if-none-match"), before !== undefined, { kind: "twin", id });
      checkIfMatch(request.header("if-match"), before?.etag);
      checkPayload(request);
      const twin = putTwinDocument(service, id, checkBody(request.json()), request.time);
      emitChange(service, request, { twinId: id, ...putEvent(service, before, twin) });
      return answer(twin, request);
    },

    patch: (request, { id = "" }) => {
      const twin = findTwin(service, id);
      checkPayload(request);
      return update(request, twin, parsePatch(request));
    },

    remove: (request, { id = "" }) => {
      const twin = findTwin(service, id);
      checkIfMatch(request.header("if-match"), twin.etag);
      if (instance.outgoing.has(id) || instance.incoming.has(id)) {
        throw twinHasRelationships(id);
      }
      instance.deleteTwin(twin);
      emitChange(service, request, {
        type: "Microsoft.DigitalTwins.Twin.Delete",
        twinId: id,
        body: twin.document,
      });
      return { status: 204 };
    },

    getComponent: (_request, { id = "", component = "" }) => {
      const twin = findTwin(service, id);
      return { status: 200, body: findComponent(service, twin, component), headers: { ETag: twin.etag } };
    },

    patchComponent: (request, { id = "", component = "" }) => {
      const twin = findTwin(service, id);
      checkPayload(request);
      const patch = parsePatch(request).map((operation) => ({
        ...operation,
        path: `/${component}${operation.path}`,
        segments: [component, ...operation.segments],
      }));
      if (!instance.graph.get(twin.modelId)?.components.has(component)) {
        throw patchInvalid(`Could not resolve path ${patch[0]?.path ?? `/${component}`}`);
      }
      return update(request, twin, patch);
    },
  };
}

/** Creates or replaces a twin, without telling anybody. */
export function putTwinDocument(service: Service, id: string, body: JsonObject, time: string): TwinRecord {
  const { instance } = service;
  const before = instance.twins.get(checkId(id));
  checkModel(service, modelOf(body), before?.modelId);
  checkTwin(service, body, tooLong(body, ""));
  if (before === undefined && instance.twins.size >= LIMITS.twins) {
    throw new ServiceError("TwinLimitReached", `An instance has at most ${LIMITS.twins} digital twins.`);
  }
  const etag = newEtag();
  const document = createDocument(body, instance.graph, { id, etag, time });
  const size = checkTwinSize(document, sizeOf(document));
  const ordinal = before?.ordinal ?? instance.nextOrdinal();
  const modelId = instance.intern(modelOf(document));
  const twin = new TwinRecord({ ordinal, id: before?.id ?? id, modelId, etag, size }, JSON.stringify(document));
  instance.putTwin(twin);
  return twin;
}

function answer(twin: TwinRecord, request: ServiceRequest) {
  const shown = hasUpdateTime(request.apiVersion)
    ? { text: twin.text }
    : { body: showTwin(twin.document, request.apiVersion) };
  return { status: 200, ...shown, headers: { ETag: twin.etag } };
}

function checkId(id: string): string {
  if (id.length === 0 || id.length > LIMITS.id) {
    throw new ServiceError("InvalidArgument", `A twin id has 1 to ${LIMITS.id} characters.`);
  }
  return id;
}

export function findTwin(service: Service, id: string): TwinRecord {
  const twin = service.instance.twins.get(checkId(id));
  if (twin === undefined) {
    throw twinNotFound(id);
  }
  return twin;
}

/** ComponentNotFound when its model has no such component. */
export function findComponent(service: Service, twin: TwinRecord, name: string): JsonObject {
  const component = service.instance.graph.get(twin.modelId)?.components.has(name) ? twin.document[name] : undefined;
  if (!isObject(component)) {
    throw componentNotFound(twin.id, name);
  }
  return component;
}

function checkBody(body: unknown): JsonObject {
  if (!isObject(body)) {
    throw invalidPayload();
  }
  return body;
}

/** No new twins of a decommissioned model. That the model exists is checked with the rest of the twin. */
function checkModel(service: Service, modelId: string, before: string | undefined): void {
  if (modelId !== before && service.instance.models.get(modelId)?.decommissioned) {
    throw new ServiceError("ModelDecommissioned", `Model ${modelId} is decommissioned.`);
  }
}

/** `faults` are those that were found before. */
function checkTwin(service: Service, document: JsonObject, faults: readonly string[]): void {
  const issues = validateTwin(service.instance.graph, document);
  if (issues.length + faults.length > 0) {
    const details = [...issues.map((issue) => describeIssue(service.instance.graph, document, issue)), ...faults];
    throw invalidTwin(details);
  }
}

/** A new twin is created, a replaced one is updated by what differs. */
function putEvent(service: Service, before: TwinRecord | undefined, twin: TwinRecord): Omit<TwinChange, "twinId"> {
  if (before === undefined) {
    return { type: "Microsoft.DigitalTwins.Twin.Create", body: twin.document };
  }
  const components = service.instance.graph.get(twin.modelId)?.components.keys() ?? [];
  const nested = new Set(Array.from(components, (name) => `/${name}`));
  const patch = differences(comparable(before.document, nested), comparable(twin.document, nested), nested);
  const migration =
    before.modelId === twin.modelId ? [] : [{ value: twin.modelId, path: "/$metadata/$model", op: "replace" }];
  return {
    type: "Microsoft.DigitalTwins.Twin.Update",
    body: { modelId: twin.modelId, patch: [...migration, ...patch] },
  };
}

/** Without what the service keeps. */
function comparable(document: JsonObject, nested: ReadonlySet<string>): JsonObject {
  const entries = Object.entries(document).filter(([name]) => !name.startsWith("$"));
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      nested.has(`/${name}`) && isObject(value) ? comparable(value, new Set()) : value,
    ]),
  );
}

function emitChange(service: Service, request: ServiceRequest, event: TwinChange): void {
  service.emit(request, { ...event, subject: event.twinId });
}
