/**
 * The words of the embedded twin service: what it stores, what it sends to an event hub, what it is started with.
 *
 * Nothing here is shared with src/: the emulator stands on the other side of a socket and is judged by official SDKs.
 */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** What the service needs of a logger; pino and the heart's `Log` fulfil it. */
export interface Log {
  debug(o: object, message: string): void;
  info(o: object, message: string): void;
  warn(o: object, message: string): void;
  error(o: object, message: string): void;
}

/** `ordinal` is the order of creation: lists, pages and continuation tokens follow it. Records are never mutated. */
export interface ModelRecord {
  readonly ordinal: number;
  readonly id: string;
  readonly uploadTime: string;
  readonly decommissioned: boolean;
  readonly document: JsonObject;
}
/** `document` is the twin as api-version 2022-05-31 answers it. */
export interface TwinRecord {
  readonly ordinal: number;
  readonly id: string;
  readonly modelId: string;
  readonly etag: string;
  readonly document: JsonObject;
  /** Bytes that it has at most, without $etag and $metadata. */
  readonly size: number;
}
export interface RelationshipRecord {
  readonly ordinal: number;
  readonly id: string;
  readonly sourceId: string;
  readonly targetId: string;
  readonly name: string;
  readonly etag: string;
  readonly document: JsonObject;
}
export interface EventRoute {
  readonly ordinal: number;
  readonly id: string;
  readonly endpointName: string;
  readonly filter: string;
}

/** One AMQP message for an event hub: CloudEvents attributes as application properties, JSON as body. */
export interface NotificationMessage {
  applicationProperties: Record<string, string>;
  /** UTF-8 JSON. */
  body: Uint8Array;
  contentType: "application/json";
  messageId: string;
  /** The twin's id: notifications of one twin stay in one partition, hence in order. */
  partitionKey: string;
}

/** Resolves once the hub has the message for good; a rejection makes the service try again. */
export type Publish = (hub: string, message: NotificationMessage) => Promise<void>;

/** JSON object, and neither array nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
