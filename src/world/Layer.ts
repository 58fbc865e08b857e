/**
 * One Layer twin: the placements that it holds as this process shows them, and the writer that makes it so.
 *
 * Changes made here show at once as "pending" and become "saved" or "failed"; changes by other hands are merged in,
 * except into what is pending or was written here a moment ago: notifications of older writes arrive after newer ones
 * were made, and must not make a placement jump back. Where they differ, the twin itself is read. Owned by Placements.
 */
import type { TwinError } from "../errors.ts";
import type { PlacementListener, PlacementView } from "../services.ts";
import type { Clock, Log, TwinId, TwinProvider } from "../twins/types.ts";
import { MapWriter, type Pace } from "./MapWriter.ts";
import { LAYER_MODEL } from "./models.ts";
import { fromStored, samePlacement, storedBytes, toStored } from "./placementValue.ts";

export interface LayerOptions {
  provider: TwinProvider;
  id: TwinId;
  space: TwinId;
  /** Keys of the stored Map; absent when the twin is still to be made. */
  stored?: Iterable<string>;
  /** Awaited before the twin is made. */
  prepare: () => Promise<void>;
  /** Called at every change; `undefined`: removed. */
  tell: PlacementListener;
  /** What was told differs from what was written here: the twin is to be read and merged. */
  doubt: () => void;
  pace?: Partial<Pace>;
  log: Log;
  clock: Clock;
}

/** Beyond these another layer is begun. Half of Azure's 32 KB, since two servers may fill one layer at the same time. */
const MAX_PLACEMENTS = 100;
const MAX_BYTES = 15_000;
/** What grows beyond this goes to another layer: looks and names may be changed long after the layer was filled. */
const MAX_GROWN_BYTES = 24_000;
/** How long what was written here goes before what is told: notifications of Azure take seconds at the worst. */
const OWN_FOR_MS = 10_000;

export class Layer {
  readonly id: TwinId;
  readonly space: TwinId;
  readonly #options: LayerOptions;
  readonly #views = new Map<string, PlacementView>();
  /** Removed here and not yet there. */
  readonly #leaving = new Map<string, PlacementView>();
  /** What the twin service had before a change of ours that is pending or failed; undefined: nothing. */
  readonly #before = new Map<string, PlacementView | undefined>();
  /** Key → when our last write of it was acknowledged. */
  readonly #own = new Map<string, number>();
  readonly #writer: MapWriter;
  #bytes = 0;

