/**
 * The words of the provider-neutral heart: twins, relationships, events, and the two ports behind which a cloud lives.
 *
 * From `TwinEvent` on nothing names Azure. Providers (src/providers/*) implement `TwinProvider` and `TwinEventSource`;
 * the pump (src/ingest) consumes events, the mirror (TwinMirror) turns them into `TwinChange`s, rooms show those.
 */

/** `$dtId` of Azure Digital Twins; entity id of TwinMaker. */
export type TwinId = string;
/** Digital Twin Model Identifier, `dtmi:com:example:Pump;1`. */
export type Dtmi = string;
/** RFC 6901 JSON Pointer into a twin: `/temperature`, `/motor/current`. */
export type Pointer = string;

/** One operation of RFC 6902, of the three that Azure Digital Twins knows. */
export interface JsonPatchOp {
  op: "add" | "replace" | "remove";
  path: Pointer;
  value?: unknown;
}

/** A twin as a provider gives it. Components are nested objects in `properties`; `$metadata` is not in there. */
export interface Twin {
  id: TwinId;
  modelId: Dtmi;
  etag?: string;
  properties: Record<string, unknown>;
  /** Pointer of a property → ms since epoch: its source time if it has one, else when the provider wrote it. */
  times: Record<Pointer, number>;
}

export interface Relationship {
  id: string;
  sourceId: TwinId;
  targetId: TwinId;
  name: string;
  etag?: string;
  properties: Record<string, unknown>;
}

/** A stored model as a provider gives it: `model` is the DTDL document. */
export interface StoredModel {
  id: Dtmi;
  model: object;
}

export interface TwinProvider {
  readonly capabilities: { changeEvents: boolean; commands: boolean; query: boolean; relationships: boolean };
  /** All of them, each with its document as it was put: another one under the same id counts as a changed model. */
  listModels(): AsyncIterable<StoredModel>;
  /** Any number, in any order; chunks and order are the provider's matter. CONFLICT when one exists already. */
  putModels(models: object[]): Promise<void>;
  /** NOT_FOUND, or CONFLICT (409) while other models refer to it. */
  deleteModel(id: Dtmi): Promise<void>;
  getTwin(id: TwinId): Promise<Twin | undefined>;
  /** All twins, in no order. May lag behind writes where the provider answers from an index (Azure: up to 10 s). */
  listTwins(): AsyncIterable<Twin>;
  /** Creates or replaces. CONFLICT when `ifNoneMatch: "*"` is given and it exists. */
  putTwin(
    twin: Omit<Twin, "times" | "etag">,
    o?: { ifNoneMatch?: "*"; traceparent?: string },
  ): Promise<{ etag: string }>;
  /** Atomic. NOT_FOUND, CONFLICT on a stale `ifMatch`, INVALID_VALUE with details when the service refuses. */
  patchTwin(
    id: TwinId,
    patch: readonly JsonPatchOp[],
    o?: { ifMatch?: string; traceparent?: string },
  ): Promise<{ etag?: string }>;
  /** CONFLICT (409) while it has relationships. */
  deleteTwin(id: TwinId, o?: { ifMatch?: string; traceparent?: string }): Promise<void>;
  query(q: string, o?: { pageSize?: number }): AsyncIterable<object>;
  relationships(id: TwinId, o?: { name?: string }): AsyncIterable<Relationship>;
  /** All relationships, in no order; same lag as `listTwins`. */
  listRelationships(): AsyncIterable<Relationship>;
  incoming(id: TwinId): AsyncIterable<Relationship>;
  putRelationship(r: Omit<Relationship, "etag">): Promise<{ etag: string }>;
  patchRelationship(
    sourceId: TwinId,
    relationshipId: string,
    patch: readonly JsonPatchOp[],
    o?: { ifMatch?: string },
  ): Promise<{ etag?: string }>;
  deleteRelationship(sourceId: TwinId, relationshipId: string, o?: { ifMatch?: string }): Promise<void>;
  /** Publishes DTDL Telemetry of a twin (`component` for a component's). */
  publishTelemetry(id: TwinId, payload: object, o?: { component?: string }): Promise<void>;
}

