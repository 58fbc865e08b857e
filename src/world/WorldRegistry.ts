/**
 * The World twin: which layers there are, and the space of each. Owned by Placements.
 *
 * It names a layer before there is one: a crash in between leaves a name without a twin, never a twin that nobody finds.
 * Its layers are found by reads of twins, not by a query, whose index lags behind by seconds.
 */
import { TwinError } from "../errors.ts";
import type { Clock, Log, TwinId, TwinProvider } from "../twins/types.ts";
import { MapWriter, type Pace } from "./MapWriter.ts";
import { WORLD_MODEL, WORLD_MODELS } from "./models.ts";
import { putModels } from "./putModels.ts";

export interface WorldRegistryOptions {
  provider: TwinProvider;
  worldId: TwinId;
  pace?: Partial<Pace>;
  log: Log;
  clock: Clock;
}

export class WorldRegistry {
  readonly #provider: TwinProvider;
  readonly #worldId: TwinId;
  readonly #writer: MapWriter;
  /** Layer id → those that wait for its entry. */
  readonly #waiting = new Map<TwinId, PromiseWithResolvers<void>>();

  constructor({ worldId, ...options }: WorldRegistryOptions) {
    this.#provider = options.provider;
    this.#worldId = worldId;
    this.#writer = new MapWriter({
      ...options,
      twin: { id: worldId, modelId: WORLD_MODEL, properties: {} },
      property: "layers",
      prepare: () => putModels(options.provider, WORLD_MODELS),
      onSettled: (ids, failure) => this.#onSettled(ids, failure),
    });
  }

  /** Ids of the layers; empty when there is no World yet. Writes nothing. */
  async read(): Promise<TwinId[]> {
    const world = await this.#provider.getTwin(this.#worldId);
    const layers = world?.properties["layers"];
    const ids = typeof layers === "object" && layers !== null ? Object.keys(layers) : [];
    if (world !== undefined) {
      this.#writer.learn(ids);
    }
    return ids;
  }

  /** Resolves when the World names the layer; many asked for together are one write. Makes World and models if need be. */
  async register(layerId: TwinId, space: TwinId): Promise<void> {
    const waiting = this.#waiting.get(layerId) ?? Promise.withResolvers<void>();
    this.#waiting.set(layerId, waiting);
    this.#writer.set(layerId, space);
    await waiting.promise;
  }

  stop(): void {
    this.#writer.stop();
  }

  #onSettled(layerIds: string[], failure: TwinError | undefined): void {
    for (const id of layerIds) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (failure === undefined) {
        waiting?.resolve();
      } else {
        waiting?.reject(failure.cause instanceof TwinError ? failure.cause : failure); // the layer says that it gave up
      }
    }
  }
}
