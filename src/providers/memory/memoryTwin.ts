/**
 * One twin of the in-memory provider, and what a patch makes of it: values, model and times. Pure.
 *
 * A patch as Azure takes it mixes values with metadata; the port's `Twin` keeps them apart, so the operations are parted:
 * `/$metadata/$model` changes the model, `/$metadata/P/sourceTime` and `/C/$metadata/P/sourceTime` the time of a value.
 */
import { TwinError } from "../../errors.ts";
import { applyPatch, parsePointer, toPointer } from "../../twins/jsonPatch.ts";
import type { Dtmi, JsonPatchOp, Pointer, Twin } from "../../twins/types.ts";

export type StoredTwin = Required<Twin>;
export type IsComponent = (modelId: Dtmi, name: string) => boolean;

/** The time of every property when all of them were written at `now`. */
export function timesOf(modelId: Dtmi, properties: object, isComponent: IsComponent, now: number): Twin["times"] {
  const pointers = Object.entries(properties).flatMap(([name, value]) =>
    isComponent(modelId, name) && typeof value === "object" && value !== null
      ? Object.keys(value).map((inner) => toPointer([name, inner]))
      : [toPointer([name])],
  );
  return Object.fromEntries(pointers.map((pointer) => [pointer, now]));
}

/** The twin after the patch, with its old etag. Throws INVALID_VALUE naming the path, and then nothing has changed. */
export function patchedTwin(
  twin: StoredTwin,
  patch: readonly JsonPatchOp[],
  isComponent: IsComponent,
  now: number,
): StoredTwin {
  const isMeta = (op: JsonPatchOp): boolean => typeof op?.path === "string" && op.path.split("/").includes("$metadata");
  const meta = patch.filter(isMeta);
  const values = patch.filter((op) => !isMeta(op)).map(withoutMetadata);
  const properties = applyPatch(twin.properties, values);
  const modelId = meta.reduce((id, op) => (op.path === "/$metadata/$model" ? String(op.value) : id), twin.modelId);
  const all = timesOf(modelId, properties, isComponent, now);
  const touched = values.map((op) => op.path);
  const times = Object.fromEntries(
    Object.keys(all).map((pointer) => {
      const changed = touched.some((path) => isWithin(path, pointer) || isWithin(pointer, path));
      return [pointer, changed ? now : (twin.times[pointer] ?? now)];
    }),
  );
  for (const op of meta) {
    setSourceTime(times, op);
  }
  return { ...twin, modelId, properties, times };
}

/** CONFLICT when an etag was given that is not the current one. */
export function checkMatch(etag: string, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== etag) {
    throw new TwinError("CONFLICT", "It has changed since the etag that was given.");
  }
}

function setSourceTime(times: Record<Pointer, number>, op: JsonPatchOp): void {
  const segments = parsePointer(op.path);
  if (segments.at(-1) !== "sourceTime") {
    return;
  }
  const pointer = toPointer(segments.slice(0, -1).filter((segment) => segment !== "$metadata"));
  const time = Date.parse(String(op.value));
  if (times[pointer] === undefined || Number.isNaN(time)) {
    throw new TwinError("INVALID_VALUE", `No source time can be set at "${op.path}".`, {
      details: [{ path: op.path, expected: "an ISO 8601 time, for a property that is set", found: String(op.value) }],
    });
  }
  times[pointer] = time;
}

/** A component comes with a `$metadata` of its own; the port's `Twin` has none. */
function withoutMetadata(op: JsonPatchOp): JsonPatchOp {
  if (typeof op.value !== "object" || op.value === null || !Object.hasOwn(op.value, "$metadata")) {
    return op;
  }
  const { $metadata: _, ...value } = op.value as Record<string, unknown>;
  return { ...op, value };
}

function isWithin(path: Pointer, ancestor: Pointer): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}