  constructor(options: LayerOptions) {
    this.#options = options;
    this.id = options.id;
    this.space = options.space;
    const { provider, prepare, pace, log, clock, stored } = options;
    this.#writer = new MapWriter({
      provider,
      twin: { id: this.id, modelId: LAYER_MODEL, properties: { space: this.space } },
      property: "placements",
      prepare,
      onSettled: (keys, failure) => this.#onSettled(keys, failure),
      log,
      clock,
      ...(pace === undefined ? {} : { pace }),
      ...(stored === undefined ? {} : { stored }),
    });
  }

  get size(): number {
    return this.#views.size;
  }

  get pending(): number {
    return this.#writer.pending;
  }

  hasRoomFor(view: PlacementView): boolean {
    return this.#views.size < MAX_PLACEMENTS && this.#bytes + storedBytes(view) <= MAX_BYTES;
  }

  /** Whether it may stay here with what it is to be. What shrinks always may. */
  canHold(view: PlacementView): boolean {
    const shown = this.#views.get(view.id);
    const growth = storedBytes(view) - (shown === undefined ? 0 : storedBytes(shown));
    return growth <= 0 || this.#bytes + growth <= MAX_GROWN_BYTES;
  }

  get(id: string): PlacementView | undefined {
    return this.#views.get(id);
  }

  /** Held it, and what it tells of its removal may still be on the way. */
  hadLately(id: string): boolean {
    return this.#leaving.has(id) || this.#own.has(id);
  }

  /** Adds or replaces; shows it as pending. */
  put(view: PlacementView): void {
    this.#noteBefore(view.id);
    this.#leaving.delete(view.id);
    this.#show({ ...view, status: "pending", reason: "" });
    this.#writer.set(view.id, toStored(view));
  }

  remove(id: string): void {
    const view = this.#views.get(id);
    if (view !== undefined) {
      this.#noteBefore(id);
      this.#hide(id);
      this.#leaving.set(id, view);
      this.#writer.set(id, undefined);
    }
  }

  /**
   * Takes what the stored Map holds: as told by a notification of unknown age, or as read, with when the read began.
   * Reads of a twin are never older than that.
   */
  merge(placements: object, readAt?: number): void {
    const trustedFrom = readAt ?? this.#options.clock() - OWN_FOR_MS;
    const stored = new Map(Object.entries(placements));
    this.#writer.learn(stored.keys());
    for (const [id, value] of stored) {
      const view = fromStored(id, value);
      if (view !== undefined) {
        this.#mergeOne(id, view, trustedFrom);
      }
    }
    for (const id of [...this.#views.keys()].filter((known) => !stored.has(known))) {
      this.#mergeOne(id, undefined, trustedFrom);
    }
    for (const id of [...this.#own.keys()].filter((known) => !this.#views.has(known) && !stored.has(known))) {
      this.#own.delete(id);
    }
  }

  /** The twin is gone by another hand. What is pending will make it again. Answers whether nothing is left. */
  vanish(): boolean {
    for (const id of [...this.#views.keys()].filter((known) => !this.#writer.isPending(known))) {
      this.#hide(id, true);
    }
    return this.#views.size === 0;
  }

  async idle(): Promise<void> {
    await this.#writer.idle();
  }

  stop(): void {
    this.#writer.stop();
  }

  #mergeOne(id: string, told: PlacementView | undefined, trustedFrom: number): void {
    const shown = this.#views.get(id);
    const same = isSame(told, shown);
    if (this.#writer.isPending(id) || (shown?.status === "failed" && isSame(told, this.#before.get(id)))) {
      return; // what failed stays as it was asked for, with its reason, until somebody changes it
    }
    if (same) {
      this.#own.delete(id);
      if (told !== undefined && shown?.status === "failed") {
        this.#before.delete(id);
        this.#show(told); // its write came through after all
      }
    } else if ((this.#own.get(id) ?? 0) >= trustedFrom) {
      this.#options.doubt();
    } else if (told === undefined) {
      this.#hide(id, true);
    } else {
      this.#show(told, true);
    }
  }

  #onSettled(ids: string[], failure: TwinError | undefined): void {
    const now = this.#options.clock();
    for (const id of ids) {
      const left = this.#leaving.get(id);
      this.#leaving.delete(id);
      const view = this.#views.get(id) ?? (failure === undefined ? undefined : left);
      if (failure === undefined) {
        this.#own.set(id, now);
        this.#before.delete(id);
      }
      if (view !== undefined) {
        this.#show({ ...view, status: failure === undefined ? "saved" : "failed", reason: failure?.message ?? "" });
      }
    }
  }

  #noteBefore(id: string): void {
    if (!this.#before.has(id)) {
      this.#before.set(id, this.#views.get(id));
    }
  }

  #show(view: PlacementView, foreign = false): void {
    if (foreign) {
      this.#before.delete(view.id);
    }
    this.#hideBytes(view.id);
    this.#views.set(view.id, view);
    this.#bytes += storedBytes(view);
    this.#options.tell(view.id, view, foreign);
  }

  #hide(id: string, foreign = false): void {
    if (foreign) {
      this.#before.delete(id);
    }
    this.#hideBytes(id);
    if (this.#views.delete(id)) {
      this.#options.tell(id, undefined, foreign);
    }
  }

  #hideBytes(id: string): void {
    const view = this.#views.get(id);
    this.#bytes -= view === undefined ? 0 : storedBytes(view);
  }
}

function isSame(a: PlacementView | undefined, b: PlacementView | undefined): boolean {
  return a === undefined || b === undefined ? a === b : samePlacement(a, b);
}
