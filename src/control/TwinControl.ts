/**
 * Every write of a person: from rooms (TwinControlPlugin) and from REST.
 *
 * Way back: shape was checked by the caller (zod) → here: policy, model (path, type, range, `writable`), then the
 * provider. The write's notification returns by the way in; EventPump shows it to `observe`, and only then is the
 * operation "verified" (invariant 6).
 */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { AccessPolicy, Action, Actor } from "../auth/AccessPolicy.ts";
import { forAzure, separateInterfaces } from "../dtdl/index.ts";
import { TwinError, toTwinError } from "../errors.ts";
import type { Control, OperationView } from "../services.ts";
import type { ModelCatalog } from "../twins/ModelCatalog.ts";
import { propertyPointer } from "../twins/readPatch.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type {
  Clock,
  Dtmi,
  JsonPatchOp,
  Log,
  Relationship,
  StoredModel,
  TwinEvent,
  TwinId,
  TwinPatchData,
  TwinProvider,
} from "../twins/types.ts";
import { checkModels, checkPatch, checkRelationship, checkTwin, checkWritable } from "./modelChecks.ts";
import { OperationLog } from "./OperationLog.ts";

export interface TwinControlOptions {
  provider: TwinProvider;
  mirror: TwinMirror;
  models: ModelCatalog;
  policy: AccessPolicy;
  log: Log;
  clock: Clock;
  /** Makes ids of twins and operations. */
  newId: () => string;
  /** How long a write may take to be observed, ms. */
  verifyTimeoutMs?: number;
}

/** As long as a write is looked for in notifications that do not name it (contract, "values"). */
const IN_FLIGHT_MS = 60_000;

type PatchRequest = Parameters<Control["patchTwin"]>[1];

