/**
 * Turns what a producer sent into what consumers get: the hub's annotations are spliced into the encoded message.
 *
 * A producer's own annotations pass (IoT Hub's `iothub-connection-device-id` arrives so), except those only the hub may set.
 */
import { long, mapSection, string, symbol, timestamp } from "./encode.ts";
import { mapEntries, SECTION, type Section, sections } from "./scan.ts";
import type { Append, Entry, PartitionInfo } from "./types.ts";

const SEQUENCE = symbol("x-opt-sequence-number");
const OFFSET = symbol("x-opt-offset");
const ENQUEUED = symbol("x-opt-enqueued-time");
const KEY = symbol("x-opt-partition-key");
const PUBLISHER = symbol("x-opt-publisher");
const OURS = new Set(["x-opt-sequence-number", "x-opt-offset", "x-opt-enqueued-time", "x-opt-publisher"]);

/** The borders that stamping needs: where the header ends, the producer's annotations, where the rest begins. */
interface Borders {
  headerEnd: number;
  annotations: Section | undefined;
  rest: number;
}

function borders(raw: Buffer): Borders {
  const found: Borders = { headerEnd: 0, annotations: undefined, rest: raw.length };
  for (const section of sections(raw)) {
    if (section.code === SECTION.header) found.headerEnd = section.end;
    else if (section.code === SECTION.messageAnnotations) found.annotations = section;
    else if (section.code !== SECTION.deliveryAnnotations) {
      found.rest = Math.min(found.rest, section.start);
    }
  }
  return found;
}

/** Throws RangeError when `raw` is not an encoded AMQP message. */
export function stamp(
  raw: Buffer,
  place: Omit<Entry, "annotationsAt" | "bytes">,
  { partitionKey, publisher }: Pick<Append, "partitionKey" | "publisher">,
): Entry {
  const { headerEnd, annotations, rest } = borders(raw);
  const parts: Buffer[] = [];
  let count = 6;
  let keyed = partitionKey === undefined;
  for (const entry of annotations ? mapEntries(raw, annotations.value) : []) {
    if (OURS.has(entry.name)) continue;
    if (entry.name === "x-opt-partition-key") keyed = true;
    parts.push(raw.subarray(entry.key, entry.end));
    count += 2;
  }
  if (!keyed && partitionKey !== undefined) {
    parts.push(KEY, string(partitionKey));
    count += 2;
  }
  if (publisher !== undefined) {
    parts.push(PUBLISHER, string(publisher));
    count += 2;
  }
  parts.push(SEQUENCE, long(place.sequence), OFFSET, string(String(place.offset)));
  parts.push(ENQUEUED, timestamp(place.enqueuedAt));
  const section = mapSection(SECTION.messageAnnotations, count, parts);
  // Of its own: a piece of Node's pool, which it would keep in memory, is several times as large as an event.
  const bytes = Buffer.allocUnsafeSlow(headerEnd + section.length + raw.length - rest);
  raw.copy(bytes, 0, 0, headerEnd);
  section.copy(bytes, headerEnd);
  raw.copy(bytes, headerEnd + section.length, rest);
  return { ...place, annotationsAt: headerEnd, bytes };
}

const LAST_SEQUENCE = symbol("last_enqueued_sequence_number");
const LAST_OFFSET = symbol("last_enqueued_offset");
const LAST_TIME = symbol("last_enqueued_time_utc");
const RETRIEVED = symbol("runtime_info_retrieval_time_utc");

/** The partition's runtime metrics, as a section of delivery annotations. */
export function metricsSection(info: PartitionInfo, now: number): Buffer {
  return mapSection(SECTION.deliveryAnnotations, 8, [
    LAST_SEQUENCE,
    long(info.last),
    LAST_OFFSET,
    string(info.lastOffset),
    LAST_TIME,
    timestamp(info.lastEnqueuedAt),
    RETRIEVED,
    timestamp(now),
  ]);
}
