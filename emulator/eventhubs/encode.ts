/**
 * Encodes the few AMQP 1.0 values that the broker itself adds to messages, and whole messages appended in-process.
 *
 * Written by hand because this is on the hot path: one map of three or four annotations per event.
 */
import rhea from "rhea";
import type { HubMessage } from "./types.ts";

export function symbol(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xa3, text.length]), Buffer.from(text, "ascii")]);
}

export function string(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length < 256) return Buffer.concat([Buffer.from([0xa1, bytes.length]), bytes]);
  const head = Buffer.alloc(5);
  head[0] = 0xb1;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function eightBytes(code: number, value: number): Buffer {
  const buffer = Buffer.allocUnsafe(9);
  buffer[0] = code;
  // Values are safe integers (counters, ms since epoch): two halves are cheaper than a BigInt.
  buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), 1);
  buffer.writeUInt32BE(value - Math.floor(value / 0x1_0000_0000) * 0x1_0000_0000, 5);
  return buffer;
}

export function long(value: number): Buffer {
  return eightBytes(0x81, value);
}

/** `ms` since epoch. */
export function timestamp(ms: number): Buffer {
  return eightBytes(0x83, ms);
}

/** A section that is a map; `parts` are the encoded keys and values, `count` of them in all. */
export function mapSection(code: number, count: number, parts: readonly Buffer[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const head = Buffer.allocUnsafe(12);
  head[0] = 0;
  head[1] = 0x53;
  head[2] = code;
  head[3] = 0xd1;
  head.writeUInt32BE(length + 4, 4);
  head.writeUInt32BE(count, 8);
  return Buffer.concat([head, ...parts], length + 12);
}

/** A message that was appended in-process, as a producer would have sent it. */
export function encodeMessage(message: HubMessage): Buffer {
  const { annotations, applicationProperties = {} } = message;
  const properties = Object.entries(applicationProperties).filter(isText);
  return annotations === undefined && properties.length === Object.keys(applicationProperties).length
    ? encodeText(message, properties)
    : encodeAny(message);
}

function encodeAny(message: HubMessage): Buffer {
  return rhea.message.encode({
    ...(message.annotations ? { message_annotations: message.annotations } : {}),
    ...(message.messageId === undefined ? {} : { message_id: message.messageId }),
    ...(message.contentType === undefined ? {} : { content_type: message.contentType }),
    ...(message.applicationProperties ? { application_properties: message.applicationProperties } : {}),
    body: rhea.message.data_section(bytesOf(message.body)),
  });
}

function bytesOf(body: string | Uint8Array): Buffer {
  return typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

type Text = [name: string, value: string];

function isText(entry: [string, unknown]): entry is Text {
  return typeof entry[1] === "string";
}

/** Where messages are put together: how long one is, is known afterwards. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** What notifications are: text and a body. Into one buffer, since rhea makes hundreds of small ones of it. */
function encodeText({ messageId, contentType, body }: HubMessage, properties: readonly Text[]): Buffer {
  const texts = [messageId ?? "", contentType ?? "", ...properties.flat()];
  // At most three bytes for each UTF-16 unit.
  const most = texts.reduce((sum, { length }) => sum + 5 + 3 * length, 3 * body.length + 64);
  const buffer = most <= scratch.length ? scratch : Buffer.allocUnsafeSlow(most);
  let at = 0;

  function bytes(...values: number[]): void {
    for (const value of values) buffer[at++] = value;
  }
  /** `code`: of the form with one byte of length; 0x10 more is the one with four. */
  function text(code: number, value: string): void {
    const isShort = value.length < 86;
    const from = at + (isShort ? 2 : 5);
    const length = buffer.write(value, from);
    buffer[at] = isShort ? code : code + 0x10;
    if (isShort) buffer[at + 1] = length;
    else buffer.writeUInt32BE(length, at + 1);
    at = from + length;
  }
  /** A section with a list or map of `count` items that `write` writes. */
  function section(code: number, form: number, count: number, write: () => void): void {
    bytes(0, 0x53, code, form);
    const head = at;
    at += 8;
    write();
    buffer.writeUInt32BE(at - head - 4, head);
    buffer.writeUInt32BE(count, head + 4);
  }

  if (messageId !== undefined || contentType !== undefined) {
    section(0x73, 0xd0, 7, () => {
      if (messageId === undefined) bytes(0x40);
      else text(0xa1, messageId);
      bytes(0x40, 0x40, 0x40, 0x40, 0x40);
      if (contentType === undefined) bytes(0x40);
      else text(0xa3, contentType);
    });
  }
  if (properties.length > 0) {
    section(0x74, 0xd1, 2 * properties.length, () => {
      for (const [name, value] of properties) {
        text(0xa1, name);
        text(0xa1, value);
      }
    });
  }
  bytes(0, 0x53, 0x75, 0xb0);
  const size = at;
  at += 4;
  if (typeof body === "string") at += buffer.write(body, at);
  else {
    buffer.set(body, at);
    at += body.length;
  }
  buffer.writeUInt32BE(at - size - 4, size);
  return Buffer.from(buffer.subarray(0, at));
}
