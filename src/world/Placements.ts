/**
 * The layout of the spaces: which twin stands where, kept in the twin service itself (ADR 0002).
 *
 * Way back: BuildingPlugin → here → Layer → MapWriter → TwinProvider. Way in: the mirror tells of changes to Layer twins,
 * made by this or another server. Only twins of our own models are written: the plant's are never touched. Nothing is
 * written before the first change, so that a look at a foreign or read-only instance leaves no trace.
 */
import { setTimeout as delay } from "node:timers/promises";
import { TwinError } from "../errors.ts";
import { ORIGIN, type Transform } from "../protocol/names.ts";
import type { PlacementContent, PlacementIndex, PlacementListener, PlacementView } from "../services.ts";
import type { Clock, Dtmi, Log, TwinChange, TwinId, TwinProvider } from "../twins/types.ts";
import { Layer } from "./Layer.ts";
import type { Pace } from "./MapWriter.ts";
import { LAYER_MODEL, VISUALS_MODEL, WORLD_MODEL } from "./models.ts";
import { pendingView, transformed } from "./placementValue.ts";
import { WorldRegistry } from "./WorldRegistry.ts";

export interface PlacementsOptions {
  provider: TwinProvider;
  log: Log;
  clock: Clock;
  /** Unique; letters, digits and dashes. */
  newId: () => string;
  /** Twin id of the World. Servers with the same one share a layout. */
  worldId?: TwinId;
  pace?: Partial<Pace>;
  /** How long to wait before a doubtful layer is read. */
  doubtMs?: number;
}

const LAYERS_AT_ONCE = 8;

export class Placements implements PlacementIndex {
  readonly #options: PlacementsOptions;
  readonly #layers = new Map<TwinId, Layer>();
  /** Placement id → the layer that holds it. */
  readonly #homes = new Map<string, Layer>();
  readonly #listeners = new Map<TwinId, Set<PlacementListener>>();
  readonly #registry: WorldRegistry;
  /** Layers whose twin is to be read: new ones of other servers, and doubtful ones. */
  readonly #unread = new Set<TwinId>();
  /** Twins with a property of that name that are no layers. */
  readonly #foreign = new Set<TwinId>();
  readonly #stop = new AbortController();
  #loaded = false;
  #reading: Promise<void> | undefined;

  constructor(options: PlacementsOptions) {
    this.#options = options;
    const { provider, log, clock, pace, worldId = "colyseus_world" } = options;
    this.#registry = new WorldRegistry({ provider, worldId, log, clock, ...(pace === undefined ? {} : { pace }) });
  }

