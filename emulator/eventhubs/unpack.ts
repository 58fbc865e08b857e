/**
 * What is in a delivery from a producer: one message, or a batch of them, its partition key, and how its events are numbered.
 *
 * Used by Producers.
 */
import { bytesAt, mapEntries, numberAt, SECTION, sections } from "./scan.ts";
import { type Append, HubError, type Publishing } from "./types.ts";

const PARTITION_KEY = "x-opt-partition-key";
const NULL = 0x40;
/** Annotations of an idempotent producer's events. */
const NUMBERS: Record<string, keyof Publishing> = {
  "com.microsoft:producer-id": "producer",
  "com.microsoft:producer-epoch": "epoch",
  "com.microsoft:producer-sequence-number": "sequence",
};

/** Throws HubError `amqp:decode-error` when the bytes are not what they should be. */
export function unpack(bytes: Buffer, { isBatch, isNumbered }: { isBatch: boolean; isNumbered: boolean }): Append {
  try {
    const { raws, partitionKey } = split(bytes, isBatch);
    return { raws, partitionKey, ...(isNumbered ? { numbered: raws.map(numbersOf) } : {}) };
  } catch (error) {
    throw new HubError("amqp:decode-error", error instanceof Error ? error.message : String(error));
  }
}

function split(bytes: Buffer, isBatch: boolean): { raws: Buffer[]; partitionKey: string | undefined } {
  const raws: Buffer[] = isBatch ? [] : [bytes];
  let partitionKey: string | undefined;
  for (const section of sections(bytes)) {
    if (isBatch && section.code === SECTION.data) raws.push(bytesAt(bytes, section.value));
    if (section.code === SECTION.messageAnnotations) partitionKey = keyIn(bytes, section.value) ?? partitionKey;
  }
  return { raws, partitionKey };
}

function keyIn(bytes: Buffer, annotations: number): string | undefined {
  for (const entry of mapEntries(bytes, annotations)) {
    if (entry.name !== PARTITION_KEY || bytes[entry.value] === NULL) continue;
    return bytesAt(bytes, entry.value).toString("utf8");
  }
  return undefined;
}

function numbersOf(raw: Buffer): Publishing {
  const found: Partial<Publishing> = {};
  for (const section of sections(raw)) {
    if (section.code !== SECTION.messageAnnotations) continue;
    for (const entry of mapEntries(raw, section.value)) {
      const name = NUMBERS[entry.name];
      if (name !== undefined) found[name] = numberAt(raw, entry.value);
    }
  }
  const { producer, epoch, sequence } = found;
  if (producer === undefined || epoch === undefined || sequence === undefined) {
    throw new RangeError("An event of an idempotent producer has no producer id, epoch or sequence number.");
  }
  return { producer, epoch, sequence };
}
