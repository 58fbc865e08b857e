/**
 * A twin service in this process's memory, for developers and tests: behaves as Azure Digital Twins does where the port
 * can tell (etags, atomic patches, references that block a deletion), and tells its listeners of every change.
 *
 * Stands where AzureTwinProvider stands: the mirror loads from it, TwinControl and the write-through write to it, and
 * MemoryEventSource carries its events in. Values are checked by the `validate` hook only.
 */
import { randomUUID } from "node:crypto";
import { type ErrorDetail, TwinError } from "../../errors.ts";
import { inDependencyOrder, modelDependencies, modelId } from "../../twins/modelDependencies.ts";
import type {
  Clock,
  Dtmi,
  JsonPatchOp,
  Relationship,
  StoredModel,
  Twin,
  TwinEvent,
  TwinEventType,
  TwinId,
  TwinProvider,
} from "../../twins/types.ts";
import { MemoryRelationships, relationshipSubject, type StoredRelationship } from "./MemoryRelationships.ts";
import { checkMatch, type IsComponent, patchedTwin, type StoredTwin, timesOf } from "./memoryTwin.ts";

/** An event before a hub gave it a place and a time of its own. */
export type MemoryTwinEvent = Omit<TwinEvent, "position" | "receivedAt" | "enqueuedAt">;

export interface MemoryTwinProviderOptions {
  /** What is wrong with this twin; an empty list lets it in. Called for puts and for what a patch would make of a twin. */
  validate?: (twin: Pick<Twin, "id" | "modelId" | "properties">) => readonly ErrorDetail[];
  /** Which members are components: they have a time per property, `/component/property`. Default: none. */
  isComponent?: IsComponent;
  /** Stored from the start. */
  models?: readonly object[];
  clock?: Clock;
  /** Ids of events and etags. */
  newId?: () => string;
}

interface WriteOptions {
  ifMatch?: string;
  traceparent?: string;
}

export class MemoryTwinProvider implements TwinProvider {
  readonly capabilities = { changeEvents: true, commands: false, query: false, relationships: true };
  readonly #options: MemoryTwinProviderOptions;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #isComponent: IsComponent;
  readonly #models = new Map<Dtmi, object>();
  readonly #twins = new Map<TwinId, StoredTwin>();
  readonly #relationships: MemoryRelationships;
  readonly #listeners = new Set<(event: MemoryTwinEvent) => void>();

  constructor(options: MemoryTwinProviderOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#newId = options.newId ?? randomUUID;
    this.#relationships = new MemoryRelationships(() => this.#newEtag());
    this.#isComponent = options.isComponent ?? (() => false);
    for (const model of options.models ?? []) {
      this.#models.set(modelId(model), model);
    }
  }

