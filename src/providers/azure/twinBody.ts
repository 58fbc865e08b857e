/**
 * The JSON of a twin or relationship, as Azure Digital Twins writes it, in our words.
 *
 * Members that begin with `$` are the service's: id, etag and metadata; everything else is a property or a component.
 */
import type { Relationship, TwinData } from "../../twins/types.ts";
import { isObject, type JsonObject, textOf, timeOf, Undecodable } from "./rawEvent.ts";

function withoutDollar(members: JsonObject): JsonObject {
  // fromEntries defines: a member called "__proto__" stays a member.
  return Object.fromEntries(Object.entries(members).filter(([name]) => !name.startsWith("$")));
}

function isComponent(value: unknown): value is JsonObject & { $metadata: JsonObject } {
  return isObject(value) && isObject(value["$metadata"]);
}

/** Source time if there is one, else when the service wrote the property. */
function timesOf(metadata: JsonObject, prefix: string): [string, number][] {
  return Object.entries(metadata).flatMap(([name, about]): [string, number][] => {
    if (name.startsWith("$") || !isObject(about)) return [];
    const time = timeOf(about["sourceTime"]) ?? timeOf(about["lastUpdateTime"]);
    return time === undefined ? [] : [[`${prefix}/${name}`, time]];
  });
}

/** Throws Undecodable when there is no model id. */
export function twinDataOf(body: JsonObject): TwinData {
  const metadata = body["$metadata"];
  const modelId = isObject(metadata) ? textOf(metadata, "$model") : undefined;
  if (!isObject(metadata) || modelId === undefined) throw new Undecodable("The twin has no $metadata.$model.");
  const properties = Object.entries(withoutDollar(body));
  const components = properties.filter((member): member is [string, JsonObject & { $metadata: JsonObject }] =>
    isComponent(member[1]),
  );
  const etag = textOf(body, "$etag");
  return {
    modelId,
    properties: Object.fromEntries(
      properties.map(([name, value]) => [name, isComponent(value) ? withoutDollar(value) : value]),
    ),
    times: Object.fromEntries([
      ...timesOf(metadata, ""),
      ...components.flatMap(([name, component]) => timesOf(component.$metadata, `/${name}`)),
    ]),
    ...(etag === undefined ? {} : { etag }),
  };
}

/** Throws Undecodable when a member is missing. */
export function relationshipOf(body: JsonObject): Relationship {
  const need = (name: string) => {
    const value = textOf(body, name);
    if (value === undefined) throw new Undecodable(`The relationship has no ${name}.`);
    return value;
  };
  const etag = textOf(body, "$etag");
  return {
    id: need("$relationshipId"),
    sourceId: need("$sourceId"),
    targetId: need("$targetId"),
    name: need("$relationshipName"),
    properties: withoutDollar(body),
    ...(etag === undefined ? {} : { etag }),
  };
}
