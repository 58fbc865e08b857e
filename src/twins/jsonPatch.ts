/**
 * JSON Patch (RFC 6902) as Azure Digital Twins knows it: `add`, `replace`, `remove`, applied in order, all or nothing.
 *
 * Pure. On the way in the mirror applies the patches of change events with it; on the way back the in-memory provider
 * applies writes. What comes out shares with what went in everything that the patch does not touch; nothing is mutated,
 * so a value that was handed out before stays as it was.
 */
import { TwinError } from "../errors.ts";
import type { JsonPatchOp, Pointer } from "./types.ts";

type Container = Record<string, unknown> | unknown[];

/** `/a~1b/c~0d` → `["a/b", "c~d"]`; `""` → `[]`. INVALID_VALUE when it is no RFC 6901 pointer. */
export function parsePointer(pointer: Pointer): string[] {
  if (pointer === "") {
    return [];
  }
  if (typeof pointer !== "string" || !pointer.startsWith("/") || /~(?![01])/.test(pointer)) {
    throw refuse(String(pointer), "a JSON Pointer that begins with / and escapes ~ as ~0, / as ~1", String(pointer));
  }
  return pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** `["a/b", "c"]` → `/a~1b/c`. */
export function toPointer(segments: readonly string[]): Pointer {
  return segments.map((segment) => `/${segment.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/**
 * The target after the patch. Throws INVALID_VALUE naming the path of the first operation that cannot be applied: its
 * parent must be there, and for `replace` and `remove` the member itself. The root cannot be replaced.
 */
export function applyPatch<T extends object>(target: T, patch: readonly JsonPatchOp[]): T;
export function applyPatch(target: object, patch: readonly JsonPatchOp[]): object {
  if (!Array.isArray(patch)) {
    throw refuse("", "an array of JSON Patch operations", typeof patch);
  }
  // Containers that this call made: they may be written in place, so that 100 operations on one Map copy it once.
  const own = new Set<object>();
  const root = copy(target as Container, own);
  for (const op of patch) {
    applyOp(root, op, own);
  }
  return root;
}

function applyOp(root: Container, op: JsonPatchOp, own: Set<object>): void {
  checkOp(op);
  const segments = parsePointer(op.path);
  const last = segments.pop();
  if (last === undefined) {
    throw refuse(op.path, "the path of a member", "the whole document");
  }
  let parent = root;
  for (const segment of segments) {
    const child = isContainer(parent) && has(parent, segment) ? read(parent, segment) : undefined;
    if (!isContainer(child)) {
      throw refuse(op.path, "a path whose parent exists", `nothing to go into at "${segment}"`);
    }
    const next = own.has(child) ? child : copy(child, own);
    write(parent, segment, next);
    parent = next;
  }
  applyTo(parent, last, op);
}

function applyTo(parent: Container, key: string, op: JsonPatchOp): void {
  if (key === "__proto__") {
    throw refuse(op.path, "a DTDL name", key);
  }
  if (op.op !== "add" && !has(parent, key)) {
    throw refuse(op.path, `a member that is set, to ${op.op} it`, "nothing");
  }
  if (Array.isArray(parent)) {
    applyToArray(parent, key, op);
  } else if (op.op === "remove") {
    delete parent[key];
  } else {
    parent[key] = op.value;
  }
}

function applyToArray(parent: unknown[], key: string, op: JsonPatchOp): void {
  const index = key === "-" && op.op === "add" ? parent.length : Number(key);
  if (!(key === "-" || isIndex(key)) || index > parent.length) {
    throw refuse(op.path, `an index from 0 to ${parent.length}`, key);
  }
  if (op.op === "remove") {
    parent.splice(index, 1);
  } else {
    parent.splice(index, op.op === "add" ? 0 : 1, op.value);
  }
}

function checkOp(op: JsonPatchOp): void {
  if (typeof op !== "object" || op === null || typeof op.path !== "string") {
    throw refuse("", "an operation with op and path", JSON.stringify(op) ?? "nothing");
  }
  if (op.op !== "add" && op.op !== "replace" && op.op !== "remove") {
    throw refuse(op.path, "add, replace or remove", String(op.op));
  }
  if (op.op !== "remove" && op.value === undefined) {
    throw refuse(op.path, `a value to ${op.op}`, "nothing");
  }
}

function copy(source: Container, own: Set<object>): Container {
  const made = Array.isArray(source) ? [...source] : { ...source };
  own.add(made);
  return made;
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function isIndex(key: string): boolean {
  return /^(0|[1-9]\d*)$/.test(key);
}

function has(parent: Container, key: string): boolean {
  return Array.isArray(parent) ? isIndex(key) && Number(key) < parent.length : Object.hasOwn(parent, key);
}

function read(parent: Container, key: string): unknown {
  return Array.isArray(parent) ? parent[Number(key)] : parent[key];
}

function write(parent: Container, key: string, value: unknown): void {
  if (Array.isArray(parent)) {
    parent[Number(key)] = value;
  } else {
    parent[key] = value;
  }
}

function refuse(path: string, expected: string, found: string): TwinError {
  return new TwinError("INVALID_VALUE", `The patch cannot be applied at "${path}": expected ${expected}.`, {
    details: [{ path, expected, found }],
  });
}
