/**
 * An event as the hub gives it, and what decoding makes of it: the words shared by decode.ts and its two halves.
 */
import { gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import type { EventPosition, JsonPatchOp, RawMessage, TwinEvent } from "../../twins/types.ts";

/**
 * `properties`: AMQP application properties (`cloudEvents:type`, `iothub-creation-time-utc`, the device's own).
 * `systemProperties`: message annotations (`iothub-connection-device-id`, `dt-subject` …) and the message's own properties
 * as the SDK names them (`contentType`, `contentEncoding` …).
 */
export interface RawEvent extends RawMessage {
  messageId?: string;
  /** Host and hub. */
  source: string;
  position: EventPosition;
  /** ms since epoch: the hub's clock, and ours. */
  enqueuedAt: number;
  receivedAt: number;
}

/** A reason: it cannot be decoded. undefined: it is nothing for us (lifecycle events and the like). */
export type Decoded = TwinEvent | { reason: string } | undefined;

export type JsonObject = Record<string, unknown>;

/** Thrown inside decoding; its message is the reason. Never leaves decode(). */
export class Undecodable extends Error {}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A property that is a non-empty string, else undefined. */
export function textOf(properties: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = properties[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** ISO text, ms since epoch or a Date → ms since epoch; undefined when it is no time. */
export function timeOf(value: unknown): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : value instanceof Date ? value.getTime() : value;
  return typeof ms === "number" && Number.isFinite(ms) ? ms : undefined;
}

/** The body as a JSON object, unpacked when `contentEncoding` says that it is packed. Throws Undecodable. */
export function jsonObject({ body: packed, systemProperties }: RawMessage): JsonObject {
  const encoding = systemProperties["contentEncoding"];
  const body = typeof encoding === "string" ? unpacked(packed, encoding) : packed;
  let value: unknown;
  try {
    value = JSON.parse(textIn(asBuffer(body)));
  } catch {
    throw new Undecodable(body.byteLength === 0 ? "The body is empty." : "The body is not JSON.");
  }
  if (isObject(value)) return value;
  const found = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
  throw new Undecodable(`The body is ${found}, where a JSON object is expected.`);
}

/** UTF-8, with or without a byte order mark; UTF-16 with one, as PowerShell and .NET write it. */
function textIn(bytes: Buffer): string {
  const first = bytes[0]; // no destructuring: this runs for every message
  const second = bytes[1];
  if (first === 0xff && second === 0xfe) return bytes.toString("utf16le", 2);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return bytes.toString("utf8", first === 0xef && second === 0xbb ? 3 : 0);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The `patch` of an update notification. Throws Undecodable. */
export function patchOf(body: JsonObject): JsonPatchOp[] {
  const patch = body["patch"];
  if (!Array.isArray(patch)) throw new Undecodable("The update has no patch.");
  return patch.map((operation: unknown, index) => {
    if (!isObject(operation)) throw new Undecodable(`Operation ${index} of the patch is no object.`);
    const { op, path, value } = operation;
    if (op !== "add" && op !== "replace" && op !== "remove")
      throw new Undecodable(`Operation ${index} has no known op.`);
    if (typeof path !== "string") throw new Undecodable(`Operation ${index} of the patch has no path.`);
    return op === "remove" ? { op, path } : { op, path, value };
  });
}

/** A message is 1 MB at the most; what swells to more than this is no measurement. */
const UNPACKED_LIMIT = { maxOutputLength: 16 * 1024 * 1024 };

/** `gzip`, `deflate` (with or without zlib's header: senders differ); every other encoding names a character set. */
function unpacked(body: Uint8Array, encoding: string): Uint8Array {
  const name = encoding.toLowerCase();
  try {
    if (name === "gzip" || name === "x-gzip") return gunzipSync(body, UNPACKED_LIMIT);
    if (name === "deflate")
      return hasZlibHeader(body) ? inflateSync(body, UNPACKED_LIMIT) : inflateRawSync(body, UNPACKED_LIMIT);
    return body;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Undecodable(`The body cannot be unpacked as ${name}: ${why}.`);
  }
}

/** RFC 1950: method 8, and the first two bytes a multiple of 31. */
function hasZlibHeader([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
