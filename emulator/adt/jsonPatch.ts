/**
 * JSON Patch (RFC 6902) as far as Azure Digital Twins knows it: add, replace and remove of members of objects.
 *
 * The parent must exist; replace and remove need their target; elements of arrays cannot be addressed. Documents are
 * copied along the path, never mutated.
 */
import type { ServiceRequest } from "./http/types.ts";
import { patchInvalid } from "./refusals.ts";
import { isObject, type Json, type JsonObject } from "./types.ts";
import { UnreadablePatch } from "./UnreadablePatch.ts";

export type PatchOperation = { segments: readonly string[]; path: string } & (
  | { op: "add" | "replace"; value: Json }
  | { op: "remove" }
);

/**
 * The body of a request as a patch. UnreadablePatch unless it is an array of objects; JsonPatchInvalid unless they are
 * operations that this service knows.
 */
export function parsePatch(request: ServiceRequest): PatchOperation[] {
  const body = request.json();
  if (!Array.isArray(body)) {
    throw new UnreadablePatch(request.text());
  }
  const unreadable = body.findIndex((given) => !isObject(given));
  if (unreadable >= 0) {
    throw new UnreadablePatch(request.text(), unreadable);
  }
  return body.map(parseOperation);
}

function parseOperation({ op, path, value }: JsonObject, index: number): PatchOperation {
  if (op === undefined || op === null || op === "") {
    throw patchInvalid("Parameter op must not be empty");
  }
  if (op !== "add" && op !== "replace" && op !== "remove") {
    throw patchInvalid(`Unsupported operation type ${typeof op === "string" ? op : JSON.stringify(op)}`);
  }
  const segments = typeof path === "string" ? parsePointer(path) : undefined;
  if (typeof path !== "string" || segments === undefined) {
    const found = JSON.stringify(path) ?? "missing";
    throw patchInvalid(`Operation ${index} has path ${found}; expected a JSON Pointer to a member`);
  }
  if (op === "remove") {
    return { op, path, segments };
  }
  if (value === undefined) {
    throw patchInvalid(`Value must be specified for ${op} operation`);
  }
  return { op, path, segments, value };
}

/** Unescaped segments; undefined for what is no pointer, and for the whole document. */
function parsePointer(path: string): string[] | undefined {
  return /^(?:\/(?:[^~/]|~[01])+)+$/.test(path)
    ? path
        .slice(1)
        .split("/")
        .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"))
    : undefined;
}

/** `document` with the operation applied. JsonPatchInvalid when its parent or target is not there. */
export function applyOperation(document: JsonObject, operation: PatchOperation): JsonObject {
  return applyAt(document, operation, 0);
}

function applyAt(node: Json | undefined, operation: PatchOperation, depth: number): JsonObject {
  if (!isObject(node)) {
    throw node === undefined
      ? nothingAt(operation.segments[depth - 1])
      : patchInvalid(`Could not resolve path ${operation.path}`);
  }
  const key = operation.segments[depth] ?? "";
  const exists = Object.hasOwn(node, key);
  if (depth < operation.segments.length - 1) {
    return { ...node, [key]: applyAt(exists ? node[key] : undefined, operation, depth + 1) };
  }
  if (operation.op !== "add" && !exists) {
    throw nothingAt(key);
  }
  if (operation.op === "remove") {
    const { [key]: _, ...rest } = node;
    return rest;
  }
  return { ...node, [key]: operation.value };
}

/** Operations as they stand in a notification. */
export function showPatch(patch: readonly PatchOperation[]): JsonObject[] {
  return patch.map((operation) =>
    operation.op === "remove"
      ? { path: operation.path, op: operation.op }
      : { value: operation.value, path: operation.path, op: operation.op },
  );
}

/** What a replaced document differs by, member by member; members of `nested` are compared inside. */
export function differences(before: JsonObject, after: JsonObject, nested: ReadonlySet<string>): JsonObject[] {
  return compare(before, after, "", nested);
}

function compare(before: JsonObject, after: JsonObject, at: string, nested: ReadonlySet<string>): JsonObject[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => {
    const path = `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const [was, is] = [before[key], after[key]];
    if (JSON.stringify(was) === JSON.stringify(is)) {
      return [];
    }
    if (is === undefined) {
      return [{ path, op: "remove" }];
    }
    return nested.has(path) && isObject(was) && isObject(is)
      ? compare(was, is, path, nested)
      : [{ value: is, path, op: was === undefined ? "add" : "replace" }];
  });
}

function nothingAt(segment = "") {
  return patchInvalid(`The target location specified by path segment '${segment}' was not found`);
}
