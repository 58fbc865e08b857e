/**
 * Encodes the few AMQP 1.0 values that the broker itself adds to messages, and whole messages appended in-process.
 *
 * Written by hand because this is on the hot path: one map of three or four annotations per event.
 */
import rhea from "rhea";
import { SECTION } from "./scan.ts";
import type { HubMessage } from "./types.ts";

export function symbol(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xa3, text.length]), Buffer.from(text, "ascii")]);
}

/** Bytes that a string of this text has at most. */
export function mostBytes(text: string): number {
  return 5 + 3 * text.length;
}

const STRING = 0xa1;
const SYMBOL = 0xa3;
const NULL = 0x40;

/** Writes a string at `at`, or what else has its form; gives where it ends. */
export function writeString(into: Buffer, at: number, text: string, code = STRING): number {
  // At most three bytes for each UTF-16 unit: whether one byte is enough for the length, is known beforehand.
  const isShort = text.length < 86;
  const from = at + (isShort ? 2 : 5);
  const length = into.write(text, from);
  into[at] = isShort ? code : code + 0x10;
  if (isShort) into[at + 1] = length;
  else into.writeUInt32BE(length, at + 1);
  return from + length;
}

function writeEightBytes(into: Buffer, at: number, value: number): number {
  // Values are safe integers (counters, ms since epoch): two halves are cheaper than a BigInt.
  into.writeInt32BE(Math.floor(value / 0x1_0000_0000), at + 1);
  into.writeUInt32BE(value - Math.floor(value / 0x1_0000_0000) * 0x1_0000_0000, at + 5);
  return at + 9;
}

export function writeLong(into: Buffer, at: number, value: number): number {
  into[at] = 0x81;
  return writeEightBytes(into, at, value);
}

/** `ms` since epoch. */
export function writeTimestamp(into: Buffer, at: number, ms: number): number {
  into[at] = 0x83;
  return writeEightBytes(into, at, ms);
}

/** Forms of a section's value: see AMQP 1.0, part 1, 1.6. */
const LIST = 0xd0;
const MAP = 0xd1;
const BINARY = 0xb0;

/** Bytes of what `writeHead` writes. */
export const HEAD = 12;

/**
 * Writes the head of a section that is a map, or a list: `count` items follow, keys and values of a map by themselves, which
 * have `length` bytes.
 */
export function writeHead(
  into: Buffer,
  at: number,
  { code, form = MAP, count, length }: { code: number; form?: number; count: number; length: number },
): number {
  into[at] = 0;
  into[at + 1] = 0x53;
  into[at + 2] = code;
  into[at + 3] = form;
  into.writeUInt32BE(length + 4, at + 4);
  into.writeUInt32BE(count, at + 8);
  return at + HEAD;
}

/** A message that was appended in-process, as a producer would have sent it. */
export function encodeMessage(message: HubMessage): Buffer {
  const { annotations, applicationProperties = {} } = message;
  return annotations === undefined && isText(applicationProperties)
    ? encodeText(message, applicationProperties)
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

function isText(properties: object): properties is Record<string, string> {
  return Object.values(properties).every((value) => typeof value === "string");
}

/** Where messages are put together: how long one is, is known afterwards. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);
/** More bytes than heads and what is null have. */
const OTHERS = 64;

/** What notifications are: text and a body. Into one buffer, since rhea makes hundreds of small ones of it. */
function encodeText(
  { messageId, contentType, body }: HubMessage,
  properties: Readonly<Record<string, string>>,
): Buffer {
  let most = mostBytes(messageId ?? "") + mostBytes(contentType ?? "") + 3 * body.length + OTHERS;
  let count = 0;
  for (const name in properties) {
    most += mostBytes(name) + mostBytes(properties[name] ?? "");
    count += 2;
  }
  const buffer = most <= scratch.length ? scratch : Buffer.allocUnsafeSlow(most);
  let at = 0;
  if (messageId !== undefined || contentType !== undefined) at = writeProperties(buffer, at, messageId, contentType);
  if (count > 0) {
    const head = at;
    at += HEAD;
    for (const name in properties) at = writeString(buffer, writeString(buffer, at, name), properties[name] ?? "");
    writeHead(buffer, head, { code: SECTION.applicationProperties, count, length: at - head - HEAD });
  }
  at = writeData(buffer, at, body);
  return Buffer.from(buffer.subarray(0, at));
}

/** `message-id` is the first of the properties, `content-type` the seventh (AMQP 1.0, part 3, 3.2.4). */
function writeProperties(into: Buffer, head: number, messageId: string | undefined, contentType: string | undefined) {
  let at = head + HEAD;
  if (messageId === undefined) into[at++] = NULL;
  else at = writeString(into, at, messageId);
  into.fill(NULL, at, at + 5);
  at += 5;
  if (contentType === undefined) into[at++] = NULL;
  else at = writeString(into, at, contentType, SYMBOL);
  writeHead(into, head, { code: SECTION.properties, form: LIST, count: 7, length: at - head - HEAD });
  return at;
}

function writeData(into: Buffer, head: number, body: string | Uint8Array): number {
  let at = head + 8;
  if (typeof body === "string") at += into.write(body, at);
  else {
    into.set(body, at);
    at += body.length;
  }
  into[head] = 0;
  into[head + 1] = 0x53;
  into[head + 2] = SECTION.data;
  into[head + 3] = BINARY;
  into.writeUInt32BE(at - head - 8, head + 4);
  return at;
}