export type TwinEventType =
  | "twin.created"
  | "twin.updated"
  | "twin.deleted"
  | "relationship.created"
  | "relationship.updated"
  | "relationship.deleted"
  | "telemetry.received"
  | "device.connected"
  | "device.disconnected";

/** Where an event stands in its source. `generation` changes when the hub is created anew. */
export interface EventPosition {
  partition: string;
  sequence: number;
  generation: string;
}

/**
 * CloudEvents-shaped. `data` by type:
 * twin.created/deleted: `TwinData` · twin.updated: `TwinPatchData` · relationship.created/deleted: `Relationship` ·
 * relationship.updated: `TwinPatchData` · telemetry.received: `TelemetryData` · device.*: null.
 */
export interface TwinEvent {
  id: string;
  /** Host and hub, for logs and dead letters. */
  source: string;
  /** Twin id; for telemetry the device id, "" when the message names none; for relationship events `<sourceId>/relationships/<id>`. */
  subject: string;
  /** Source time, ms since epoch: cloudEvents:time, the device's creation time, or the enqueued time. */
  time: number;
  /** Enqueued time, ms since epoch: the hub's clock. Bounds `time` by the contract's rule (time ≤ enqueuedAt + 5 s). */
  enqueuedAt: number;
  /** When this process took it in, ms since epoch. */
  receivedAt: number;
  traceparent?: string;
  type: TwinEventType;
  dataschema?: Dtmi;
  data: unknown;
  position: EventPosition;
  /** As it came: for mapping rules and dead letters. Holds memory of the link's, so what keeps an event long copies it. */
  message?: RawMessage;
}

/** A message before anything was made of it. */
export interface RawMessage {
  body: Uint8Array;
  /** What the sender gave it. */
  properties: Readonly<Record<string, unknown>>;
  /** What the hub, or the gateway before it, gave it. */
  systemProperties: Readonly<Record<string, unknown>>;
}

export type TwinData = Pick<Twin, "modelId" | "properties" | "times"> & { etag?: string };
export interface TwinPatchData {
  modelId: Dtmi;
  patch: JsonPatchOp[];
}
export interface TelemetryData {
  /** DTDL component path of the sender, `dt-subject`; absent for the device itself. */
  component?: string;
  /** Field → value, as the device sent it. */
  values: Record<string, unknown>;
  /** Values whose source time is not the event's: `/field` or `/component/field` → ms since epoch. */
  times?: Readonly<Record<Pointer, number>>;
  /** They are a merge patch (RFC 7396) of what the device said before: an object tells its changed members, null removes. */
  merge?: true;
}

/** An event that could not be decoded: goes to the dead letters with its raw bytes, never blocks its partition. */
export interface UndecodableEvent {
  position: EventPosition;
  source: string;
  receivedAt: number;
  raw: Uint8Array;
  reason: string;
  /** What the message carried beside its body, and when the hub took it, ms since epoch: for a later replay. */
  properties?: RawMessage["properties"];
  systemProperties?: RawMessage["systemProperties"];
  enqueuedAt?: number;
}

export interface EventBatch {
  events: TwinEvent[];
  undecodable: UndecodableEvent[];
  /** The last position of the batch, whether or not it made an event. */
  last: EventPosition;
}

/** What a source tells about its link; rooms show it as `status`. */
export interface SourceHealth {
  connected: boolean;
  /** ms since epoch of the last change of `connected`. */
  since: number;
  reason?: string;
}

/** How far a source has come in one partition; sequence numbers, -1 before the first event of all. */
export interface PartitionStatus {
  source: string;
  partition: string;
  /** Handed over last, in this process's life or before, and when the hub took it, ms since epoch, where it was in this one. */
  sequence: number;
  enqueuedAt?: number;
  /** Up to here everything is durable. */
  done: number;
  /** The hub's newest; undefined while it has not told. */
  lastEnqueued?: number;
  /** When the hub took that, ms since epoch. */
  lastEnqueuedAt?: number;
}

