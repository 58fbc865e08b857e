/**
 * All that rooms, plugins and REST receive: the composition root (app.ts) builds it once per process and passes it on.
 * Types only; the classes behind it are named beside each member.
 */
import type { AccessPolicy, Actor } from "./auth/AccessPolicy.ts";
import type { SignIn } from "./auth/SignIn.ts";
import type { ModelGraph } from "./dtdl/types.ts";
import type { IngestMetrics } from "./ingest/metrics.ts";
import type { OperationStatus, PlacementStatus, Transform } from "./protocol/names.ts";
import type { Permission } from "./protocol/requests.ts";
import type { Restrictions } from "./schema/Restrictions.ts";
import type { TwinSchemaCache } from "./schema/TwinSchemas.ts";
import type { AuditEntry, AuditFilter } from "./store/AuditStore.ts";
import type { CallCount } from "./twins/countedProvider.ts";
import type { TwinMirror } from "./twins/TwinMirror.ts";
import type {
  Dtmi,
  JsonPatchOp,
  Log,
  Pointer,
  Relationship,
  SourceHealth,
  StoredModel,
  TwinId,
  TwinProvider,
  UndecodableEvent,
} from "./twins/types.ts";
import type { WorldEditor } from "./world/WorldEditor.ts";

/** An operation in flight or just ended; room state shows the same members (contract, `Operation`). */
export interface OperationView {
  id: string;
  kind: "patch" | "command";
  twinId: TwinId;
  path: string;
  /** JSON of the value that was asked for. */
  desired: string;
  status: OperationStatus;
  reason: string;
  result: string;
  by: string;
  /** ms since epoch: asked, gives up, got its status. */
  at: number;
  until: number;
  since: number;
}

export type { Permission };

/** What somebody may want to do; `path`: a pointer, or a command's `name` or `component/name`. */
export interface PermissionCheck {
  do: "patch" | "command" | "place" | "create" | "delete";
  twinId: TwinId;
  path?: string;
}
/** src/control/TwinControl.ts: every write of a person or a REST caller goes through here. Errors are `TwinError`s. */
export interface Control {
  /** Model, policy, then the write; resolves when the provider has accepted it. `verified` comes later, by onOperation. */
  patchTwin(
    actor: Actor,
    request: { twinId: TwinId; patch: readonly JsonPatchOp[]; ifMatch?: string; operationId?: string },
  ): Promise<{ operationId: string; status: OperationStatus; etag?: string }>;
  /**
   * A DTDL Command as a direct method of the twin's device. Resolves when it is on its way, or queued for a device that is
   * offline; what comes of it is told by onOperation. UNSUPPORTED for a twin without a device.
   */
  command(
    actor: Actor,
    request: {
      twinId: TwinId;
      component?: string;
      command: string;
      request?: unknown;
      operationId?: string;
      timeoutMs?: number;
    },
  ): Promise<{ operationId: string; status: OperationStatus }>;
  /** While it has not gone out. CONFLICT (409) later. */
  cancel(actor: Actor, operationId: string): { status: OperationStatus };
  /** Would this be allowed now? Answers in the order of the checks. */
  check(actor: Actor, checks: readonly PermissionCheck[]): Promise<Permission[]>;
  /** An actor is gone: leases and armed acts end. */
  leave(actorId: string): void;
  /** A new twin with an id of ours when none is given. CONFLICT (409) when it exists. */
  createTwin(
    actor: Actor,
    request: { modelId: Dtmi; twinId?: TwinId; properties?: Record<string, unknown> },
  ): Promise<{ twinId: TwinId; etag: string }>;
  /** Creates or replaces. */
  putTwin(
    actor: Actor,
    twin: { id: TwinId; modelId: Dtmi; properties: Record<string, unknown> },
    o?: { ifNoneMatch?: "*" },
  ): Promise<{ etag: string }>;
  deleteTwin(actor: Actor, request: { twinId: TwinId; ifMatch?: string }): Promise<void>;
  putRelationship(actor: Actor, relationship: Omit<Relationship, "etag">): Promise<{ etag: string }>;
  patchRelationship(
    actor: Actor,
    request: { sourceId: TwinId; relationshipId: string; patch: readonly JsonPatchOp[]; ifMatch?: string },
  ): Promise<{ etag?: string }>;
  deleteRelationship(
    actor: Actor,
    request: { sourceId: TwinId; relationshipId: string; ifMatch?: string },
  ): Promise<void>;
  /** Validated as a set together with the models that are there; INVALID_VALUE with every issue as a detail. */
  putModels(actor: Actor, models: object[]): Promise<StoredModel[]>;
  deleteModel(actor: Actor, id: Dtmi): Promise<void>;
  publishTelemetry(actor: Actor, request: { twinId: TwinId; component?: string; payload: object }): Promise<void>;
  operation(id: string): OperationView | undefined;
  /** Unfinished operations, and finished ones for 60 s more; `operation` knows those of the last day. */
  operations(): Iterable<OperationView>;
  /** Called at every change of an operation; `undefined` as view when it is forgotten. Returns the unsubscriber. */
  onOperation(listener: (id: string, view: OperationView | undefined) => void): () => void;
}

