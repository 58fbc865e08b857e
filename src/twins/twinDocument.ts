/**
 * A `Twin` as Azure Digital Twins writes it in JSON (`DigitalTwin` of its REST API): what `twin.get` and REST answer.
 */
import { isoTime } from "./isoTime.ts";
import type { Twin } from "./types.ts";

/** Properties and Components are members. */
export type TwinDocument = { $dtId: string; $etag?: string; $metadata: { $model: string } } & Record<string, unknown>;

/** `isComponent` tells which members are components: they carry a `$metadata` of their own. */
export function twinDocument(twin: Twin, isComponent: (name: string) => boolean): TwinDocument {
  const contents: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(twin.properties)) {
    contents[name] = isComponent(name)
      ? { ...(value as object), $metadata: metadata(twin, `/${name}`, Object.keys(value as object)) }
      : value;
  }
  const own = Object.keys(twin.properties).filter((name) => !isComponent(name));
  return {
    $dtId: twin.id,
    ...(twin.etag === undefined ? {} : { $etag: twin.etag }),
    ...contents,
    $metadata: { $model: twin.modelId, ...metadata(twin, "", own) },
  };
}

function metadata(twin: Twin, base: string, names: string[]): Record<string, { lastUpdateTime: string }> {
  const out: Record<string, { lastUpdateTime: string }> = {};
  for (const name of names) {
    const time = twin.times[`${base}/${name}`];
    if (time !== undefined) {
      out[name] = { lastUpdateTime: isoTime(time) };
    }
  }
  return out;
}