/** A partition changed hands between processes. */
export interface PartitionMove {
  /** Host and hub, as in the events. */
  source: string;
  partition: string;
  /** Here: others may have read it since this process looked at the twins. */
  to: "here" | "elsewhere";
}

export interface TwinEventSource {
  /**
   * Delivers batches in order per partition, one at a time per partition. The handler may not throw; the next batch of a
   * partition comes when its promise resolves. `done(upTo)` says that every effect up to and including this position is
   * durable: the source may checkpoint it, and never anything beyond.
   */
  start(handler: (batch: EventBatch, done: (upTo: EventPosition) => void) => Promise<void>): Promise<void>;
  health(): SourceHealth;
  /** Called at every change of `health()`. Returns the unsubscriber. */
  onHealth(listener: (health: SourceHealth) => void): () => void;
  /** Of the partitions that this process reads. */
  partitions?(): PartitionStatus[];
  /** Called when a partition comes from another process, or goes to one; before its first event here. Returns the unsubscriber. */
  onMove?(listener: (move: PartitionMove) => void): () => void;
  /** Flushes checkpoints that are due, then closes the links. */
  close(): Promise<void>;
}

/** What a hub knows of a twin's device. */
export interface DeviceInfo {
  isConnected: boolean;
  /** Properties that the device reports about itself, as `/name` or `/component/name`: those it takes wishes for. */
  reports: ReadonlySet<Pointer>;
}

/** The way to devices: an IoT Hub. A twin's device has the twin's id. */
export interface DeviceGateway {
  /** undefined: the twin has none. May be half a minute old unless `fresh`. */
  find(id: TwinId, o?: { fresh?: boolean }): Promise<DeviceInfo | undefined>;
  /** Something was heard of its connection: what is remembered of it is not so any more. */
  forget?(id: TwinId): void;
  /** Resolves when the hub holds the wish; the device hears of it when it can. Idempotent. */
  setDesired(id: TwinId, values: readonly { path: Pointer; value: unknown }[]): Promise<void>;
  /**
   * Rejects with OFFLINE when the device surely did not get it, UNAVAILABLE with status 504 when it did not answer in time,
   * UNAVAILABLE when nobody knows; other codes are refusals of the hub.
   */
  invoke(
    id: TwinId,
    o: { component?: string; command: string; request?: unknown; timeoutMs: number },
  ): Promise<{ status: number; response?: unknown }>;
}

/** 0 live · 1 stale (older than 3 × its expected interval) · 2 offline (the device said so) · 3 never seen. */
export const LINK = { live: 0, stale: 1, offline: 2, never: 3 } as const;
export type Link = (typeof LINK)[keyof typeof LINK];

/** When a value was measured and when we got it, ms since epoch; `sequence` breaks ties. */
export interface ValueTime {
  source: number;
  received: number;
  sequence: number;
}

/** What the mirror tells its listeners, in the order in which it happened. Values are replaced, never mutated. */
export type TwinChange =
  | GraphChange
  | {
      kind: "value";
      twinId: TwinId;
      /** Property or Telemetry: `/name` or `/component/name`. The whole value, also where a patch went deeper. */
      path: Pointer;
      /** undefined: removed. */
      value: unknown;
      time: number;
      receivedAt: number;
    }
  | { kind: "link"; twinId: TwinId; link: Link };
/** Which twins there are, and how they are related. */
export type GraphChange =
  | { kind: "twin.added"; twinId: TwinId }
  | { kind: "twin.removed"; twinId: TwinId }
  | { kind: "relationship.added"; relationship: Relationship }
  | { kind: "relationship.removed"; relationship: Relationship };

/** Minimal logger that pino fulfils; passed in, so that the heart needs no logging library. */
export interface Log {
  debug(o: object, message: string): void;
  info(o: object, message: string): void;
  warn(o: object, message: string): void;
  error(o: object, message: string): void;
}

/** Wall clock, passed in for tests. */
export type Clock = () => number;
