// A small plant in a twin service, put there by the official SDK: what an Azure instance has when we come to it.
import type { DigitalTwinsClient } from "@azure/digital-twins-core";
import { interfacesForAzure } from "../../src/dtdl/index.ts";
import { MODELS, RELATIONSHIPS, TWINS } from "./hall.ts";

/** The hall of hall.ts. */
export async function plantInAzure(client: DigitalTwinsClient): Promise<void> {
  await client.createModels(interfacesForAzure(MODELS));
  for (const { id, modelId, properties } of TWINS) {
    const { motor, ...plain } = properties;
    const twin = { $metadata: { $model: modelId }, ...plain, ...(motor ? { motor: { $metadata: {}, ...motor } } : {}) };
    await client.upsertDigitalTwin(id, JSON.stringify(twin));
  }
  for (const { id, sourceId, targetId, name } of RELATIONSHIPS) {
    await client.upsertRelationship(sourceId, id, {
      $relationshipId: id,
      $sourceId: sourceId,
      $targetId: targetId,
      $relationshipName: name,
    });
  }
}

/** All that an instance holds, for comparing before and after. */
export async function contentsOf(client: DigitalTwinsClient): Promise<unknown> {
  const models = await Array.fromAsync(client.listModels([], true));
  const twins = await Array.fromAsync(client.queryTwins("SELECT * FROM digitaltwins"));
  const relationships = await Array.fromAsync(client.queryTwins("SELECT * FROM relationships"));
  return { models, twins: byId(twins, "$dtId"), relationships: byId(relationships, "$relationshipId") };
}

function byId(items: unknown[], id: string): unknown[] {
  const key = (item: unknown) => String((item as Record<string, unknown>)[id]);
  return items.toSorted((a, b) => key(a).localeCompare(key(b)));
}
