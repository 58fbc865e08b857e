/**
 * Twins and relationships as an Instance keeps them: what indexes need as fields, the document as its JSON text.
 *
 * To the garbage collector a text is one object where a document is twenty, so that marking a large instance disturbs nobody
 * and writes leave little behind (docs/adr/0012-records-as-text.md); and it is what GET answers and what the file
 * stores. `ordinal` is the order of creation: lists, pages and continuation tokens follow it. Records are never mutated, nor
 * are the documents that they hand out.
 */
import type { JsonObject } from "./types.ts";

/** Documents at hand: the conditions and columns of a query ask the same few records again and again. A power of two. */
const AT_HAND = 16;
const atHand = {
  texts: new Array<string>(AT_HAND).fill(""),
  documents: new Array<JsonObject | undefined>(AT_HAND).fill(undefined),
};

function parse(ordinal: number, text: string): JsonObject {
  const place = ordinal & (AT_HAND - 1);
  const known = atHand.texts[place] === text ? atHand.documents[place] : undefined;
  if (known !== undefined) {
    return known;
  }
  const document = JSON.parse(text) as JsonObject;
  atHand.texts[place] = text;
  atHand.documents[place] = document;
  return document;
}

export class TwinRecord {
  readonly ordinal: number;
  readonly id: string;
  readonly modelId: string;
  readonly etag: string;
  /** JSON of the document. */
  readonly text: string;
  /** Bytes that it has at most, without $etag and $metadata; absent: not known. */
  readonly size?: number | undefined;

  /** `text`: that of the document, where it is at hand. */
  constructor(fields: Omit<TwinRecord, "text">, text = JSON.stringify(fields.document)) {
    const { ordinal, id, modelId, etag, size } = fields;
    this.ordinal = ordinal;
    this.id = id;
    this.modelId = modelId;
    this.etag = etag;
    this.text = text;
    this.size = size;
  }

  /** The twin as api-version 2022-05-31 answers it. */
  get document(): JsonObject {
    return parse(this.ordinal, this.text);
  }
}

export class RelationshipRecord {
  readonly ordinal: number;
  readonly id: string;
  readonly sourceId: string;
  readonly targetId: string;
  readonly name: string;
  readonly etag: string;
  /** JSON of what else is in the document; empty: nothing. */
  readonly properties: string;

  constructor(fields: Omit<RelationshipRecord, "text" | "properties">) {
    this.ordinal = fields.ordinal;
    this.id = fields.id;
    this.sourceId = fields.sourceId;
    this.targetId = fields.targetId;
    this.name = fields.name;
    this.etag = fields.etag;
    const properties = Object.entries(fields.document).filter(([name]) => !name.startsWith("$"));
    this.properties = properties.length === 0 ? "" : JSON.stringify(Object.fromEntries(properties));
  }

  get document(): JsonObject {
    return {
      $relationshipId: this.id,
      $etag: this.etag,
      $sourceId: this.sourceId,
      $relationshipName: this.name,
      $targetId: this.targetId,
      ...(this.properties === "" ? {} : parse(this.ordinal, this.properties)),
    };
  }

  /** JSON of the document. */
  get text(): string {
    return JSON.stringify(this.document);
  }
}
