/**
 * The documents of twins: made from what a client sends, changed by patches, with the `$metadata` that the service keeps.
 *
 * Shape of api-version 2022-05-31; `show` leaves out what older ones do not have.
 */
import type { ModelGraph } from "../../../src/dtdl/types.ts";
import { applyOperation, type PatchOperation } from "../jsonPatch.ts";
import { invalidTwin, patchInvalid } from "../refusals.ts";
import { normaliseTime } from "../serviceTime.ts";
import { isObject, type Json, type JsonObject } from "../types.ts";

interface Stamp {
  id: string;
  etag: string;
  /** Now, in the service's form. */
  time: string;
}

/** The twin that a PUT makes of a body which was found valid. */
export function createDocument(body: JsonObject, graph: ModelGraph, { id, etag, time }: Stamp): JsonObject {
  const modelId = modelOf(body);
  const components = graph.get(modelId)?.components;
  const metadata: JsonObject = { $model: modelId, $lastUpdateTime: time };
  const document: JsonObject = { $dtId: id, $etag: etag };
  for (const [name, value] of contents(body)) {
    if (components?.has(name) && isObject(value)) {
      document[name] = createComponent(value, time);
    } else {
      document[name] = value;
      metadata[name] = newEntry(body, name, time);
    }
  }
  return { ...document, $metadata: metadata };
}

/** A component's part of a twin, from what a client sent. */
export function createComponent(body: JsonObject, time: string): JsonObject {
  const entries = contents(body);
  const metadata = Object.fromEntries(entries.map(([name]) => [name, newEntry(body, name, time)]));
  return { ...Object.fromEntries(entries), $metadata: { $lastUpdateTime: time, ...metadata } };
}

/** Properties and components. */
function contents(body: JsonObject): [string, Json][] {
  return Object.entries(body).filter(([name]) => !name.startsWith("$"));
}

/** `$metadata` of a property; keeps the source time that the client gave. */
function newEntry(body: JsonObject, name: string, time: string): JsonObject {
  const metadata = metadataOf(body);
  const given = Object.hasOwn(metadata, name) ? metadata[name] : undefined;
  if (!isObject(given) || given["sourceTime"] === undefined) {
    return { lastUpdateTime: time };
  }
  return { lastUpdateTime: time, sourceTime: readSourceTime(given["sourceTime"], name) };
}

function readSourceTime(given: Json | undefined, name: string): string {
  const time = normaliseTime(given);
  if (time === undefined) {
    throw invalidTwin([
      `The sourceTime of ${name} is ${JSON.stringify(given)}; expected an ISO 8601 date and time with zone.`,
    ]);
  }
  return time;
}

export function metadataOf(document: JsonObject): JsonObject {
  const metadata = document["$metadata"];
  return isObject(metadata) ? metadata : {};
}

export function modelOf(document: JsonObject): string {
  const modelId = metadataOf(document)["$model"];
  return typeof modelId === "string" ? modelId : "";
}

/**
 * `document` after a patch, with new `$etag` and metadata; whether it is still valid is the caller's matter.
 * JsonPatchInvalid when an operation cannot be done.
 */
export function patchDocument(
  document: JsonObject,
  patch: readonly PatchOperation[],
  { graph, etag, time }: { graph: ModelGraph; etag: string; time: string },
): JsonObject {
  let result = document;
  // The last model decides which members are components.
  const migration = patch.findLast((operation) => operation.path === "/$metadata/$model");
  const modelId = migration !== undefined && migration.op !== "remove" ? String(migration.value) : modelOf(document);
  const components = new Set(graph.get(modelId)?.components.keys());
  for (const operation of patch) {
    if (!operation.segments.includes("$metadata")) {
      result = patchContents(result, operation, components, time);
    }
  }
  // Times last: a patch may set a property and its source time in any order.
  for (const operation of patch) {
    if (operation.segments.includes("$metadata")) {
      result = patchMetadata(result, operation);
    }
  }
  return { ...result, $etag: etag, $metadata: { ...metadataOf(result), $lastUpdateTime: time } };
}

