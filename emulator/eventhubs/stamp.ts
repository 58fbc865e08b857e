/**
 * Turns what a producer sent into what consumers get: the hub's annotations are spliced into the encoded message.
 *
 * A producer's own annotations pass (IoT Hub's `iothub-connection-device-id` arrives so), except those only the hub may set.
 */
import { HEAD, mostBytes, symbol, writeHead, writeLong, writeString, writeTimestamp } from "./encode.ts";
import { type MapEntry, mapEntries, SECTION, type Section, sectionAt } from "./scan.ts";
import type { Append, Entry, PartitionInfo } from "./types.ts";

const SEQUENCE = symbol("x-opt-sequence-number");
const OFFSET = symbol("x-opt-offset");
const ENQUEUED = symbol("x-opt-enqueued-time");
const KEY = symbol("x-opt-partition-key");
const PUBLISHER = symbol("x-opt-publisher");
/** More bytes than the hub's keys and numbers have. */
const OTHERS = 512;
const OURS = new Set(["x-opt-sequence-number", "x-opt-offset", "x-opt-enqueued-time", "x-opt-publisher"]);

/** The borders that stamping needs: where the header ends, the producer's annotations, where the rest begins. */
interface Borders {
  headerEnd: number;
  annotations: Section | undefined;
  rest: number;
}

function borders(raw: Buffer): Borders {
  const found: Borders = { headerEnd: 0, annotations: undefined, rest: raw.length };
  for (let at = 0; at < raw.length; ) {
    const section = sectionAt(raw, at);
    at = section.end;
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
  const kept: MapEntry[] = [];
  let keyed = partitionKey === undefined;
  let length = 0;
  for (const entry of annotations ? mapEntries(raw, annotations.value) : []) {
    if (OURS.has(entry.name)) continue;
    if (entry.name === "x-opt-partition-key") keyed = true;
    kept.push(entry);
    length += entry.end - entry.key;
  }
  const ours = writeOurs(place, keyed ? undefined : partitionKey, publisher);
  length += ours.length;
  // Of its own: a piece of Node's pool, which it would keep in memory, is several times as large as an event.
  const bytes = Buffer.allocUnsafeSlow(headerEnd + HEAD + length + raw.length - rest);
  raw.copy(bytes, 0, 0, headerEnd);
  let at = writeHead(bytes, headerEnd, {
    code: SECTION.messageAnnotations,
    count: 2 * kept.length + ours.count,
    length,
  });
  for (const { key, end } of kept) at += raw.copy(bytes, at, key, end);
  at += ours.buffer.copy(bytes, at, 0, ours.length);
  raw.copy(bytes, at, rest);
  const { sequence, offset, enqueuedAt } = place;
  return { sequence, offset, enqueuedAt, annotationsAt: headerEnd, bytes };
}

/** Where annotations are put together: how long they are, is known afterwards. */
const scratch = Buffer.allocUnsafeSlow(4096);

/** The hub's annotations: `count` keys and values in `length` bytes of `buffer`, good until the next call. */
function writeOurs(
  place: Omit<Entry, "annotationsAt" | "bytes">,
  partitionKey: string | undefined,
  publisher: string | undefined,
): { buffer: Buffer; length: number; count: number } {
  const most = OTHERS + mostBytes(partitionKey ?? "") + mostBytes(publisher ?? "");
  const buffer = most <= scratch.length ? scratch : Buffer.allocUnsafeSlow(most);
  let at = 0;
  let count = 6;
  if (partitionKey !== undefined) {
    at += KEY.copy(buffer, at);
    at = writeString(buffer, at, partitionKey);
    count += 2;
  }
  if (publisher !== undefined) {
    at += PUBLISHER.copy(buffer, at);
    at = writeString(buffer, at, publisher);
    count += 2;
  }
  at += SEQUENCE.copy(buffer, at);
  at = writeLong(buffer, at, place.sequence);
  at += OFFSET.copy(buffer, at);
  at = writeString(buffer, at, String(place.offset));
  at += ENQUEUED.copy(buffer, at);
  return { buffer, length: writeTimestamp(buffer, at, place.enqueuedAt), count };
}

const LAST_SEQUENCE = symbol("last_enqueued_sequence_number");
const LAST_OFFSET = symbol("last_enqueued_offset");
const LAST_TIME = symbol("last_enqueued_time_utc");
const RETRIEVED = symbol("runtime_info_retrieval_time_utc");

/** The partition's runtime metrics, as a section of delivery annotations. */
export function metricsSection(info: PartitionInfo, now: number): Buffer {
  const section = Buffer.allocUnsafe(OTHERS + mostBytes(info.lastOffset));
  let at = HEAD;
  at += LAST_SEQUENCE.copy(section, at);
  at = writeLong(section, at, info.last);
  at += LAST_OFFSET.copy(section, at);
  at = writeString(section, at, info.lastOffset);
  at += LAST_TIME.copy(section, at);
  at = writeTimestamp(section, at, info.lastEnqueuedAt);
  at += RETRIEVED.copy(section, at);
  at = writeTimestamp(section, at, now);
  writeHead(section, 0, { code: SECTION.deliveryAnnotations, count: 8, length: at - HEAD });
  return section.subarray(0, at);
}
