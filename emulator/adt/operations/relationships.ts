/**
 * `/digitaltwins/{id}/relationships` and `…/incomingrelationships`. Names, targets and properties are held against the
 * source twin's model; multiplicities are not, as on the real service.
 */
import { validateRelationship } from "../../../src/dtdl/index.ts";
import { relationshipKey } from "../Ends.ts";
import { checkIfMatch, checkIfNoneMatch, newEtag } from "../etag.ts";
import type { ChangeType } from "../events/toNotification.ts";
import { pageById } from "../http/paging.ts";
import type { Operation, ServiceRequest, ServiceResponse } from "../http/types.ts";
import { applyOperation, differences, parsePatch, showPatch } from "../jsonPatch.ts";
import { propertiesOf, RelationshipRecord } from "../records.ts";
import {
  patchInvalid,
  relationshipAgainstModel,
  relationshipNotFound,
  relationshipUnreadable,
  targetNotFound,
} from "../refusals.ts";
import { ServiceError } from "../ServiceError.ts";
import { isObject, type JsonObject } from "../types.ts";
import { checkPayload, LIMITS, tooLong } from "./limits.ts";
import type { Service } from "./Service.ts";
import { findTwin } from "./twins.ts";

type Names = "list" | "listIncoming" | "get" | "put" | "patch" | "remove";

export function relationshipOperations(service: Service): Record<Names, Operation> {
  const { instance } = service;

  function find(sourceId: string, id: string): RelationshipRecord {
    findTwin(service, sourceId);
    const relationship = instance.relationships.get(relationshipKey(sourceId, checkId(id)));
    if (relationship === undefined) {
      throw relationshipNotFound(sourceId, id);
    }
    return relationship;
  }

  return {
    list: (request, { id = "" }) => {
      findTwin(service, id);
      const name = request.query.get("relationshipName");
      const all = [...instance.outgoing.of(id)];
      const wanted = name === null ? all : all.filter((relationship) => relationship.name === name);
      return pageById(request, wanted, (relationship) => relationship.document);
    },

    listIncoming: (request, { id = "" }) => {
      findTwin(service, id);
      return pageById(request, instance.incoming.of(id), (one) => showIncoming(one, request));
    },

    get: (_request, { id = "", relationship = "" }) => answer(find(id, relationship)),

    put: (request, { id = "", relationship = "" }) => putRelationship(service, request, id, relationship),
    patch: (request, { id = "", relationship = "" }) => patchRelationship(service, request, find(id, relationship)),

    remove: (request, { id: sourceId = "", relationship: id = "" }) => {
      const relationship = find(sourceId, id);
      checkIfMatch(request.header("if-match"), relationship.etag);
      instance.deleteRelationship(relationship);
      emit(service, request, "Microsoft.DigitalTwins.Relationship.Delete", relationship);
      return { status: 204 };
    },
  };
}

function putRelationship(service: Service, request: ServiceRequest, sourceId: string, id: string): ServiceResponse {
  findTwin(service, sourceId);
  const before = service.instance.relationships.get(relationshipKey(sourceId, checkId(id)));
  checkIfNoneMatch(request.header("if-none-match"), before !== undefined, { kind: "relationship", id });
  checkIfMatch(request.header("if-match"), before?.etag);
  checkPayload(request);
  const record = putRelationshipDocument(service, sourceId, id, request.json());
  emitPut(service, request, before, record);
  return answer(record);
}

/** Creates or replaces a relationship, without telling anybody. */
export function putRelationshipDocument(
  service: Service,
  sourceId: string,
  id: string,
  body: unknown,
): RelationshipRecord {
  const { instance } = service;
  const source = findTwin(service, sourceId);
  const before = instance.relationships.get(relationshipKey(sourceId, checkId(id)));
  const { name, targetId, properties } = readBody(body, sourceId);
  const target = instance.twins.get(targetId);
  if (target === undefined) {
    throw targetNotFound();
  }
  const etag = newEtag();
  // The strings that are there, so that those of the request need not be kept.
  const [$sourceId, $targetId, $relationshipName] = [source.id, target.id, instance.intern(name)];
  const own = { $relationshipId: id, $etag: etag, $sourceId, $relationshipName, $targetId };
  const document: JsonObject = { ...own, ...properties };
  check(service, source.modelId, { document, long: tooLong(properties, "") }, target.modelId);
  if (before?.targetId !== targetId) {
    checkNumber(service, sourceId, targetId, before === undefined);
  }
  const ordinal = before?.ordinal ?? instance.nextOrdinal();
  const ends = { sourceId: $sourceId, targetId: $targetId, name: $relationshipName };
  const record = new RelationshipRecord({ ordinal, id: before?.id ?? id, ...ends, etag }, propertiesOf(document));
  instance.putRelationship(record);
  return record;
}