  /** Reads the World and its layers. Throws what the provider throws; may be called again. Writes nothing. */
  async load(): Promise<void> {
    const waiting = await this.#registry.read();
    const readNext = async (): Promise<void> => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
        await this.#readLayer(id);
      }
    };
    await Promise.all(Array.from({ length: LAYERS_AT_ONCE }, readNext));
    this.#loaded = true;
    this.#readSoon(0);
  }

  isLayout(modelId: Dtmi): boolean {
    return modelId === LAYER_MODEL || modelId === WORLD_MODEL || modelId === VISUALS_MODEL;
  }

  *list(space: TwinId): Generator<PlacementView> {
    for (const [id, layer] of this.#homes) {
      const view = layer.space === space ? layer.get(id) : undefined;
      if (view !== undefined) {
        yield view;
      }
    }
  }

  add(space: TwinId, items: ({ twinId: TwinId; visual?: string } & Partial<Transform>)[], by: string): PlacementView[] {
    const views = items.map(({ twinId, visual = "", ...change }): PlacementView => {
      return { id: this.newPlacementId(), twinId, visual, by, status: "pending", ...transformed(ORIGIN, change) };
    });
    for (const view of views) {
      this.#layerFor(space, view).put(view);
    }
    return views;
  }

  move(space: TwinId, items: ({ placementId: string } & Partial<Transform>)[], by: string): void {
    const moves = items.map(({ placementId, ...change }) => {
      const { layer, view } = this.#existing(space, placementId);
      return { layer, view: { ...view, ...transformed(view, change), by } };
    });
    for (const { layer, view } of moves) {
      layer.put(view);
    }
  }

  /** NOT_FOUND when one is unknown, and then none is removed. */
  remove(space: TwinId, placementIds: string[], _by: string): void {
    for (const { layer, view } of placementIds.map((id) => this.#existing(space, id))) {
      layer.remove(view.id);
    }
  }

  get(space: TwinId, id: string): PlacementView | undefined {
    const layer = this.#homes.get(id);
    return layer?.space === space ? layer.get(id) : undefined;
  }

  spaceOf(id: string): TwinId | undefined {
    return this.#homes.get(id)?.space;
  }

  newPlacementId(): string {
    return this.#newKey("p");
  }

  write(space: TwinId, changes: readonly { id: string; content: PlacementContent | undefined }[]): void {
    const views = changes.map(({ id, content }) => ({ id, view: content && pendingView(id, content) }));
    for (const { id, view } of views) {
      const home = this.get(space, id) === undefined ? undefined : this.#homes.get(id);
      if (view === undefined) {
        home?.remove(id);
      } else {
        (home ?? this.#lastHome(space, id) ?? this.#layerFor(space, view)).put(view);
      }
    }
  }

  onChange(space: TwinId, listener: PlacementListener): () => void {
    const listeners = this.#listeners.get(space) ?? new Set();
    this.#listeners.set(space, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) {
        this.#listeners.delete(space);
      }
    };
  }

  /** Every change of the mirror may be told; those of other twins than layers are not heeded. */
  onMirrorChange(change: TwinChange): void {
    if (change.kind === "value" && change.path === "/placements") {
      this.applyLayer(change.twinId, change.value);
    } else if (change.kind === "twin.removed") {
      this.removeLayer(change.twinId);
    }
  }

  /** What a Layer twin holds now, as its change events tell. One that is not known is read, if it is one. */
  applyLayer(layerId: TwinId, placements: unknown): void {
    const layer = this.#layers.get(layerId);
    if (layer !== undefined) {
      layer.merge(isObject(placements) ? placements : {});
    } else if (!this.#foreign.has(layerId)) {
      this.#unread.add(layerId);
      this.#readSoon(0);
    }
  }

  removeLayer(layerId: TwinId): void {
    this.#unread.delete(layerId);
    this.#foreign.delete(layerId);
    if (this.#layers.get(layerId)?.vanish()) {
      this.#layers.delete(layerId);
    }
  }

  /** Writes what is pending for at most that long; what is then left is logged and lost. */
  async close({ timeoutMs = 3000 }: { timeoutMs?: number } = {}): Promise<void> {
    if (this.#stop.signal.aborted) {
      return;
    }
    const layers = [...this.#layers.values()];
    const written = Promise.all(layers.map((layer) => layer.idle()));
    await Promise.race([written, delay(timeoutMs, undefined, { signal: this.#stop.signal, ref: false })]);
    this.#stop.abort();
    this.#registry.stop();
    for (const layer of layers) {
      layer.stop();
    }
    const lost = layers.reduce((sum, { pending }) => sum + pending, 0);
    if (lost > 0) {
      this.#options.log.error({ placements: lost }, "changes of the layout could not be saved before the end");
    }
    await this.#reading;
  }

  #existing(space: TwinId, id: string): { layer: Layer; view: PlacementView } {
    const layer = this.#homes.get(id);
    const view = layer?.get(id);
    if (layer === undefined || view === undefined || layer.space !== space) {
      throw new TwinError("NOT_FOUND", `There is no placement ${id} in ${space}.`);
    }
    return { layer, view };
  }

  /** Whose removal of it is not settled: in another layer it could be there twice. */
  #lastHome(space: TwinId, id: string): Layer | undefined {
    return [...this.#layers.values()].find((layer) => layer.space === space && layer.hadLately(id));
  }

  #layerFor(space: TwinId, view: PlacementView): Layer {
    for (const layer of this.#layers.values()) {
      if (layer.space === space && layer.hasRoomFor(view)) {
        return layer;
      }
    }
    return this.#newLayer(this.#newKey("layer_"), space);
  }

  #newLayer(id: TwinId, space: TwinId, stored?: Iterable<string>): Layer {
    const { provider, log, clock, pace } = this.#options;
    const layer: Layer = new Layer({
      provider,
      id,
      space,
      log,
      clock,
      prepare: () => this.#registry.register(id, space),
      tell: (placementId, view, foreign) => this.#tell(layer, placementId, view, foreign),
      doubt: () => this.#doubt(id),
      ...(stored === undefined ? {} : { stored }),
      ...(pace === undefined ? {} : { pace }),
    });
    this.#layers.set(id, layer);
    return layer;
  }

  #tell(layer: Layer, id: string, view: PlacementView | undefined, foreign: boolean): void {
    if (view !== undefined) {
      this.#homes.set(id, layer);
    } else if (this.#homes.get(id) === layer) {
      this.#homes.delete(id);
    } else {
      return; // another hand has put it into two layers: the one that is shown stays
    }
    for (const listener of this.#listeners.get(layer.space) ?? []) {
      listener(id, view, foreign);
    }
  }

  #doubt(layerId: TwinId): void {
    this.#unread.add(layerId);
    this.#readSoon(this.#options.doubtMs ?? 500);
  }

  /** One reader at a time; before the layout is loaded it waits for that. */
  #readSoon(ms: number): void {
    if (this.#loaded && this.#reading === undefined && this.#unread.size > 0 && !this.#stop.signal.aborted) {
      this.#reading = this.#readUnread(ms).finally(() => {
        this.#reading = undefined;
        this.#readSoon(this.#options.doubtMs ?? 500);
      });
    }
  }

  async #readUnread(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    for (const id of [...this.#unread]) {
      if (this.#stop.signal.aborted) {
        return;
      }
      try {
        await this.#readLayer(id);
      } catch (error) {
        this.#unread.add(id);
        this.#options.log.warn({ err: error, twinId: id }, "a layer of the layout could not be read; trying again");
        return;
      }
    }
  }

  async #readLayer(id: TwinId): Promise<void> {
    this.#unread.delete(id);
    const readAt = this.#options.clock();
    const twin = await this.#options.provider.getTwin(id);
    const space = twin?.properties["space"];
    if (twin === undefined || twin.modelId !== LAYER_MODEL || typeof space !== "string") {
      if (twin !== undefined) {
        this.#foreign.add(id);
      }
      return;
    }
    const placements = twin.properties["placements"];
    const stored = isObject(placements) ? placements : {};
    (this.#layers.get(id) ?? this.#newLayer(id, space, Object.keys(stored))).merge(stored, readAt);
  }

  /** DTDL allows letters, digits and underscores in a Map's keys; a letter comes first. */
  #newKey(prefix: string): string {
    return `${prefix}${this.#options.newId().replaceAll("-", "").slice(0, 16)}`;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
