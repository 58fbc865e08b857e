/**
 * Writes of the graph itself: twins, relationships, models, DTDL Telemetry. Checked against rights and models, then the
 * provider's answer is the answer; what a property write or a command comes to is an operation (PropertyWrites, Commands).
 *
 * Way back: TwinControl → here → provider. Every write and every refusal is in the audit.
 */
import type { Action, Actor } from "../auth/AccessPolicy.ts";
import { forAzure, separateInterfaces } from "../dtdl/index.ts";
import { TwinError, toTwinError } from "../errors.ts";
import type { AuditDesk } from "../services.ts";
import type { ModelCatalog } from "../twins/ModelCatalog.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Dtmi, JsonPatchOp, Relationship, StoredModel, TwinId, TwinProvider } from "../twins/types.ts";
import type { Guard } from "./Guard.ts";
import { checkModels, checkRelationship, checkTwin } from "./modelChecks.ts";
import { touchedByReplacing } from "./touched.ts";

export interface GraphWritesOptions {
  provider: TwinProvider;
  mirror: TwinMirror;
  models: ModelCatalog;
  guard: Guard;
  audit: Pick<AuditDesk, "record">;
  newId: () => string;
}

type NewTwin = { id: TwinId; modelId: Dtmi; properties: Record<string, unknown> };
type RelationshipId = { sourceId: TwinId; relationshipId: string; ifMatch?: string };
interface Noted {
  actor: Actor;
  action: string;
  twinId?: TwinId;
  path?: string;
  before?: unknown;
  after?: unknown;
}

export class GraphWrites {
  readonly #o: GraphWritesOptions;

  constructor(options: GraphWritesOptions) {
    this.#o = options;
  }

  createTwin(
    actor: Actor,
    request: { modelId: Dtmi; twinId?: TwinId; properties?: Record<string, unknown> },
  ): Promise<{ twinId: TwinId; etag: string }> {
    const twinId = request.twinId ?? `twin-${this.#o.newId()}`;
    return this.#noted({ actor, action: "create", twinId, after: request }, async () => {
      this.#allow(actor, "create", twinId, request.modelId);
      const properties = { ...this.#emptyComponents(request.modelId), ...request.properties };
      const twin = { id: twinId, modelId: request.modelId, properties };
      checkTwin(this.#o.models.graph, twin);
      const { etag } = await this.#o.provider.putTwin(twin, { ifNoneMatch: "*" }).catch(duplicate);
      return { twinId, etag };
    });
  }