  /** Called synchronously, in the order of the writes, before the write's promise resolves. Returns the unsubscriber. */
  onEvent(listener: (event: MemoryTwinEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async *listModels(): AsyncGenerator<StoredModel> {
    for (const [id, model] of [...this.#models]) {
      yield { id, model: structuredClone(model) };
    }
  }

  async putModels(models: object[]): Promise<void> {
    const known = new Set([...this.#models.keys(), ...models.map(modelId)]);
    for (const model of models) {
      const id = modelId(model);
      const missing = modelDependencies(model).find((needed) => !known.has(needed));
      if (id === "" || missing !== undefined) {
        const found = missing === undefined ? "nothing" : `${missing}, which is not there`;
        const detail = { path: missing === undefined ? "/@id" : "", expected: "a complete set of models", found };
        throw new TwinError("INVALID_VALUE", `The model ${id} cannot be stored.`, { details: [detail] });
      }
      if (this.#models.has(id)) {
        throw new TwinError("CONFLICT", `The model ${id} exists already.`, { status: 409 });
      }
    }
    for (const model of inDependencyOrder(models)) {
      this.#models.set(modelId(model), structuredClone(model));
    }
  }

  async deleteModel(id: Dtmi): Promise<void> {
    if (!this.#models.has(id)) {
      throw new TwinError("NOT_FOUND", `There is no model ${id}.`);
    }
    const user = [...this.#models].find(([, model]) => modelDependencies(model).includes(id));
    if (user !== undefined) {
      throw new TwinError("CONFLICT", `The model ${user[0]} refers to ${id}.`, { status: 409 });
    }
    this.#models.delete(id);
  }

  async getTwin(id: TwinId): Promise<Twin | undefined> {
    const twin = this.#twins.get(id);
    return twin && copyOf(twin);
  }

  async *listTwins(): AsyncGenerator<Twin> {
    for (const twin of [...this.#twins.values()]) {
      yield copyOf(twin);
    }
  }

  async putTwin(
    twin: Omit<Twin, "times" | "etag">,
    o: { ifNoneMatch?: "*"; traceparent?: string } = {},
  ): Promise<{ etag: string }> {
    if (o.ifNoneMatch === "*" && this.#twins.has(twin.id)) {
      throw new TwinError("CONFLICT", `The twin ${twin.id} exists already.`);
    }
    const { id, modelId: model } = twin;
    const properties = structuredClone(twin.properties);
    const times = timesOf(model, properties, this.#isComponent, this.#clock());
    return this.#store({ id, modelId: model, properties, times, etag: "" }, (stored) => {
      const { id: _, ...data } = stored;
      this.#emit("twin.created", id, data, o.traceparent, model);
    });
  }

  async patchTwin(id: TwinId, patch: readonly JsonPatchOp[], o: WriteOptions = {}): Promise<{ etag: string }> {
    const before = this.#existing(id, o.ifMatch);
    const after = patchedTwin(before, structuredClone(patch), this.#isComponent, this.#clock());
    return this.#store(after, () => {
      this.#emit("twin.updated", id, { modelId: after.modelId, patch: [...patch] }, o.traceparent, after.modelId);
    });
  }

  async deleteTwin(id: TwinId, o: WriteOptions = {}): Promise<void> {
    const { id: _, ...data } = this.#existing(id, o.ifMatch);
    if (this.#relationships.list((r) => r.sourceId === id || r.targetId === id).length > 0) {
      throw new TwinError("CONFLICT", `The twin ${id} still has relationships.`, { status: 409 });
    }
    this.#twins.delete(id);
    this.#emit("twin.deleted", id, data, o.traceparent, data.modelId);
  }

  async *query(q: string): AsyncGenerator<object> {
    const collection = /^\s*SELECT\s+\*\s+FROM\s+(DIGITALTWINS|RELATIONSHIPS)\s*$/i.exec(q)?.[1]?.toUpperCase();
    if (collection === undefined) {
      throw new TwinError("UNSUPPORTED", "In memory, only SELECT * FROM DIGITALTWINS or RELATIONSHIPS can be asked.");
    }
    yield* collection === "DIGITALTWINS"
      ? [...this.#twins.values()].map(twinRow)
      : this.#relationships.list().map(linkRow);
  }

  async *relationships(id: TwinId, o: { name?: string } = {}): AsyncGenerator<Relationship> {
    yield* this.#relationships.list((r) => r.sourceId === id && (o.name === undefined || r.name === o.name));
  }

  async *listRelationships(): AsyncGenerator<Relationship> {
    yield* this.#relationships.list();
  }

  async *incoming(id: TwinId): AsyncGenerator<Relationship> {
    yield* this.#relationships.list((r) => r.targetId === id);
  }

  async putRelationship(r: Omit<Relationship, "etag">): Promise<{ etag: string }> {
    this.#existing(r.sourceId);
    this.#existing(r.targetId);
    const stored = this.#relationships.put(r);
    this.#emit("relationship.created", relationshipSubject(r.sourceId, r.id), stored);
    return { etag: stored.etag };
  }

  async patchRelationship(
    sourceId: TwinId,
    relationshipId: string,
    patch: readonly JsonPatchOp[],
    o: { ifMatch?: string } = {},
  ): Promise<{ etag: string }> {
    const { etag } = this.#relationships.patch(sourceId, relationshipId, patch, o.ifMatch);
    const data = { modelId: this.#existing(sourceId).modelId, patch: [...patch] };
    this.#emit("relationship.updated", relationshipSubject(sourceId, relationshipId), data);
    return { etag };
  }

  async deleteRelationship(sourceId: TwinId, relationshipId: string, o: { ifMatch?: string } = {}): Promise<void> {
    const gone = this.#relationships.delete(sourceId, relationshipId, o.ifMatch);
    this.#emit("relationship.deleted", relationshipSubject(sourceId, relationshipId), gone);
  }

  async publishTelemetry(id: TwinId, payload: object, o: { component?: string } = {}): Promise<void> {
    const { modelId: model } = this.#existing(id);
    this.#emit("telemetry.received", id, { ...o, values: payload }, undefined, model);
  }

  #store(twin: StoredTwin, tell: (stored: StoredTwin) => void): { etag: string } {
    const details = this.#models.has(twin.modelId)
      ? (this.#options.validate?.(twin) ?? [])
      : [{ path: "/$metadata/$model", expected: "a stored model", found: twin.modelId }];
    if (details.length > 0) {
      throw new TwinError("INVALID_VALUE", `The model does not allow this twin ${twin.id}.`, { details });
    }
    const stored = { ...twin, etag: this.#newEtag() };
    this.#twins.set(twin.id, stored);
    tell(stored);
    return { etag: stored.etag };
  }

  #existing(id: TwinId, ifMatch?: string): StoredTwin {
    const twin = this.#twins.get(id);
    if (twin === undefined) {
      throw new TwinError("NOT_FOUND", `There is no twin ${id}.`);
    }
    checkMatch(twin.etag, ifMatch);
    return twin;
  }

  #emit(type: TwinEventType, subject: string, data: object, traceparent?: string, dataschema?: Dtmi): void {
    for (const listener of [...this.#listeners]) {
      listener({
        id: this.#newId(),
        source: "memory",
        subject,
        time: this.#clock(),
        type,
        data: structuredClone(data),
        ...(traceparent === undefined ? {} : { traceparent }),
        ...(dataschema === undefined ? {} : { dataschema }),
      });
    }
  }

  #newEtag(): string {
    return `W/"${this.#newId()}"`;
  }
}

function twinRow(twin: StoredTwin): object {
  const properties = structuredClone(twin.properties);
  return { $dtId: twin.id, $etag: twin.etag, ...properties, $metadata: { $model: twin.modelId } };
}

function linkRow(r: StoredRelationship): object {
  const ids = { $relationshipId: r.id, $sourceId: r.sourceId, $targetId: r.targetId, $relationshipName: r.name };
  return { ...ids, $etag: r.etag, ...r.properties };
}

/** A twin holds JSON only: several times cheaper than structuredClone. */
function copyOf(twin: Twin): Twin {
  return { ...twin, properties: copyOfJson(twin.properties), times: { ...twin.times } };
}

function copyOfJson<T>(value: T): T {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(copyOfJson) as T;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOfJson(inner)])) as T;
}