export class TwinControl implements Control {
  readonly #o: TwinControlOptions;
  readonly #log: OperationLog;
  /** W3C trace id of an operation's write → operation id: how its notification is recognised. */
  readonly #byTrace = new Map<string, string>();
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: TwinControlOptions) {
    this.#o = options;
    this.#log = new OperationLog({ clock: options.clock });
    this.#log.onChange((id, view) => {
      if (!view) {
        this.#byTrace.delete(traceOf(id));
      }
    });
  }

  start(): void {
    this.#sweeper = setInterval(() => this.#log.sweep(), 1000);
    this.#sweeper.unref();
  }

  close(): void {
    clearInterval(this.#sweeper);
  }

  operation(id: string): OperationView | undefined {
    return this.#log.get(id);
  }
  operations(): Iterable<OperationView> {
    return this.#log.values();
  }
  onOperation(listener: (id: string, view: OperationView | undefined) => void): () => void {
    return this.#log.onChange(listener);
  }

  async patchTwin(
    actor: Actor,
    request: PatchRequest,
  ): Promise<{ operationId: string; status: OperationView["status"]; etag?: string }> {
    const modelId = await this.#modelOf(request.twinId);
    const operation = this.#newOperation(actor, request);
    const repeated = this.#log.get(operation.id);
    if (repeated) {
      assertSame(repeated, operation);
      return { operationId: repeated.id, status: repeated.status };
    }
    this.#checkPatch(actor, request, modelId);
    const trace = traceOf(operation.id);
    this.#log.add(operation);
    this.#byTrace.set(trace, operation.id);
    try {
      const { etag } = await this.#o.provider.patchTwin(request.twinId, this.#forProvider(request, modelId), {
        ...(request.ifMatch === undefined ? {} : { ifMatch: request.ifMatch }),
        traceparent: `00-${trace}-${trace.slice(0, 16)}-01`,
      });
      if (this.#log.get(operation.id)?.status === "requested") {
        this.#log.advance(operation.id, "sent");
      }
      const status = this.#log.get(operation.id)?.status ?? "sent";
      return { operationId: operation.id, status, ...(etag === undefined ? {} : { etag }) };
    } catch (error) {
      throw this.#refused(operation, error);
    }
  }

  /** Called by the pump for every event: ends the operation whose write this notification tells of. */
  observe(event: TwinEvent): void {
    if (event.type !== "twin.updated") {
      return;
    }
    const trace = event.traceparent?.split("-")[1];
    const byTrace = trace === undefined ? undefined : this.#byTrace.get(trace);
    if (byTrace === undefined) {
      this.#observeByValue(event, trace !== undefined);
    } else {
      this.#log.advance(byTrace, "verified");
    }
  }

  async createTwin(
    actor: Actor,
    request: { modelId: Dtmi; twinId?: TwinId; properties?: Record<string, unknown> },
  ): Promise<{ twinId: TwinId; etag: string }> {
    const twinId = request.twinId ?? `twin-${this.#o.newId()}`;
    const properties = { ...this.#emptyComponents(request.modelId), ...request.properties };
    this.#allow(actor, "create", { twinId });
    checkTwin(this.#o.models.graph, { id: twinId, modelId: request.modelId, properties });
    try {
      const twin = { id: twinId, modelId: request.modelId, properties };
      const { etag } = await this.#o.provider.putTwin(twin, { ifNoneMatch: "*" });
      return { twinId, etag };
    } catch (error) {
      const exists = error instanceof TwinError && error.code === "CONFLICT";
      throw exists ? new TwinError("CONFLICT", error.message, { status: 409, cause: error }) : error;
    }
  }

  async putTwin(
    actor: Actor,
    twin: { id: TwinId; modelId: Dtmi; properties: Record<string, unknown> },
    o: { ifNoneMatch?: "*" } = {},
  ): Promise<{ etag: string }> {
    this.#allow(actor, o.ifNoneMatch === undefined ? "manage" : "create", { twinId: twin.id });
    checkTwin(this.#o.models.graph, twin);
    return this.#o.provider.putTwin(twin, o);
  }

  async deleteTwin(actor: Actor, { twinId, ifMatch }: { twinId: TwinId; ifMatch?: string }): Promise<void> {
    this.#allow(actor, "delete", { twinId });
    await this.#o.provider.deleteTwin(twinId, ifMatch === undefined ? {} : { ifMatch });
  }

  async putRelationship(actor: Actor, r: Omit<Relationship, "etag">): Promise<{ etag: string }> {
    this.#allow(actor, "manage", { twinId: r.sourceId });
    const modelId = await this.#modelOf(r.sourceId);
    checkRelationship(this.#o.models.graph, modelId, r);
    return this.#o.provider.putRelationship(r);
  }

  async patchRelationship(
    actor: Actor,
    request: { sourceId: TwinId; relationshipId: string; patch: readonly JsonPatchOp[]; ifMatch?: string },
  ): Promise<{ etag?: string }> {
    this.#allow(actor, "manage", { twinId: request.sourceId });
    const { sourceId, relationshipId, patch, ifMatch } = request;
    return this.#o.provider.patchRelationship(
      sourceId,
      relationshipId,
      patch,
      ifMatch === undefined ? {} : { ifMatch },
    );
  }

  async deleteRelationship(
    actor: Actor,
    request: { sourceId: TwinId; relationshipId: string; ifMatch?: string },
  ): Promise<void> {
    this.#allow(actor, "manage", { twinId: request.sourceId });
    const { sourceId, relationshipId, ifMatch } = request;
    await this.#o.provider.deleteRelationship(sourceId, relationshipId, ifMatch === undefined ? {} : { ifMatch });
  }

  async putModels(actor: Actor, models: object[]): Promise<StoredModel[]> {
    this.#allow(actor, "manage");
    checkModels(this.#o.models.graph, models);
    const interfaces = separateInterfaces(models);
    await this.#o.provider.putModels(interfaces.map(forAzure));
    const stored = interfaces.map((model) => ({ id: String((model as { "@id"?: unknown })["@id"]), model }));
    this.#o.models.add(stored);
    return stored;
  }

  async deleteModel(actor: Actor, id: Dtmi): Promise<void> {
    this.#allow(actor, "manage");
    await this.#o.provider.deleteModel(id);
    this.#o.models.remove(id);
  }

  async publishTelemetry(
    actor: Actor,
    request: { twinId: TwinId; component?: string; payload: object },
  ): Promise<void> {
    this.#allow(actor, "manage", { twinId: request.twinId });
    await this.#modelOf(request.twinId);
    const o = request.component === undefined ? {} : { component: request.component };
    await this.#o.provider.publishTelemetry(request.twinId, request.payload, o);
  }

  #allow(actor: Actor, action: Action, on?: { twinId?: TwinId; path?: string }): void {
    const { allowed, reason } = this.#o.policy.check(actor, action, on);
    if (!allowed) {
      throw new TwinError("FORBIDDEN", reason);
    }
  }

  async #modelOf(twinId: TwinId): Promise<Dtmi> {
    const held = this.#o.mirror.get(twinId) ?? (await this.#o.provider.getTwin(twinId));
    if (!held) {
      throw new TwinError("NOT_FOUND", `There is no twin '${twinId}'.`);
    }
    return held.modelId;
  }

  /** Who may do more than operate ("manage") writes any property, as Azure allows; others only `writable` ones. */
  #checkPatch(actor: Actor, request: PatchRequest, modelId: Dtmi): void {
    const { policy, models } = this.#o;
    const manages = policy.check(actor, "manage", { twinId: request.twinId }).allowed;
    if (!manages) {
      this.#allow(actor, "patch", { twinId: request.twinId });
    }
    checkPatch(models.graph, modelId, request.patch);
    if (!manages) {
      checkWritable(models.graph, modelId, request.patch);
    }
  }

  #newOperation(actor: Actor, request: PatchRequest): OperationView {
    const at = this.#o.clock();
    const [first, ...more] = request.patch;
    return {
      id: request.operationId ?? this.#o.newId(),
      kind: "patch",
      twinId: request.twinId,
      path: more.length === 0 ? (first?.path ?? "") : "",
      desired: JSON.stringify(more.length === 0 ? (first?.value ?? null) : request.patch),
      status: "requested",
      reason: "",
      result: "",
      by: actor.name,
      at,
      until: at + (this.#o.verifyTimeoutMs ?? 15_000),
    };
  }

  /**
   * `replace` of a property that was never set is refused by Azure; what the client means is `add`, which replaces too.
   * Not below a property: there `add` inserts into arrays.
   */
  #forProvider(request: PatchRequest, modelId: Dtmi): JsonPatchOp[] {
    const model = this.#o.models.graph.get(modelId);
    return request.patch.map((op) =>
      op.op === "replace" && model && propertyPointer(model, op.path) === op.path ? { ...op, op: "add" } : op,
    );
  }

  /** The service wants every component to be there, be it empty. */
  #emptyComponents(modelId: Dtmi): Record<string, object> {
    const names = this.#o.models.graph.get(modelId)?.components.keys() ?? [];
    return Object.fromEntries([...names].map((name) => [name, {}]));
  }

  /** Without an answer it is not known whether the write was taken: the notification or the time limit ends it. */
  #refused(operation: OperationView, error: unknown): TwinError {
    const e = toTwinError(error);
    if (e.code === "UNAVAILABLE") {
      this.#o.log.warn({ err: e.cause ?? e, twinId: operation.twinId }, "no answer to a write");
    } else {
      this.#log.advance(operation.id, "rejected", e.message);
    }
    return e;
  }

  /**
   * A notification whose trace says nothing to us, if it has one, still shows that what was asked for is so. With a trace
   * it may be of somebody else's write: then only what the provider has accepted from us counts as observed by it.
   */
  #observeByValue(event: TwinEvent, hasTrace: boolean): void {
    const { patch } = event.data as TwinPatchData;
    for (const o of this.#log.unfinished()) {
      const ours = o.twinId === event.subject && (!hasTrace || o.status === "sent");
      if (ours && this.#o.clock() - o.at < IN_FLIGHT_MS && isDone(o, patch)) {
        this.#log.advance(o.id, "verified");
      }
    }
  }
}

/** Does the patch do all that was asked for? `add` and `replace` come to the same. */
function isDone(o: OperationView, patch: readonly JsonPatchOp[]): boolean {
  const desired: unknown = JSON.parse(o.desired);
  const asked = o.path === "" ? (desired as JsonPatchOp[]) : [{ path: o.path, value: desired ?? undefined }];
  return asked.every(({ path, value }) => patch.some((op) => op.path === path && isDeepStrictEqual(op.value, value)));
}

/** The same id for the same request is a repetition; for another it is a mistake that must not go unnoticed. */
function assertSame(known: OperationView, asked: OperationView): void {
  if (known.twinId !== asked.twinId || known.path !== asked.path || known.desired !== asked.desired) {
    throw new TwinError("CONFLICT", `The operationId '${known.id}' belongs to another request.`, { status: 409 });
  }
}

/** Operation id → W3C trace id, 32 hexadecimal digits. */
function traceOf(operationId: string): string {
  return createHash("sha256").update(operationId).digest("hex").slice(0, 32);
}
