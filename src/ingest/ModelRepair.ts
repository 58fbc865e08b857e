/**
 * Models that others upload and delete: Azure tells of none, so they are asked for. GraphEvents asks when a twin has a model
 * that is not known, GraphRepair compares all now and then. What differs goes into the catalog: rooms that open later get
 * classes for it, in rooms that are open its twins are generic.
 *
 * A difference counts when it is still there after a while, so that what this server itself uploads or deletes just then
 * is none.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ModelCatalog, ModelChange } from "../twins/ModelCatalog.ts";
import type { Dtmi, Log, TwinProvider } from "../twins/types.ts";

export interface ModelRepairOptions {
  provider: Pick<TwinProvider, "listModels">;
  catalog: ModelCatalog;
  log: Log;
  /** Between two readings, ms. */
  graceMs?: number;
}

export class ModelRepair {
  readonly #o: Required<ModelRepairOptions>;
  readonly #asked = new Map<Dtmi, Promise<void>>();
  #running: Promise<number> | undefined;

  constructor(options: ModelRepairOptions) {
    this.#o = { graceMs: 3000, ...options };
  }

  /** Reads the models since one is not known; once for each id, unless it was found and is gone since. */
  learn(id: Dtmi): Promise<void> {
    const reading = this.#asked.get(id) ?? this.#learn(id);
    this.#asked.set(id, reading);
    return reading;
  }

  /** One comparison, now; joins one that runs. How many models were others, or gone, or new. Rejects when aborted. */
  run(signal: AbortSignal): Promise<number> {
    this.#running ??= this.#run(signal).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #learn(id: Dtmi): Promise<void> {
    const { catalog, provider, log } = this.#o;
    try {
      const fresh = catalog.add(await Array.fromAsync(provider.listModels()));
      log.info({ model: id, fresh }, "models were added in the twin service");
    } catch (error) {
      this.#asked.delete(id);
      throw error;
    }
    if (catalog.graph.get(id)) {
      this.#asked.delete(id);
    }
  }

  async #run(signal: AbortSignal): Promise<number> {
    const nominated = new Set((await this.#differences(signal)).map(({ id }) => id));
    if (nominated.size === 0) {
      return 0;
    }
    await sleep(this.#o.graceMs, undefined, { signal, ref: false });
    const changes = (await this.#differences(signal)).filter(({ id }) => nominated.has(id));
    if (changes.length > 0) {
      this.#o.catalog.take(changes);
      for (const { id } of changes) {
        this.#asked.delete(id);
      }
      this.#tell(changes);
    }
    return changes.length;
  }

  /** Read anew where the catalog changed meanwhile: then the answer may be older than that. */
  async #differences(signal: AbortSignal): Promise<ModelChange[]> {
    const { catalog, provider } = this.#o;
    for (;;) {
      const { graph } = catalog;
      const listed = await Array.fromAsync(provider.listModels());
      signal.throwIfAborted();
      if (catalog.graph === graph) {
        return catalog.differences(listed);
      }
    }
  }

  #tell(changes: readonly ModelChange[]): void {
    const ids = (kind: ModelChange["kind"]) => changes.filter((c) => c.kind === kind).map(({ id }) => id);
    const [added, changed, gone] = [ids("added"), ids("changed"), ids("gone")];
    if (changed.length + gone.length === 0) {
      this.#o.log.info({ added }, "models were added in the twin service");
    } else {
      this.#o.log.warn(
        { added, changed, gone },
        "models were changed or deleted in the twin service; rooms that are open show their twins as generic ones, rooms that open from now on as usual",
      );
    }
  }
}
