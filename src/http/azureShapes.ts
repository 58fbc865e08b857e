/**
 * Relationships and models between our words and Azure Digital Twins' JSON, and twins from it (`twinDocument` is the way
 * back). Pure; called by the routes. Azure's REST reference, DigitalTwins_Add and following, version 2023-10-31.
 */
import type { Relationship } from "../twins/types.ts";

type Json = Record<string, unknown>;

/** Body of a PUT or POST → model and properties; what begins with `$` is not a property. */
export function fromAzureTwin(body: Json & { $metadata: { $model: string } }): { modelId: string; properties: Json } {
  const properties = withoutSystemMembers(body);
  for (const [name, value] of Object.entries(properties)) {
    if (isObject(value) && "$metadata" in value) {
      const { $metadata, ...component } = value;
      properties[name] = component;
    }
  }
  return { modelId: body.$metadata.$model, properties };
}

export function toAzureRelationship(r: Relationship): Json {
  return {
    $relationshipId: r.id,
    ...(r.etag === undefined ? {} : { $etag: r.etag }),
    $sourceId: r.sourceId,
    $targetId: r.targetId,
    $relationshipName: r.name,
    ...r.properties,
  };
}

export function fromAzureRelationship(
  id: string,
  sourceId: string,
  body: Json & { $targetId: string; $relationshipName: string },
): Relationship {
  return {
    id,
    sourceId,
    targetId: body.$targetId,
    name: body.$relationshipName,
    properties: withoutSystemMembers(body),
  };
}

/** `definition`: with the DTDL document. */
export function toAzureModel(model: { id: string; source: object }, definition: boolean): Json {
  const source = model.source as { displayName?: unknown; description?: unknown };
  return {
    id: model.id,
    displayName: languages(source.displayName),
    description: languages(source.description),
    ...(definition ? { model: model.source } : {}),
  };
}

/** DTDL: a text without a language is English. */
function languages(text: unknown): Json {
  if (typeof text === "string") {
    return { en: text };
  }
  return isObject(text) ? text : {};
}

function withoutSystemMembers(body: Json): Json {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !name.startsWith("$")));
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