/** src/twins/ModelCatalog.ts: the models that this process knows, resolved. */
export interface Models {
  readonly graph: ModelGraph;
  /** Called when models were added or deleted. Returns the unsubscriber. */
  onChange(listener: (graph: ModelGraph) => void): () => void;
}

/** A space: a twin and what it contains. */
export interface SpaceView {
  id: TwinId;
  name: string;
  /** Twins in it, itself included. */
  twins: number;
}
/** src/twins/Spaces.ts: which twins belong to a space, as the graph says; follows its changes. */
export interface SpaceIndex {
  list(): SpaceView[];
  /** The one that comes first in the list: of who names none. undefined where there is no space. While twins are loaded: the configured one, or undefined. */
  first(): TwinId | undefined;
  /** Ids of some of them, so many at most: `first`, and others in no order. Costs no more than `first`. */
  some(most: number): TwinId[];
  /** Whether it contains others. */
  has(id: TwinId): boolean;
  get(id: TwinId): SpaceView | undefined;
  /** Ids of the twins in the space now, itself first. The same set while somebody listens: it changes with the graph. */
  members(id: TwinId): ReadonlySet<TwinId>;
  /** Works `members` out in short turns: for who is about to ask for those of a large space, and can wait. */
  collect(id: TwinId): Promise<void>;
  /** What directly contains it; of several the first by id. */
  container(id: TwinId): TwinId | undefined;
  /** Called after members of that space came or went. Returns the unsubscriber. */
  onChange(id: TwinId, listener: (change: { added: TwinId[]; removed: TwinId[] }) => void): () => void;
}

/** One twin's place in a space. */
export interface PlacementView extends Transform {
  id: string;
  twinId: TwinId;
  visual: string;
  by: string;
  status: PlacementStatus;
  /** Why it is "failed", in words; "" otherwise. */
  reason: string;
}
export type PlacementListener = (id: string, view: PlacementView | undefined, foreign: boolean) => void;
/** What of a placement is kept; `undefined` in its stead: none. */
export type PlacementContent = Transform & { twinId: TwinId; visual: string; by: string };
/** src/world/Placements.ts: the layout of the spaces, kept in the twin service (ADR 0002). */
export interface PlacementIndex {
  /** True for the models of the twins in which the layout itself is kept: no twins that a person would look for. */
  isLayout(modelId: Dtmi): boolean;
  /** Placements of a space. Empty until the layout is loaded. */
  list(space: TwinId): Iterable<PlacementView>;
  /** Returns at once with the new placements as "pending"; they become "saved" or "failed" by onChange. */
  add(space: TwinId, items: ({ twinId: TwinId; visual?: string } & Partial<Transform>)[], by: string): PlacementView[];
  /** Settled moves only; a drag in progress is room state. NOT_FOUND when one is unknown, and then none is moved. */
  move(space: TwinId, items: ({ placementId: string } & Partial<Transform>)[], by: string): void;
  remove(space: TwinId, placementIds: string[], by: string): void;
  get(space: TwinId, id: string): PlacementView | undefined;
  /** Where a placement stands, whatever the space: ids are unique among all of them. */
  spaceOf(id: string): TwinId | undefined;
  /** The spaces in which each of these twins stands; those that stand nowhere are not in it. */
  spacesOf(twinIds: ReadonlySet<TwinId>): Map<TwinId, Set<TwinId>>;
  /** An id that no placement has. */
  newPlacementId(): string;
  /** Many at once, each to be as given: made, changed or (`undefined`) removed. All or, when it throws, none. */
  write(space: TwinId, changes: readonly { id: string; content: PlacementContent | undefined }[]): void;
  /**
   * `undefined` as view: removed. `foreign`: changed by another server or tool. Returns the unsubscriber.
   */
  onChange(space: TwinId, listener: PlacementListener): () => void;
}

/** A message that could not be applied, as it came, with the reason. */
export interface DeadLetterView extends UndecodableEvent {
  id: number;
  /** How often it came to this: deliveries and replays. */
  tries: number;
}
/** src/control/DeadLetterControl.ts: what could not be applied, to look at and to try again. */
export interface DeadLetterDesk {
  /** Newest first; `before` is the id of the last one of the page before. */
  list(o: { limit: number; before?: number }): DeadLetterView[];
  count(): number;
  /**
   * Applies it again; it is gone when its effects are durable. NOT_FOUND, FORBIDDEN, CONFLICT while it is being replayed,
   * INVALID_VALUE with the reason when it is refused again, UNAVAILABLE when the twin service does not take it now.
   */
  replay(actor: Actor, id: number): Promise<void>;
}

