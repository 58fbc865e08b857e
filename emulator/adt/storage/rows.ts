/**
 * Records of an Instance as rows of the file, and back: a table, a key, the ordinal, and the rest as JSON.
 */

import { relationshipKey } from "../Ends.ts";
import type { Content, Instance } from "../Instance.ts";
import { propertiesOf, RelationshipRecord, TwinRecord } from "../records.ts";
import type { EventRoute, Json, JsonObject, ModelRecord } from "../types.ts";

export const TABLES = ["models", "twins", "relationships", "routes"] as const;
export type Table = (typeof TABLES)[number];

/** Ordinal and JSON of a record; undefined when the instance does not have it. */
export function toRow(instance: Instance, table: Table, key: string): { ordinal: number; body: string } | undefined {
  const record = instance[table].get(key);
  return record === undefined ? undefined : { ordinal: record.ordinal, body: bodyOf(record) };
}

function bodyOf(record: ModelRecord | TwinRecord | RelationshipRecord | EventRoute): string {
  if ("text" in record) {
    return record.text;
  }
  if ("filter" in record) {
    const { id, endpointName, filter } = record;
    return JSON.stringify({ id, endpointName, filter });
  }
  const { ordinal: _, ...body } = record;
  return JSON.stringify(body);
}

/** What is read from a file, later rows replacing earlier ones of the same key. */
export class ContentReader {
  readonly #models = new Map<string, ModelRecord>();
  readonly #twins = new Map<string, TwinRecord>();
  readonly #relationships = new Map<string, RelationshipRecord>();
  readonly #routes = new Map<string, EventRoute>();
  /** Texts that many records have, each once. */
  readonly #texts = new Map<string, string>();

  /** `size` is the length of the body as text, at most; `text` that text, where it is no piece of a longer one. */
  put(table: Table, ordinal: number, body: JsonObject, { text, size }: { text?: string; size: number }): void {
    if (table === "twins") {
      const twin = this.#twin(ordinal, body, { text, size });
      this.#twins.set(twin.id, twin);
    } else if (table === "relationships") {
      const relationship = this.#relationship(ordinal, body);
      this.#relationships.set(relationshipKey(relationship.sourceId, relationship.id), relationship);
    } else {
      const record = { ...body, ordinal } as unknown as ModelRecord & EventRoute;
      (table === "models" ? this.#models : this.#routes).set(record.id, record);
    }
  }

  #twin(
    ordinal: number,
    document: JsonObject,
    { text = JSON.stringify(document), size }: { text: string | undefined; size: number },
  ): TwinRecord {
    const id = this.#share(document["$dtId"]);
    const modelId = this.#share((document["$metadata"] as JsonObject)["$model"]);
    return new TwinRecord({ ordinal, id, modelId, etag: String(document["$etag"]), size }, text);
  }

  #relationship(ordinal: number, document: JsonObject): RelationshipRecord {
    const own = {
      id: this.#share(document["$relationshipId"]),
      sourceId: this.#share(document["$sourceId"]),
      targetId: this.#share(document["$targetId"]),
      name: this.#share(document["$relationshipName"]),
      etag: String(document["$etag"]),
    };
    return new RelationshipRecord({ ordinal, ...own }, propertiesOf(document));
  }

  /** One string for all that are equal. */
  #share(value: Json | undefined): string {
    const text = String(value);
    const known = this.#texts.get(text);
    if (known === undefined) {
      this.#texts.set(text, text);
    }
    return known ?? text;
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
