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

/** As kept: never mutated. `ordinal` is the order of creation. Twins and relationships are in records.ts. */
export interface ModelRecord {
  readonly ordinal: number;
  readonly id: string;
  readonly uploadTime: string;
  readonly decommissioned: boolean;
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
  /** JSON. Text: bytes would be a piece of Node's pool, and so keep eight kilobytes in memory until they are published. */
  body: string;
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