function patchContents(
  document: JsonObject,
  operation: PatchOperation,
  components: ReadonlySet<string>,
  time: string,
): JsonObject {
  const [first = "", second] = operation.segments;
  if (operation.segments.some((segment) => segment.startsWith("$"))) {
    throw patchInvalid(`${operation.op} ${operation.path}: members that begin with $ are the service's`);
  }
  checkTarget(document, operation, components);
  const changed = applyOperation(document, operation);
  if (!components.has(first)) {
    return touch(changed, first, time);
  }
  const component = changed[first];
  if (!isObject(component)) {
    return changed;
  }
  const stamped =
    second === undefined ? createComponent(component, time) : touch(stampComponent(component, time), second, time);
  return { ...changed, [first]: stamped };
}

/** A property that is replaced or removed is there; what lies deeper is applyOperation's matter. */
function checkTarget(document: JsonObject, { op, segments }: PatchOperation, components: ReadonlySet<string>): void {
  const [first = "", second] = segments;
  const inComponent = second !== undefined && components.has(first);
  const owner = inComponent ? document[first] : document;
  const name = inComponent ? second : first;
  if (op !== "add" && segments.length === (inComponent ? 2 : 1) && isObject(owner) && !Object.hasOwn(owner, name)) {
    throw patchInvalid(`${name} does not exist on component`);
  }
}

function stampComponent(component: JsonObject, time: string): JsonObject {
  return { ...component, $metadata: { ...metadataOf(component), $lastUpdateTime: time } };
}

/** Notes that a property was written or removed. */
function touch(owner: JsonObject, name: string, time: string): JsonObject {
  const { [name]: entry, ...others } = metadataOf(owner);
  const written = Object.hasOwn(owner, name)
    ? { [name]: { ...(isObject(entry) ? entry : {}), lastUpdateTime: time } }
    : {};
  return { ...owner, $metadata: { ...others, ...written } };
}

/** `/$metadata/$model`, `/$metadata/P/sourceTime`, `/component/$metadata/P/sourceTime`; nothing else can be written. */
function patchMetadata(document: JsonObject, operation: PatchOperation): JsonObject {
  const { segments, path, op } = operation;
  if (path === "/$metadata/$model" && op !== "remove" && typeof operation.value === "string") {
    return applyOperation(document, operation);
  }
  const at = segments.indexOf("$metadata");
  const [name = "", member] = segments.slice(at + 1);
  if (at > 1 || segments.length !== at + 3 || name.startsWith("$") || member !== "sourceTime") {
    throw patchInvalid(`${op} ${path}: of $metadata only $model and the sourceTime of a property can be written`);
  }
  // A time that is not there yet may be replaced, too: the service's own suites do so. The property has to be there.
  return applyOperation(
    document,
    op === "remove" ? operation : { ...operation, op: "add", value: readSourceTime(operation.value, name) },
  );
}

/** False for the api-versions in which twins have no `$lastUpdateTime`. */
export function hasUpdateTime(apiVersion: string): boolean {
  return apiVersion >= "2022";
}

/** As a client of this api-version sees it. */
export function showTwin(document: JsonObject, apiVersion: string): JsonObject {
  if (hasUpdateTime(apiVersion)) {
    return document;
  }
  const shown = withoutUpdateTime(document);
  for (const [name, value] of Object.entries(shown)) {
    if (!name.startsWith("$") && isObject(value) && isObject(value["$metadata"])) {
      shown[name] = withoutUpdateTime(value);
    }
  }
  return shown;
}

function withoutUpdateTime(owner: JsonObject): JsonObject {
  const { $lastUpdateTime: _, ...metadata } = metadataOf(owner);
  return { ...owner, $metadata: metadata };
}
