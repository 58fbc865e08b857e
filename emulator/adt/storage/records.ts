/**
 * Records of an Instance as rows of the file, and back: a table, a key, the ordinal, and the rest as JSON.
 */
import type { Content, Instance } from "../Instance.ts";
import { relationshipKey } from "../Instance.ts";
import type { EventRoute, JsonObject, ModelRecord, RelationshipRecord, TwinRecord } from "../types.ts";

export const TABLES = ["models", "twins", "relationships", "routes"] as const;
export type Table = (typeof TABLES)[number];

/** Ordinal and JSON of a record; undefined when the instance does not have it. */
export function toRow(instance: Instance, table: Table, key: string): { ordinal: number; body: string } | undefined {
  const record = instance[table].get(key);
  return record === undefined ? undefined : { ordinal: record.ordinal, body: JSON.stringify(bodyOf(table, record)) };
}

function bodyOf(table: Table, record: ModelRecord | TwinRecord | RelationshipRecord | EventRoute): object {
  if ("document" in record && table !== "models") {
    return record.document;
  }
  if ("filter" in record) {
    const { id, endpointName, filter } = record;
    return { id, endpointName, filter };
  }
  const { ordinal: _, ...body } = record;
  return body;
}

const SHARED = ["$sourceId", "$targetId", "$relationshipName"];

/** What is read from a file, later rows replacing earlier ones of the same key. */
export class ContentReader {
  readonly #models = new Map<string, ModelRecord>();
  readonly #twins = new Map<string, TwinRecord>();
  readonly #relationships = new Map<string, RelationshipRecord>();
  readonly #routes = new Map<string, EventRoute>();
  /** Texts that many records have, each once. */
  readonly #texts = new Map<string, string>();

  /** `size` is the length of the body as text. */
  put(table: Table, ordinal: number, body: JsonObject, size: number): void {
    if (table === "twins") {
      const twin = twinOf(ordinal, this.#share(body, ["$dtId"]), size);
      this.#twins.set(twin.id, twin);
    } else if (table === "relationships") {
      const relationship = relationshipOf(ordinal, this.#share(body, SHARED));
      this.#relationships.set(relationshipKey(relationship.sourceId, relationship.id), relationship);
    } else {
      const record = { ...body, ordinal } as unknown as ModelRecord & EventRoute;
      (table === "models" ? this.#models : this.#routes).set(record.id, record);
    }
  }

  /** Replaces members of a document that was just read. */
  #share(document: JsonObject, names: readonly string[]): JsonObject {
    for (const name of names) {
      const text = String(document[name]);
      const known = this.#texts.get(text);
      if (known === undefined) {
        this.#texts.set(text, text);
      }
      document[name] = known ?? text;
    }
    return document;
  }

  remove(table: Table, key: string): void {
    const maps = {
      models: this.#models,
      twins: this.#twins,
      relationships: this.#relationships,
      routes: this.#routes,
    };
    maps[table].delete(key);
  }

  /** Each in the order of creation. */
  content(): Content {
    const sorted = <T extends { ordinal: number }>(records: ReadonlyMap<string, T>) =>
      [...records.values()].sort((a, b) => a.ordinal - b.ordinal);
    return {
      models: sorted(this.#models),
      twins: sorted(this.#twins),
      relationships: sorted(this.#relationships),
      routes: sorted(this.#routes),
    };
  }
}

function twinOf(ordinal: number, document: JsonObject, size: number): TwinRecord {
  return {
    ordinal,
    id: String(document["$dtId"]),
    modelId: String((document["$metadata"] as JsonObject)["$model"]),
    etag: String(document["$etag"]),
    document,
    size,
  };
}

function relationshipOf(ordinal: number, document: JsonObject): RelationshipRecord {
  return {
    ordinal,
    id: String(document["$relationshipId"]),
    sourceId: String(document["$sourceId"]),
    targetId: String(document["$targetId"]),
    name: String(document["$relationshipName"]),
    etag: String(document["$etag"]),
    document,
  };
}
