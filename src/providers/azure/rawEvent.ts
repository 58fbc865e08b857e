/**
 * An event as the hub gives it, and what decoding makes of it: the words shared by decode.ts and its two halves.
 */
import type { EventPosition, JsonPatchOp, TwinEvent } from "../../twins/types.ts";

export interface RawEvent {
  body: Uint8Array;
  /** AMQP application properties: `cloudEvents:type`, `iothub-creation-time-utc`, the device's own. */
  properties: Readonly<Record<string, unknown>>;
  /** AMQP message annotations: `iothub-connection-device-id`, `iothub-message-source`, `dt-subject` … */
  systemProperties: Readonly<Record<string, unknown>>;
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
  if (typeof value !== "string" && typeof value !== "number" && !(value instanceof Date)) return undefined;
  const ms = typeof value === "number" ? value : new Date(value).getTime();
  return Number.isFinite(ms) ? ms : undefined;
}

/** The body as a JSON object. Throws Undecodable. */
export function jsonObject(body: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  } catch {
    throw new Undecodable(body.byteLength === 0 ? "The body is empty." : "The body is not JSON.");
  }
  if (isObject(value)) return value;
  const found = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
  throw new Undecodable(`The body is ${found}, where a JSON object is expected.`);
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
