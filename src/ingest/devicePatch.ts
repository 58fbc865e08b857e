/**
 * What write-through brings to the twin service: a device's values out of the mirror, and the patch that carries them with
 * their source times. Pure; used by WriteThrough.
 */
import type { MirrorTwin } from "../twins/MirrorTwin.ts";
import type { JsonPatchOp, Pointer } from "../twins/types.ts";
import { TELLER } from "../twins/valueTime.ts";

/** A value of undefined: the device has it no more. */
export type DeviceValues = ReadonlyMap<Pointer, { value: unknown; source: number }>;

/** What the device told and the provider does not know to be older: values that it told itself are not written back. */
export function deviceValues(twin: MirrorTwin, paths: Iterable<Pointer>): DeviceValues {
  const values = new Map<Pointer, { value: unknown; source: number }>();
  for (const path of paths) {
    const held = twin.values.get(path);
    if (held?.teller === TELLER.device) {
      values.set(path, { value: held.value, source: held.source });
    }
  }
  return values;
}

/** `add` replaces too (RFC 6902), so it fits whether or not the twin has a value yet; what is removed has to be there. */
export function patchOf(values: DeviceValues): JsonPatchOp[] {
  return [...values].flatMap(([path, { value, source }]): JsonPatchOp[] =>
    value === undefined
      ? [{ op: "remove", path }]
      : [
          { op: "add", path, value },
          { op: "add", path: metadataPath(path), value: new Date(source).toISOString() },
        ],
  );
}

/** `/temperature` → `/$metadata/temperature/sourceTime` · `/motor/current` → `/motor/$metadata/current/sourceTime`. */
function metadataPath(path: Pointer): Pointer {
  const cut = path.lastIndexOf("/");
  return `${path.slice(0, cut)}/$metadata${path.slice(cut)}/sourceTime`;
}

/** Components that values are in, each once. */
export function componentsOf(values: Iterable<readonly [Pointer, unknown]>): string[] {
  const parts = [...values].map(([path]) => path.split("/"));
  return [...new Set(parts.flatMap(([, first = "", second]) => (second === undefined ? [] : [first])))];
}
