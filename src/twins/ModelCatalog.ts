/**
 * The models that this process knows, resolved. Loaded from the provider before the server listens, since room state
 * classes are made from them; a copy on disk lets the server start while the cloud is away. TwinControl adds to it, and
 * ModelRepair brings what others changed.
 */
import { parseModels } from "../dtdl/index.ts";
import type { ModelGraph } from "../dtdl/types.ts";
import { isSameModel } from "./isSameModel.ts";
import type { Dtmi, Log, StoredModel } from "./types.ts";

/** What a provider's listing says otherwise: changed is a model that was deleted and uploaded again with other content. */
export type ModelChange = { kind: "added" | "changed"; id: Dtmi; model: object } | { kind: "gone"; id: Dtmi };

export class ModelCatalog {
  readonly #models = new Map<Dtmi, object>();
  readonly #listeners = new Set<(graph: ModelGraph) => void>();
  readonly #log: Log;
  #graph: ModelGraph = parseModels([]);

  constructor(options: { log: Log }) {
    this.#log = options.log;
  }

  get graph(): ModelGraph {
    return this.#graph;
  }

  /** The DTDL documents with their ids, in the order in which they were learnt. */
  *stored(): Generator<StoredModel> {
    for (const [id, model] of this.#models) {
      yield { id, model };
    }
  }

  /** Called when models were added, changed or deleted. Returns the unsubscriber. */
  onChange(listener: (graph: ModelGraph) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Adds what is not known yet; answers how many that were. A known id is left alone (`differences` tells them). Models
   * that do not parse are left out with a warning: they were accepted by the provider, and one of them must not keep the
   * server from showing the others.
   */
  add(models: Iterable<StoredModel>): number {
    const fresh = [...models].filter((m) => !this.#models.has(m.id));
    if (fresh.length === 0) {
      return 0;
    }
    for (const m of fresh) {
      this.#models.set(m.id, m.model);
    }
    this.#rebuild();
    return fresh.length;
  }

  remove(id: Dtmi): void {
    if (this.#models.delete(id)) {
      this.#rebuild();
    }
  }

  /** @param listed all models that the provider has */
  differences(listed: readonly StoredModel[]): ModelChange[] {
    const there = new Set(listed.map(({ id }) => id));
    const gone = [...this.#models.keys()].filter((id) => !there.has(id)).map((id) => ({ kind: "gone" as const, id }));
    const others = listed.flatMap(({ id, model }): ModelChange[] => {
      const held = this.#models.get(id);
      if (held === undefined) {
        return [{ kind: "added", id, model }];
      }
      return isSameModel(held, model) ? [] : [{ kind: "changed", id, model }];
    });
    return [...gone, ...others];
  }

  /** Whatever was known under these ids. */
  take(changes: readonly ModelChange[]): void {
    for (const change of changes) {
      if (change.kind === "gone") {
        this.#models.delete(change.id);
      } else {
        this.#models.set(change.id, change.model);
      }
    }
    this.#rebuild();
  }

  #rebuild(): void {
    this.#graph = this.#parse([...this.#models.values()]);
    for (const listener of this.#listeners) {
      listener(this.#graph);
    }
  }

  #parse(documents: object[]): ModelGraph {
    try {
      return parseModels(documents);
    } catch (error) {
      this.#log.warn({ err: error }, "some stored models do not parse; leaving those out");
    }
    return this.#parseOneByOne(documents);
  }

  /** Slow path: grows the graph document by document, so that what depends on a bad one falls away and the rest stays. */
  #parseOneByOne(documents: object[]): ModelGraph {
    let graph = parseModels([]);
    let waiting = documents;
    for (;;) {
      const left: object[] = [];
      for (const document of waiting) {
        try {
          graph = parseModels([document], { known: graph });
        } catch {
          left.push(document);
        }
      }
      if (left.length === 0 || left.length === waiting.length) {
        return graph;
      }
      waiting = left;
    }
  }
}
