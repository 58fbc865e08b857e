/**
 * Twins, relationships and models as Azure's REST API writes them ↔ as the port has them. Pure.
 *
 * Azure mixes values with `$`-members: ids, etag, and per object `$metadata` with the model and the time of each value.
 * A nested object with `$metadata` is a component. On the way in `$`-members become `id`, `modelId`, `etag`, `times`; on
 * the way back components get the empty `$metadata` by which the service knows them.
 */
import { toPointer } from "../../twins/jsonPatch.ts";
import type { Dtmi, Relationship, Twin } from "../../twins/types.ts";

type Json = Record<string, unknown>;

/** A twin of GET, PUT, a query row or a notification. Throws TypeError when it is none (a row of another query). */
export function toTwin(raw: unknown): Twin {
  const twin = asObject(raw);
  const metadata = asObject(twin["$metadata"]);
  const { $dtId: id, $etag: etag } = twin;
  const modelId = metadata["$model"];
  if (typeof id !== "string" || typeof modelId !== "string") {
    throw new TypeError(
      `This is no twin: it has no ${typeof id === "string" ? "model ($metadata.$model)" : "id ($dtId)"}.`,
    );
  }
  const times: Twin["times"] = {};
  const properties = ownMembers(twin).map(([name, value]): [string, unknown] => {
    const inner = isObject(value) ? value["$metadata"] : undefined;
    if (!isObject(value) || !isObject(inner)) {
      return [name, value];
    }
    collectTimes(times, [name], inner);
    return [name, Object.fromEntries(ownMembers(value))];
  });
  collectTimes(times, [], metadata);
  return {
    id,
    modelId,
    ...(typeof etag === "string" ? { etag } : {}),
    properties: Object.fromEntries(properties),
    times,
  };
}

/** The body of a PUT. */
export function fromTwin(
  { modelId, properties }: Pick<Twin, "modelId" | "properties">,
  isComponent: (modelId: Dtmi, name: string) => boolean,
): Json {
  const members = Object.entries(properties).map(([name, value]): [string, unknown] =>
    isObject(value) && isComponent(modelId, name)
      ? [name, { ...value, $metadata: value["$metadata"] ?? {} }]
      : [name, value],
  );
  return { ...Object.fromEntries(members), $metadata: { $model: modelId } };
}

export function toRelationship(raw: unknown): Relationship {
  const link = asObject(raw);
  const { $relationshipId: id, $sourceId: sourceId, $targetId: targetId, $relationshipName: name, $etag: etag } = link;
  if (![id, sourceId, targetId, name].every((member) => typeof member === "string" && member !== "")) {
    throw new TypeError(
      "This is no relationship: it lacks one of $relationshipId, $sourceId, $targetId, $relationshipName.",
    );
  }
  const properties = Object.fromEntries(ownMembers(link));
  const [ends, label] = [{ sourceId: String(sourceId), targetId: String(targetId) }, String(name)];
  return { id: String(id), ...ends, name: label, ...(typeof etag === "string" ? { etag } : {}), properties };
}

/** The body of a PUT. */
export function fromRelationship({ targetId, name, properties }: Omit<Relationship, "etag">): Json {
  return { ...properties, $targetId: targetId, $relationshipName: name };
}

/** Source time where there is one, else when the service wrote the value. */
function collectTimes(times: Twin["times"], above: string[], metadata: Json): void {
  for (const [name, about] of ownMembers(metadata)) {
    if (isObject(about)) {
      const time = Date.parse(String(about["sourceTime"] ?? about["lastUpdateTime"]));
      if (!Number.isNaN(time)) {
        times[toPointer([...above, name])] = time;
      }
    }
  }
}

/** Members without those of the service's own, which begin with $. */
function ownMembers(value: Json): [string, unknown][] {
  return Object.entries(value).filter(([name]) => !name.startsWith("$"));
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}