/** src/twins/ValueHistory.ts: what numbers and booleans were lately. */
export interface TwinHistory {
  /** By pointer, oldest first: [source time in ms since epoch, value]. The caller leaves out what its reader may not see. */
  of(twinId: TwinId, since: number): ReadonlyMap<Pointer, [number, number][]>;
}

/** Who holds a twin, until when (contract, `Lease`). */
export interface LeaseView {
  /** Actor's id: the session. */
  holder: string;
  name: string;
  until: number;
}
/** src/control/Leases.ts. */
export interface LeaseDesk {
  acquire(actor: Actor, twinId: TwinId, seconds?: number): { until: number };
  release(actor: Actor, twinId: TwinId): void;
  transfer(actor: Actor, twinId: TwinId, to: Actor): void;
  /** LEASED when somebody else holds it. */
  assertFree(actor: Actor, twinId: TwinId): void;
  list(): Iterable<[TwinId, LeaseView]>;
  /** `undefined`: free again. Returns the unsubscriber. */
  onChange(listener: (twinId: TwinId, lease: LeaseView | undefined) => void): () => void;
}

/** An alarm that is active or was not acknowledged (contract, `Alarm`). */
export interface AlarmView {
  id: string;
  twinId: TwinId;
  rule: string;
  /** Of the value that it is about; "" when it is about silence. */
  path: string;
  severity: "info" | "warning" | "critical";
  text: string;
  /** ms since epoch; `cleared` 0: it is still so. */
  since: number;
  cleared: number;
  acknowledgedBy: string;
  /** Until then it is not to disturb; 0: not shelved. */
  shelvedUntil: number;
}
/** src/control/Alarms.ts. */
export interface AlarmDesk {
  list(): Iterable<AlarmView>;
  acknowledge(actor: Actor, alarmId: string, comment?: string): void;
  /** `until`: ms since epoch; the past ends it. */
  shelve(actor: Actor, alarmId: string, until: number): void;
  /** `undefined`: gone. Returns the unsubscriber. */
  onChange(listener: (id: string, alarm: AlarmView | undefined) => void): () => void;
}

/** What goes into the audit; values as they are, not as JSON. */
export interface AuditNote {
  actor: Actor;
  action: string;
  twinId?: TwinId;
  path?: string;
  before?: unknown;
  after?: unknown;
  /** Default: "done". */
  result?: string;
  reason?: string;
  operationId?: string;
}
/** src/control/Audit.ts: who did what. `record` returns at once and never throws. */
export interface AuditDesk {
  record(note: AuditNote): void;
  /** Newest first. FORBIDDEN unless the actor may manage. */
  list(actor: Actor, filter: AuditFilter, limit: number): AuditEntry[];
}

/** The link to the cloud as rooms and /health show it. */
export interface LinkHealth {
  /** Resolved once the mirror was loaded for the first time. */
  readonly loaded: boolean;
  readonly source: SourceHealth;
  onChange(listener: () => void): () => void;
}

/** Who may be told a value (src/schema/Restrictions.ts). */
export type ReadRights = Pick<Restrictions, "isEmpty" | "isOpen" | "allows">;

/** What rooms have sent since the start, counted by plugins/sync; `rooms`: those that are open. */
export interface Traffic {
  readonly rooms: Set<{ readonly clients: { readonly length: number } }>;
  patches: number;
  patchBytes: number;
  fullStates: number;
  fullStateBytes: number;
}

export interface TwinServices {
  readonly log: Log;
  readonly models: Models;
  readonly mirror: TwinMirror;
  readonly history: TwinHistory;
  readonly provider: TwinProvider;
  readonly control: Control;
  readonly leases: LeaseDesk;
  readonly alarms: AlarmDesk;
  readonly audit: AuditDesk;
  readonly spaces: SpaceIndex;
  readonly placements: PlacementIndex;
  /** src/world/WorldEditor.ts: what builders do to the layout, with rights and undo. */
  readonly editor: WorldEditor;
  readonly policy: AccessPolicy;
  /** src/schema/TwinSchemas.ts: synchronized classes for the models as they are now. */
  readonly schemas: TwinSchemaCache;
  readonly link: LinkHealth;
  readonly deadLetters: DeadLetterDesk;
  /** src/ingest/metrics.ts: counters of the way in, as they are now. */
  readonly ingestMetrics: () => IngestMetrics;
  /** Calls of the provider since the start, by method and outcome. */
  readonly providerCalls: () => readonly CallCount[];
  readonly traffic: Traffic;
  /** Tells who holds a token. Absent: nobody signs in. */
  readonly signIn?: SignIn | undefined;
  /** True where the embedded cloud runs without sign-in: name and role come from the join options, REST acts as admin. */
  readonly demo: boolean;
}
