/**
 * Twins and relationships as an Instance keeps them: what indexes need as fields, the document as its JSON text, which is what
 * GET answers and what the file stores.
 *
 * The text of a record in an instance is on that instance's shelf, out of the garbage collector's way, and stays there for
 * the rest of the operation that replaces the record (docs/adr/0012-records-as-text.md). `ordinal` is the order of creation:
 * lists, pages and continuation tokens follow it. Records never change, nor do the documents that they hand out.
 */
import type { Shelvable } from "./Shelves.ts";
import type { TextShelf } from "./TextShelf.ts";
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

/** An etag and a text, on an instance's shelf from the moment on at which that takes the record in. */
abstract class Shelved implements Shelvable {
  #own: { etag: string; text: string } | undefined;
  #shelf: TextShelf | undefined;
  #place = 0;

  constructor(etag: string, text: string) {
    this.#own = { etag, text };
  }

  get etag(): string {
    return this.#own?.etag ?? this.#shelf?.label(this.#place) ?? "";
  }

  protected get shelvedText(): string {
    return this.#own?.text ?? this.#shelf?.text(this.#place) ?? "";
  }

  shelve(shelf: TextShelf): void {
    const place = this.#shelf === shelf ? undefined : shelf.put(this.etag, this.shelvedText);
    if (place !== undefined) {
      this.retire();
      this.#shelf = shelf;
      this.#place = place;
      this.#own = undefined;
    }
  }

  /** The record is no longer in its instance. It can be read until the shelf uses its place again: see TextShelf. */
  retire(): void {
    this.#shelf?.retire(this.#place);
  }
}

interface TwinFields {
  ordinal: number;
  id: string;
  modelId: string;
  etag: string;
  /** Bytes that the document has at most, without $etag and $metadata; absent: not known. */
  size?: number | undefined;
}

export class TwinRecord extends Shelved {
  readonly ordinal: number;
  readonly id: string;
  readonly modelId: string;
  readonly size: number | undefined;

  /** `text`: JSON of the document. */
  constructor({ ordinal, id, modelId, etag, size }: TwinFields, text: string) {
    super(etag, text);
    this.ordinal = ordinal;
    this.id = id;
    this.modelId = modelId;
    this.size = size;
  }

  /** JSON of the document. */
  get text(): string {
    return this.shelvedText;
  }

  /** The twin as api-version 2022-05-31 answers it. */
  get document(): JsonObject {
    return parse(this.ordinal, this.shelvedText);
  }

  /** The same, to be kept as long as somebody likes. */
  copy(): TwinRecord {
    return new TwinRecord({ ...this, etag: this.etag }, this.shelvedText);
  }
}

interface RelationshipFields {
  ordinal: number;
  id: string;
  sourceId: string;
  targetId: string;
  name: string;
  etag: string;
}

export class RelationshipRecord extends Shelved {
  readonly ordinal: number;
  readonly id: string;
  readonly sourceId: string;
  readonly targetId: string;
  readonly name: string;

  /** `properties`: see `propertiesOf`. */
  constructor({ ordinal, id, sourceId, targetId, name, etag }: RelationshipFields, properties: string) {
    super(etag, properties);
    this.ordinal = ordinal;
    this.id = id;
    this.sourceId = sourceId;
    this.targetId = targetId;
    this.name = name;
  }

  get document(): JsonObject {
    const properties = this.shelvedText;
    return {
      $relationshipId: this.id,
      $etag: this.etag,
      $sourceId: this.sourceId,
      $relationshipName: this.name,
      $targetId: this.targetId,
      ...(properties === "" ? {} : parse(this.ordinal, properties)),
    };
  }

  /** JSON of the document. */
  get text(): string {
    return JSON.stringify(this.document);
  }

  /** The same, to be kept as long as somebody likes. */
  copy(): RelationshipRecord {
    return new RelationshipRecord({ ...this, etag: this.etag }, this.shelvedText);
  }
}

/** JSON of what a relationship's document has beside its fields; empty: nothing. */
export function propertiesOf(document: JsonObject): string {
  const properties = Object.entries(document).filter(([name]) => !name.startsWith("$"));
  return properties.length === 0 ? "" : JSON.stringify(Object.fromEntries(properties));
}
