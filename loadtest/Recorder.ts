/**
 * A TwinProvider that passes everything on and counts the writes: how many, how large, and how many each twin got as
 * Azure counts them, where a write of a relationship is one on both of its twins.
 */
import type { JsonPatchOp, Relationship, Twin, TwinProvider } from "../src/twins/types.ts";

export class Recorder implements TwinProvider {
  readonly capabilities: TwinProvider["capabilities"];
  writes = 0;
  /** Of the JSON bodies, without HTTP headers. */
  bytes = 0;
  readonly #inner: TwinProvider;
  readonly #perTwin = new Map<string, number>();
  /** Relationship → its target, which a patch does not name. */
  readonly #targets = new Map<string, string>();

  constructor(inner: TwinProvider) {
    this.#inner = inner;
    this.capabilities = inner.capabilities;
  }

  /** Writes of the twin that got most. */
  get busiest(): number {
    return Math.max(0, ...this.#perTwin.values());
  }

  writesOn(test: (id: string) => boolean): number {
    return [...this.#perTwin].reduce((sum, [id, writes]) => sum + (test(id) ? writes : 0), 0);
  }

  reset(): void {
    this.writes = 0;
    this.bytes = 0;
    this.#perTwin.clear();
  }

  listModels = () => this.#inner.listModels();
  deleteModel = (id: string) => this.#inner.deleteModel(id);
  getTwin = (id: string) => this.#inner.getTwin(id);
  listTwins = () => this.#inner.listTwins();
  query = (q: string, o?: { pageSize?: number }) => this.#inner.query(q, o);
  relationships = (id: string, o?: { name?: string }) => this.#inner.relationships(id, o);
  listRelationships = () => this.#inner.listRelationships();
  incoming = (id: string) => this.#inner.incoming(id);
  publishTelemetry = (id: string, payload: object, o?: { component?: string }) =>
    this.#inner.publishTelemetry(id, payload, o);

  async putModels(models: object[]): Promise<void> {
    this.#count(models);
    await this.#inner.putModels(models);
  }

  async putTwin(twin: Omit<Twin, "times" | "etag">, o?: { ifNoneMatch?: "*" }): Promise<{ etag: string }> {
    this.#count(twin.properties, twin.id);
    return await this.#inner.putTwin(twin, o);
  }

  async patchTwin(id: string, patch: readonly JsonPatchOp[], o?: { ifMatch?: string }): Promise<{ etag?: string }> {
    this.#count(patch, id);
    return await this.#inner.patchTwin(id, patch, o);
  }

  async deleteTwin(id: string): Promise<void> {
    this.#count(undefined, id);
    await this.#inner.deleteTwin(id);
  }

  async putRelationship(r: Omit<Relationship, "etag">): Promise<{ etag: string }> {
    this.#count({ ...r.properties, $targetId: r.targetId, $relationshipName: r.name }, r.sourceId, r.targetId);
    this.#targets.set(`${r.sourceId}/${r.id}`, r.targetId);
    return await this.#inner.putRelationship(r);
  }

  async patchRelationship(sourceId: string, id: string, patch: readonly JsonPatchOp[]): Promise<{ etag?: string }> {
    this.#count(patch, sourceId, this.#targets.get(`${sourceId}/${id}`) ?? "");
    return await this.#inner.patchRelationship(sourceId, id, patch);
  }

  async deleteRelationship(sourceId: string, id: string): Promise<void> {
    this.#count(undefined, sourceId, this.#targets.get(`${sourceId}/${id}`) ?? "");
    await this.#inner.deleteRelationship(sourceId, id);
  }

  #count(body: unknown, ...twins: string[]): void {
    this.writes += 1;
    this.bytes += body === undefined ? 0 : Buffer.byteLength(JSON.stringify(body));
    for (const id of twins) {
      this.#perTwin.set(id, (this.#perTwin.get(id) ?? 0) + 1);
    }
  }
}
