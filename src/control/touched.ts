/**
 * Which Properties a write changes, with their new values where these can be told: what interlocks and hazards are asked
 * about, however the write goes around. Pure; used by PropertyWrites, GraphWrites and checkPermissions.
 */
import { isDeepStrictEqual } from "node:util";
import { resolvePath } from "../dtdl/index.ts";
import type { ModelGraph } from "../dtdl/types.ts";
import { flattenProperties } from "../twins/flattenProperties.ts";
import type { MirrorTwin } from "../twins/MirrorTwin.ts";
import type { Dtmi, Pointer } from "../twins/types.ts";
import type { Act } from "./Guard.ts";

/** One operation of a JSON Patch; those of a whole component are its Properties one by one. */
export function touchedBy(
  graph: ModelGraph,
  modelId: Dtmi,
  { path, value }: { path: Pointer; value?: unknown },
): Act["on"] {
  const at = resolvePath(graph, modelId, path);
  if (at?.content.kind === "Component") {
    const given = Object(value) as Record<string, unknown>;
    const names = graph.get(at.content.schema)?.properties.keys() ?? [];
    return [...names].map((name) => ({ path: `${path}/${name}`, value: given[name] }));
  }
  return at?.pointerOfProperty === path ? [{ path, value }] : [{ path: at?.pointerOfProperty ?? path }];
}

/** A twin put in the place of the one that is held: what is not as before, or gone. */
export function touchedByReplacing(
  graph: ModelGraph,
  held: MirrorTwin,
  { modelId, properties }: { modelId: Dtmi; properties: Record<string, unknown> },
): Act["on"] {
  const given = new Map(flattenProperties(graph.get(modelId), properties));
  const gone = [...held.values].filter(([path, v]) => !v.transient && v.value !== undefined && !given.has(path));
  const changed = [...given].filter(([path, value]) => !isDeepStrictEqual(held.values.get(path)?.value, value));
  return [...changed.map(([path, value]) => ({ path, value })), ...gone.map(([path]) => ({ path }))];
}
