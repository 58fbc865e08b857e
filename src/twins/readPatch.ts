/**
 * A provider's change notification → the new values of the Properties that it touches. Pure; called by the mirror.
 *
 * Operations below a Property (`/tags/a`) are applied to the value that is held, and change the Property's whole value.
 * `/$metadata/<property>/sourceTime` operations give a Property its time.
 */
import type { Interface } from "../dtdl/types.ts";
import { applyPatch } from "./jsonPatch.ts";
import type { JsonPatchOp, Pointer } from "./types.ts";

export interface ReadPatch {
  /** undefined: removed. */
  values: Map<Pointer, unknown>;
  /** Properties whose new value was made from the one that was held. */
  deep: Set<Pointer>;
  /** Source times, ms since epoch, where the patch tells them. */
  times: Map<Pointer, number>;
}

/** undefined: the patch says too little, the twin must be read again (model changed, component replaced, misfit). */
export function readPatch(
  model: Interface,
  patch: readonly JsonPatchOp[],
  held: (path: Pointer) => unknown,
): ReadPatch | undefined {
  const out: ReadPatch = { values: new Map(), deep: new Set(), times: new Map() };
  for (const op of patch) {
    const fits = isMetadata(op.path) ? readMetadata(out, op) : readValue(out, model, op, held);
    if (!fits) {
      return undefined;
    }
  }
  return out;
}

function isMetadata(path: Pointer): boolean {
  return path.split("/").includes("$metadata");
}

/** `/$metadata/p/sourceTime`, `/c/$metadata/p/sourceTime`; what else is in there tells nothing that is shown. */
function readMetadata(out: ReadPatch, op: JsonPatchOp): boolean {
  const [, component = "", property] = /^(\/[^/]+)?\/\$metadata\/([^/]+)\/sourceTime$/.exec(op.path) ?? [];
  const time = Date.parse(String(op.value));
  if (property !== undefined && !Number.isNaN(time)) {
    out.times.set(`${component}/${property}`, time);
  }
  return op.path !== "/$metadata/$model";
}

function readValue(out: ReadPatch, model: Interface, op: JsonPatchOp, held: (path: Pointer) => unknown): boolean {
  const path = propertyPointer(model, op.path);
  if (path === undefined) {
    return false;
  }
  if (op.path === path) {
    out.values.set(path, op.op === "remove" ? undefined : op.value);
    out.deep.delete(path);
    return true;
  }
  if (!out.values.has(path)) {
    out.deep.add(path);
  }
  return applyBelow(out, path, op, out.values.has(path) ? out.values.get(path) : held(path));
}

function applyBelow(out: ReadPatch, path: Pointer, op: JsonPatchOp, before: unknown): boolean {
  if (typeof before !== "object" || before === null) {
    return false;
  }
  try {
    out.values.set(path, applyPatch(before, [{ ...op, path: op.path.slice(path.length) }]));
    return true;
  } catch {
    return false;
  }
}

/** The Property that a path touches: `/name` or `/component/name`; undefined when it replaces a component whole. */
export function propertyPointer(model: Interface, path: Pointer): Pointer | undefined {
  const [, first = "", second] = path.split("/");
  if (!model.components.has(first)) {
    return `/${first}`;
  }
  return second === undefined ? undefined : `/${first}/${second}`;
}
