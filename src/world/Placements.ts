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
import { LayerReader, type LayerReaderOptions } from "./LayerReader.ts";
import type { Pace } from "./MapWriter.ts";
import { LAYER_MODEL, VISUALS_MODEL, WORLD_MODEL } from "./models.ts";
import { pendingView, storedBytes, transformed } from "./placementValue.ts";
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

export class Placements implements PlacementIndex {
  readonly #options: PlacementsOptions;
  readonly #layers = new Map<TwinId, Layer>();
  /** Placement id → the layer that holds it. */
  readonly #homes = new Map<string, Layer>();
  readonly #listeners = new Map<TwinId, Set<PlacementListener>>();
  readonly #registry: WorldRegistry;
  readonly #reader: LayerReader;
  readonly #stop = new AbortController();

  constructor(options: PlacementsOptions) {
    this.#options = options;
    const { provider, log, clock, pace, doubtMs, worldId = "colyseus_world" } = options;
    this.#registry = new WorldRegistry({ provider, worldId, log, clock, ...(pace === undefined ? {} : { pace }) });
    const onRead: LayerReaderOptions["onRead"] = (id, space, stored, readAt) =>
      (this.#layers.get(id) ?? this.#newLayer(id, space, Object.keys(stored))).merge(stored, readAt);
    this.#reader = new LayerReader({ provider, log, clock, doubtMs, onRead });
  }

  /** Reads the World and its layers. Throws what the provider throws; may be called again. Writes nothing. */
  async load(): Promise<void> {
    await this.#reader.load(await this.#registry.read());
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
      return pendingView(this.newPlacementId(), { twinId, visual, by, ...transformed(ORIGIN, change) });
    });
    for (const view of views) {
      this.#put(space, view);
    }
    return views;
  }

  move(space: TwinId, items: ({ placementId: string } & Partial<Transform>)[], by: string): void {
    const views = items.map(({ placementId, ...change }) => {
      const view = this.#existing(space, placementId);
      return { ...view, ...transformed(view, change), by };
    });
    for (const view of views) {
      this.#put(space, view);
    }
  }

  /** NOT_FOUND when one is unknown, and then none is removed. */
  remove(space: TwinId, placementIds: string[], _by: string): void {
    for (const { id } of placementIds.map((placementId) => this.#existing(space, placementId))) {
      this.#remove(space, id);
    }
  }

  get(space: TwinId, id: string): PlacementView | undefined {
    const layer = this.#homes.get(id);
    return layer?.space === space ? layer.get(id) : undefined;
  }

  spaceOf(id: string): TwinId | undefined {
    return this.#homes.get(id)?.space;
  }

  spacesOf(twinIds: ReadonlySet<TwinId>): Map<TwinId, Set<TwinId>> {
    const found = new Map<TwinId, Set<TwinId>>();
    for (const [id, layer] of this.#homes) {
      const { twinId = "" } = layer.get(id) ?? {};
      if (twinIds.has(twinId)) {
        found.set(twinId, (found.get(twinId) ?? new Set()).add(layer.space));
      }
    }
    return found;
  }

  newPlacementId(): string {
    return this.#newKey("p");
  }

  write(space: TwinId, changes: readonly { id: string; content: PlacementContent | undefined }[]): void {
    const views = changes.map(({ id, content }) => ({ id, view: content && pendingView(id, content) }));
    for (const { id, view } of views) {
      if (view === undefined) {
        this.#remove(space, id);
      } else {
        this.#put(space, view);
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
      layer.merge(typeof placements === "object" && placements !== null ? placements : {});
    } else {
      this.#reader.meet(layerId);
    }
  }

  removeLayer(layerId: TwinId): void {
    this.#reader.forget(layerId);
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
    await this.#reader.close();
  }

  #existing(space: TwinId, id: string): PlacementView {
    const view = this.get(space, id);
    if (view === undefined) {
      throw new TwinError("NOT_FOUND", `There is no placement ${id} in ${space}.`);
    }
    return view;
  }

  /** Where it is, unless that layer would get too large by it: then it moves to another one. */
  #put(space: TwinId, view: PlacementView): void {
    const home = this.#homes.get(view.id) ?? this.#lastHome(space, view.id);
    const stays = home?.space === space && home.canHold(view);
    (stays ? home : this.#layerFor(space, view)).put(view);
  }

  #remove(space: TwinId, id: string): void {
    if (this.get(space, id) !== undefined) {
      this.#removeCopies(id);
      this.#homes.get(id)?.remove(id);
    }
  }

  /** What is left of it in other layers than its own: after it grew, or by another hand. */
  #removeCopies(id: string): void {
    const home = this.#homes.get(id);
    for (const layer of this.#layers.values()) {
      if (layer !== home && layer.space === home?.space) {
        layer.remove(id);
      }
    }
  }

  /** Whose removal of it is not settled: in another layer it could be there twice. */
  #lastHome(space: TwinId, id: string): Layer | undefined {
    return [...this.#layers.values()].find((layer) => layer.space === space && layer.hadLately(id));
  }

  #layerFor(space: TwinId, view: PlacementView): Layer {
    const open = [...this.#layers.values()].find((layer) => layer.space === space && layer.hasRoomFor(view));
    return open ?? this.#newLayer(this.#newKey("layer_"), space);
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
      doubt: () => this.#reader.doubt(id),
      ...(stored === undefined ? {} : { stored }),
      ...(pace === undefined ? {} : { pace }),
    });
    this.#layers.set(id, layer);
    return layer;
  }

  /**
   * One may be in two layers: for a moment when it has grown, longer when a process died in that moment. The larger copy is
   * the later one. Once it is saved, the other goes.
   */
  #tell(layer: Layer, id: string, view: PlacementView | undefined, foreign: boolean): void {
    const home = this.#homes.get(id);
    const shown = home === layer ? undefined : home?.get(id);
    if (view === undefined) {
      if (home === layer) {
        this.#unhome(layer, id, foreign);
      }
      return;
    }
    if (shown !== undefined && view.status !== "pending" && storedBytes(view) <= storedBytes(shown)) {
      return;
    }
    this.#homes.set(id, layer);
    this.#listen(layer.space, id, view, foreign);
    if (view.status === "saved" && !foreign) {
      this.#removeCopies(id);
    }
  }

  /** It has left its layer: another copy of it, if there is one, is what is shown. */
  #unhome({ space }: Layer, id: string, foreign: boolean): void {
    const other = [...this.#layers.values()].find((layer) => layer.get(id) !== undefined);
    if (other === undefined) {
      this.#homes.delete(id);
    } else {
      this.#homes.set(id, other);
    }
    if (other?.space !== space) {
      this.#listen(space, id, undefined, foreign);
    }
    if (other !== undefined) {
      this.#listen(other.space, id, other.get(id), foreign);
    }
  }

  #listen(space: TwinId, id: string, view: PlacementView | undefined, foreign: boolean): void {
    for (const listener of this.#listeners.get(space) ?? []) {
      listener(id, view, foreign);
    }
  }

  /** DTDL allows letters, digits and underscores in a Map's keys; a letter comes first. */
  #newKey(prefix: string): string {
    return `${prefix}${this.#options.newId().replaceAll("-", "").slice(0, 16)}`;
  }
}
