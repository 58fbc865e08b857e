/**
 * `/models`: upload (atomic), list with dependencies, read, decommission, delete.
 */
import { pageOf } from "../http/paging.ts";
import type { Operation, ServiceRequest } from "../http/types.ts";
import { parsePatch } from "../jsonPatch.ts";
import { dependenciesOf, extendGraph } from "../modelGraph.ts";
import {
  modelIdInvalid,
  modelNotFound,
  modelReferenced,
  modelsEmpty,
  modelsExist,
  modelsInvalid,
} from "../refusals.ts";
import { ServiceError } from "../ServiceError.ts";
import { isObject, type Json, type JsonObject, type ModelRecord } from "../types.ts";
import { LIMITS } from "./limits.ts";
import type { Service } from "./Service.ts";

const VERSIONS = ["2", "3"];
const DTMI = /^dtmi:[A-Za-z](?:\w*[A-Za-z0-9])?(?::[A-Za-z](?:\w*[A-Za-z0-9])?)*;[1-9]\d{0,8}(?:\.\d{1,6})?$/;

export function modelOperations(service: Service): Record<"list" | "add" | "get" | "update" | "remove", Operation> {
  const { instance } = service;

  function find(id: string): ModelRecord {
    const model = instance.models.get(checkId(id));
    if (model === undefined) {
      throw modelNotFound(id);
    }
    return model;
  }

  /** Models and all that they need, each once. */
  function closure(ids: readonly string[]): ModelRecord[] {
    const found = new Set<ModelRecord>();
    const rest = ids.map(find);
    for (let model = rest.pop(); model !== undefined; model = rest.pop()) {
      const needs = found.has(model) ? undefined : instance.graph.get(model.id);
      found.add(model);
      rest.push(...(needs === undefined ? [] : dependenciesOf(needs)).map(find));
    }
    return [...found];
  }

  return {
    list: (request) => {
      const ids = request.query
        .getAll("dependenciesFor")
        .flatMap((ids) => ids.split(","))
        .filter((id) => id !== "");
      if (ids.length > LIMITS.modelsPerCall) {
        throw new ServiceError("LimitExceeded", `dependenciesFor takes at most ${LIMITS.modelsPerCall} model ids.`);
      }
      const models = ids.length === 0 ? instance.models.values() : closure(ids);
      return pageOf(request, models, (model) => show(model, wantsDefinition(request)));
    },

    add: (request) => {
      const documents = checkUpload(request.json(), request.bodyBytes);
      const graph = extendGraph(instance.graph, documents);
      const known = documents.filter(({ "@id": id }) => instance.models.has(String(id)));
      if (known.length > 0) {
        throw modelsExist(known.map((document) => String(document["@id"])));
      }
      if (instance.models.size + documents.length > LIMITS.models) {
        throw new ServiceError("LimitExceeded", `An instance has at most ${LIMITS.models} models.`);
      }
      const uploadTime = request.time;
      const records = documents.map((document) => ({
        ordinal: instance.nextOrdinal(),
        id: String(document["@id"]),
        uploadTime,
        decommissioned: false,
        document,
      }));
      instance.putModels(records, graph);
      return { status: 201, body: records.map((record) => show(record, false)) };
    },

    get: (request, { id = "" }) => ({ status: 200, body: show(find(id), wantsDefinition(request)) }),

    update: (request, { id = "" }) => {
      const model = find(id);
      const decommissioned = readDecommissioned(request, model);
      instance.replaceModel({ ...model, decommissioned });
      return { status: 204 };
    },

    remove: (_request, { id = "" }) => {
      const model = find(id);
      const dependants = instance.dependantsOf(model.id);
      if (dependants.length > 0) {
        throw modelReferenced(dependants);
      }
      instance.deleteModel(model.id);
      return { status: 204 };
    },
  };
}

function checkId(id: string): string {
  if (!DTMI.test(id) || id.length > 2048) {
    throw modelIdInvalid(id);
  }
  return id;
}

function checkUpload(body: unknown, bodyBytes: number): JsonObject[] {
  if (!Array.isArray(body) || body.length === 0) {
    throw modelsEmpty();
  }
  if (body.length > LIMITS.modelsPerCall) {
    const message = `The number of models (${body.length}) exceeds the limit of ${LIMITS.modelsPerCall} per call.`;
    throw new ServiceError("LimitExceeded", message);
  }
  const documents = body.filter(isObject);
  if (documents.length < body.length) {
    throw modelsInvalid("Every model has to be an object: one Interface");
  }
  const unknown = documents.map(versionOf).find((version) => version !== undefined && !VERSIONS.includes(version));
  if (unknown !== undefined) {
    throw new ServiceError("ModelVersionNotSupported", `DTDL version ${unknown} is not supported; 2 and 3 are.`);
  }
  // Only a large body can hold a large model.
  if (bodyBytes > LIMITS.model && documents.some((model) => Buffer.byteLength(JSON.stringify(model)) > LIMITS.model)) {
    throw new ServiceError("LimitExceeded", `A model has at most ${LIMITS.model} bytes.`);
  }
  return documents;
}

/** As the context names it. */
function versionOf({ "@context": context }: JsonObject): string | undefined {
  const names = Array.isArray(context) ? context : [context];
  return names
    .map((name) => /^dtmi:dtdl:context;(\d+)/.exec(String(name))?.[1])
    .find((version) => version !== undefined);
}

function readDecommissioned(request: ServiceRequest, model: ModelRecord): boolean {
  let result = model.decommissioned;
  for (const operation of parsePatch(request)) {
    if (operation.path !== "/decommissioned" || operation.op === "remove" || typeof operation.value !== "boolean") {
      throw new ServiceError("JsonPatchInvalid", "Only /decommissioned of a model can be replaced, by true or false.");
    }
    result = operation.value;
  }
  return result;
}

function wantsDefinition(request: ServiceRequest): boolean {
  return request.query.get("includeModelDefinition")?.toLowerCase() === "true";
}

function show(model: ModelRecord, withDefinition: boolean): JsonObject {
  const { id, decommissioned, uploadTime, document } = model;
  return {
    id,
    description: byLanguage(document["description"]),
    displayName: byLanguage(document["displayName"]),
    decommissioned,
    // Of the service's times only this one names its zone by numbers.
    uploadTime: uploadTime.replace(/\.?0*Z$/, "+00:00"),
    ...(withDefinition ? { model: document } : {}),
  };
}

function byLanguage(text: Json | undefined): JsonObject {
  return typeof text === "string" ? { en: text } : isObject(text) ? text : {};
}