  putTwin(actor: Actor, twin: NewTwin, o: { ifNoneMatch?: "*" } = {}): Promise<{ etag: string }> {
    const before = this.#o.mirror.toTwin(twin.id);
    return this.#noted({ actor, action: "replace", twinId: twin.id, before, after: twin }, async () => {
      this.#allow(actor, o.ifNoneMatch === undefined ? "manage" : "create", twin.id, twin.modelId);
      this.#o.guard.assertFree(actor, twin.id);
      checkTwin(this.#o.models.graph, twin);
      this.#guardReplacing(actor, twin);
      return this.#o.provider.putTwin(twin, o);
    });
  }

  deleteTwin(actor: Actor, { twinId, ifMatch }: { twinId: TwinId; ifMatch?: string }): Promise<void> {
    const before = this.#o.mirror.toTwin(twinId);
    return this.#noted({ actor, action: "delete", twinId, before }, async () => {
      this.#allow(actor, "delete", twinId);
      this.#o.guard.assertFree(actor, twinId);
      await this.#o.provider.deleteTwin(twinId, matching(ifMatch));
    });
  }

  putRelationship(actor: Actor, r: Omit<Relationship, "etag">): Promise<{ etag: string }> {
    const before = this.#o.mirror.relationship(r.sourceId, r.id);
    return this.#noted(
      { actor, action: "relationship", twinId: r.sourceId, path: r.id, before, after: r },
      async () => {
        this.#allow(actor, "manage", r.sourceId);
        checkRelationship(this.#o.models.graph, await this.modelOf(r.sourceId), r);
        return this.#o.provider.putRelationship(r);
      },
    );
  }

  patchRelationship(
    actor: Actor,
    request: RelationshipId & { patch: readonly JsonPatchOp[] },
  ): Promise<{ etag?: string }> {
    const { sourceId: twinId, relationshipId: path, patch, ifMatch } = request;
    const before = this.#o.mirror.relationship(twinId, path);
    return this.#noted({ actor, action: "relationship", twinId, path, before, after: patch }, async () => {
      this.#allow(actor, "manage", twinId);
      return this.#o.provider.patchRelationship(twinId, path, patch, matching(ifMatch));
    });
  }

  deleteRelationship(actor: Actor, request: RelationshipId): Promise<void> {
    const { sourceId: twinId, relationshipId: path, ifMatch } = request;
    const before = this.#o.mirror.relationship(twinId, path);
    return this.#noted({ actor, action: "relationship", twinId, path, before, after: null }, async () => {
      this.#allow(actor, "manage", twinId);
      await this.#o.provider.deleteRelationship(twinId, path, matching(ifMatch));
    });
  }

  putModels(actor: Actor, models: object[]): Promise<StoredModel[]> {
    const interfaces = separateInterfaces(models);
    const stored = interfaces.map((model) => ({ id: String((model as { "@id"?: unknown })["@id"]), model }));
    return this.#noted({ actor, action: "model", after: stored.map(({ id }) => id) }, async () => {
      this.#allow(actor, "manage");
      checkModels(this.#o.models.graph, models);
      await this.#o.provider.putModels(interfaces.map(forAzure));
      this.#o.models.take(stored.map((model) => ({ kind: "added", ...model }))); // whole, whatever a listing has brought
      return stored;
    });
  }

  deleteModel(actor: Actor, id: Dtmi): Promise<void> {
    return this.#noted({ actor, action: "model", path: id, after: null }, async () => {
      this.#allow(actor, "manage");
      await this.#o.provider.deleteModel(id);
      this.#o.models.remove(id);
    });
  }

  publishTelemetry(
    actor: Actor,
    { twinId, component, payload }: { twinId: TwinId; component?: string; payload: object },
  ): Promise<void> {
    return this.#noted({ actor, action: "telemetry", twinId, path: component ?? "", after: payload }, async () => {
      this.#allow(actor, "manage", twinId);
      await this.modelOf(twinId);
      await this.#o.provider.publishTelemetry(twinId, payload, component === undefined ? {} : { component });
    });
  }

  /** NOT_FOUND when neither the mirror nor the provider has it. */
  async modelOf(twinId: TwinId): Promise<Dtmi> {
    const held = this.#o.mirror.get(twinId) ?? (await this.#o.provider.getTwin(twinId));
    if (!held) {
      throw new TwinError("NOT_FOUND", `There is no twin '${twinId}'.`);
    }
    return held.modelId;
  }

  /** Interlocks and hazards are not passed by putting another twin in its place. */
  #guardReplacing(actor: Actor, twin: NewTwin): void {
    const { mirror, models, guard } = this.#o;
    const held = mirror.get(twin.id);
    if (held) {
      const on = touchedByReplacing(models.graph, held, twin);
      guard.onRequest(actor, { do: "patch", twinId: twin.id, modelId: held.modelId, on });
    }
  }

  #allow(actor: Actor, action: Action, twinId?: TwinId, modelId?: Dtmi): void {
    this.#o.guard.allow(actor, action, { twinId, modelId });
  }

  async #noted<T>(note: Noted, write: () => Promise<T>): Promise<T> {
    try {
      const answer = await write();
      this.#o.audit.record(note);
      return answer;
    } catch (error) {
      const { code, message } = toTwinError(error);
      this.#o.audit.record({ ...note, result: "refused", reason: `${code}: ${message}` });
      throw error;
    }
  }

  /** The service wants every component to be there, be it empty. */
  #emptyComponents(modelId: Dtmi): Record<string, object> {
    const names = this.#o.models.graph.get(modelId)?.components.keys() ?? [];
    return Object.fromEntries([...names].map((name) => [name, {}]));
  }
}

function matching(ifMatch: string | undefined): { ifMatch?: string } {
  return ifMatch === undefined ? {} : { ifMatch };
}

function duplicate(error: unknown): never {
  const exists = error instanceof TwinError && error.code === "CONFLICT";
  throw exists ? new TwinError("CONFLICT", error.message, { status: 409, cause: error }) : error;
}