function checkNumber({ instance }: Service, sourceId: string, targetId: string, isNew: boolean): void {
  if (isNew && instance.relationships.size >= LIMITS.relationships) {
    throw new ServiceError("LimitExceeded", `An instance has at most ${LIMITS.relationships} relationships.`);
  }
  const out = isNew ? instance.outgoing.count(sourceId) : 0;
  if (Math.max(out, instance.incoming.count(targetId)) >= LIMITS.relationshipsOfTwin) {
    const message = `A twin has at most ${LIMITS.relationshipsOfTwin} outgoing and as many incoming relationships.`;
    throw new ServiceError("LimitExceeded", message);
  }
}

function patchRelationship(service: Service, request: ServiceRequest, before: RelationshipRecord): ServiceResponse {
  checkPayload(request);
  const patch = parsePatch(request);
  checkIfMatch(request.header("if-match"), before.etag);
  let document = before.document;
  for (const operation of patch) {
    if (operation.segments[0]?.startsWith("$")) {
      throw patchInvalid(`${operation.op} ${operation.path}: only properties of a relationship can be written`);
    }
    document = applyOperation(document, operation);
  }
  const etag = newEtag();
  document = { ...document, $etag: etag };
  const long = patch.flatMap((operation) =>
    operation.op === "remove" ? [] : tooLong(operation.value, operation.path),
  );
  check(service, findTwin(service, before.sourceId).modelId, { document, long });
  const record = new RelationshipRecord({ ...before, etag }, propertiesOf(document));
  service.instance.putRelationship(record);
  emit(service, request, "Microsoft.DigitalTwins.Relationship.Update", record, showPatch(patch));
  return { status: 204, headers: { ETag: etag } };
}

function answer(relationship: RelationshipRecord): ServiceResponse {
  return { status: 200, text: relationship.text, headers: { ETag: relationship.etag } };
}

/** With the address at which it can be deleted: this service's, by the name by which the client knows it. */
function showIncoming({ id, sourceId, name }: RelationshipRecord, request: ServiceRequest): JsonObject {
  const path = `/digitaltwins/${encodeURIComponent(sourceId)}/relationships/${encodeURIComponent(id)}`;
  const link = `http://${request.header("host") ?? ""}${path}?api-version=${request.apiVersion}`;
  return { $relationshipId: id, $sourceId: sourceId, $relationshipName: name, $relationshipLink: link };
}

function checkId(id: string): string {
  if (id.length === 0 || id.length > LIMITS.id) {
    throw new ServiceError("InvalidArgument", `A relationship id has 1 to ${LIMITS.id} characters.`);
  }
  return id;
}

function readBody(body: unknown, sourceId: string): { name: string; targetId: string; properties: JsonObject } {
  const { $relationshipName: name, $targetId: targetId, ...members } = isObject(body) ? body : {};
  if (typeof name !== "string" || typeof targetId !== "string") {
    throw relationshipUnreadable();
  }
  if (targetId === sourceId) {
    throw new ServiceError("OperationNotAllowed", "A relationship cannot connect a twin to itself.");
  }
  const properties = Object.fromEntries(Object.entries(members).filter(([key]) => !key.startsWith("$")));
  return { name, targetId, properties };
}

/** `long`: faults that were found before. */
function check(
  service: Service,
  sourceModelId: string,
  { document, long }: { document: JsonObject; long: readonly string[] },
  targetModelId?: string,
): void {
  const issues = validateRelationship(service.instance.graph, sourceModelId, document, targetModelId);
  if (issues.length + long.length === 0) {
    return;
  }
  const isEnd = issues.some((issue) => issue.path === "/$relationshipName" || issue.path === "/$targetId");
  const details = [...issues.map((issue) => `${issue.path}: ${issue.message}`), ...long];
  throw isEnd
    ? relationshipAgainstModel(details)
    : new ServiceError("ValidationFailed", "Invalid relationship specified", details);
}

function emitPut(
  service: Service,
  request: ServiceRequest,
  before: RelationshipRecord | undefined,
  after: RelationshipRecord,
): void {
  if (before === undefined) {
    emit(service, request, "Microsoft.DigitalTwins.Relationship.Create", after);
    return;
  }
  const { $etag: _old, ...was } = before.document;
  const { $etag: _new, ...is } = after.document;
  emit(service, request, "Microsoft.DigitalTwins.Relationship.Update", after, differences(was, is, new Set()));
}

function emit(
  service: Service,
  request: ServiceRequest,
  type: ChangeType,
  relationship: RelationshipRecord,
  patch?: JsonObject[],
): void {
  const { sourceId, id, document } = relationship;
  const modelId = service.instance.twins.get(sourceId)?.modelId ?? "";
  service.emit(request, {
    type,
    twinId: sourceId,
    subject: `${sourceId}/relationships/${id}`,
    body: patch === undefined ? document : { modelId, patch },
  });
}
