/**
 * Finds the sections of an encoded AMQP 1.0 message without decoding their values.
 *
 * The broker never decodes and re-encodes what producers send: it cuts at section borders, adds its own annotations and
 * passes the rest on, byte for byte. Used by stamping and by the producer links. Spec: AMQP 1.0 part 1 (types) and 3.2.
 */

/** Descriptor codes of message sections. */
export const SECTION = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  sequence: 0x76,
  value: 0x77,
  footer: 0x78,
} as const;

const SYMBOLS: Record<string, number> = {
  "amqp:header:list": 0x70,
  "amqp:delivery-annotations:map": 0x71,
  "amqp:message-annotations:map": 0x72,
  "amqp:properties:list": 0x73,
  "amqp:application-properties:map": 0x74,
  "amqp:data:binary": 0x75,
  "amqp:amqp-sequence:list": 0x76,
  "amqp:amqp-value:*": 0x77,
  "amqp:footer:map": 0x78,
};

/** `start` at the descriptor, `value` at the constructor of the section's value, `end` behind it. */
export interface Section {
  code: number;
  start: number;
  value: number;
  end: number;
}

function byteAt(buffer: Buffer, at: number): number {
  const byte = buffer[at];
  if (byte === undefined) throw new RangeError("The AMQP message ends in the middle of a value.");
  return byte;
}

/** Width of a fixed-size value by the high nibble of its constructor (AMQP 1.0 part 1, 1.2). */
const FIXED: Record<number, number> = { 4: 0, 5: 1, 6: 2, 7: 4, 8: 8, 9: 16 };

/** Index behind the value whose constructor is at `at`. Throws RangeError when the bytes are not AMQP. */
export function skipValue(buffer: Buffer, at: number, depth = 0): number {
  const code = byteAt(buffer, at);
  if (code === 0) {
    if (depth > 8) throw new RangeError("The AMQP message nests descriptors too deeply.");
    return skipValue(buffer, skipValue(buffer, at + 1, depth + 1), depth + 1);
  }
  const end = at + 1 + widthOf(buffer, at + 1, code);
  if (end > buffer.length) throw new RangeError("The AMQP message ends in the middle of a value.");
  return end;
}

function widthOf(buffer: Buffer, at: number, code: number): number {
  const kind = code >> 4;
  const fixed = FIXED[kind];
  if (fixed !== undefined) return fixed;
  if (kind === 0xa || kind === 0xc || kind === 0xe) return 1 + byteAt(buffer, at);
  if (kind === 0xb || kind === 0xd || kind === 0xf) return 4 + buffer.readUInt32BE(at);
  throw new RangeError(`0x${code.toString(16)} is no AMQP type.`);
}

function descriptor(buffer: Buffer, at: number): { code: number; next: number } {
  const form = byteAt(buffer, at);
  if (form === 0x53) return { code: byteAt(buffer, at + 1), next: at + 2 };
  if (form === 0x80) return { code: Number(buffer.readBigUInt64BE(at + 1)), next: at + 9 };
  if (form === 0xa3) {
    const next = at + 2 + byteAt(buffer, at + 1);
    return { code: SYMBOLS[buffer.toString("ascii", at + 2, next)] ?? 0, next };
  }
  throw new RangeError("A section of the AMQP message has no known descriptor.");
}

/** The section of a message that begins at `at`. Throws RangeError when none does. */
export function sectionAt(buffer: Buffer, at: number): Section {
  if (byteAt(buffer, at) !== 0) throw new RangeError("The AMQP message does not begin with a section.");
  const { code, next } = descriptor(buffer, at + 1);
  return { code, start: at, value: next, end: skipValue(buffer, next) };
}

/** The sections of a message, in order. Throws RangeError when the bytes are not a message. */
export function* sections(buffer: Buffer): Generator<Section> {
  for (let at = 0; at < buffer.length; ) {
    const section = sectionAt(buffer, at);
    yield section;
    at = section.end;
  }
}

/** The bytes of a binary, string or symbol value whose constructor is at `at`. */
export function bytesAt(buffer: Buffer, at: number): Buffer {
  const kind = byteAt(buffer, at) >> 4;
  if (kind === 0xa) return buffer.subarray(at + 2, at + 2 + byteAt(buffer, at + 1));
  if (kind === 0xb) return buffer.subarray(at + 5, at + 5 + buffer.readUInt32BE(at + 1));
  throw new RangeError("A binary, string or symbol was expected in the AMQP message.");
}

/** Key and the range `[key, value, end)` of one map entry, as indices into the message. */
export interface MapEntry {
  name: string;
  key: number;
  value: number;
  end: number;
}

/** The entries of a map with string or symbol keys whose constructor is at `at`. */
export function* mapEntries(buffer: Buffer, at: number): Generator<MapEntry> {
  const form = byteAt(buffer, at);
  if (form !== 0xc1 && form !== 0xd1) return;
  const end = skipValue(buffer, at);
  let key = form === 0xc1 ? at + 3 : at + 9;
  while (key < end) {
    const value = skipValue(buffer, key);
    const next = skipValue(buffer, value);
    yield { name: bytesAt(buffer, key).toString("utf8"), key, value, end: next };
    key = next;
  }
}

/** The signed integer whose constructor is at `at`. */
export function numberAt(buffer: Buffer, at: number): number {
  switch (byteAt(buffer, at)) {
    case 0x54:
    case 0x55:
      return buffer.readInt8(at + 1);
    case 0x61:
      return buffer.readInt16BE(at + 1);
    case 0x71:
      return buffer.readInt32BE(at + 1);
    case 0x81:
      return Number(buffer.readBigInt64BE(at + 1));
    default:
      throw new RangeError("A signed integer was expected in the AMQP message.");
  }
}
