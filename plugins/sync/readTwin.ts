/** The answer to `twin.get`: a twin as the provider would give it, without what the reader may not see. */
import type { Actor } from "../../src/auth/AccessPolicy.ts";
import { TwinError } from "../../src/errors.ts";
import type { Restrictions } from "../../src/schema/Restrictions.ts";
import type { TwinServices } from "../../src/services.ts";
import { twinDocument } from "../../src/twins/twinDocument.ts";
import type { Pointer, Twin, TwinId } from "../../src/twins/types.ts";

export interface TwinAnswer {
  twin: object;
  /** Of each value: source time, and when it came in, ms since epoch. */
  times: Record<Pointer, { source: number; received: number }>;
}

/** NOT_FOUND when there is none. */
export function readTwin(
  { mirror, models }: TwinServices,
  restrictions: Restrictions,
  { role }: Actor,
  id: TwinId,
): TwinAnswer {
  const held = mirror.get(id);
  const twin = mirror.toTwin(id);
  if (!held || !twin) {
    throw new TwinError("NOT_FOUND", `There is no twin '${id}'.`);
  }
  const components = models.graph.get(held.modelId)?.components;
  const mayRead = (path: Pointer) => restrictions.allows(role, held.modelId, path);
  const times: Record<Pointer, { source: number; received: number }> = {};
  for (const [path, { value, source, received }] of held.values) {
    if (value !== undefined && mayRead(path)) {
      times[path] = { source, received };
    }
  }
  return { twin: twinDocument(without(twin, mayRead), (name) => components?.has(name) ?? false), times };
}

/** The twin without the values that the reader may not see. */
function without(twin: Twin, mayRead: (path: Pointer) => boolean): Twin {
  const hidden = Object.keys(twin.times).filter((path) => !mayRead(path));
  if (hidden.length === 0) {
    return twin;
  }
  const copy = structuredClone(twin);
  for (const path of hidden) {
    const [, first = "", second] = path.split("/");
    delete copy.times[path];
    if (second === undefined) {
      delete copy.properties[first];
    } else {
      delete (copy.properties[first] as Record<string, unknown>)[second];
    }
  }
  return copy;
}
