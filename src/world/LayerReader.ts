/**
 * Reads Layer twins: all of them at the start; later new ones of other servers, and those of which something doubtful was
 * told. One after the other, and again until it succeeds. Owned by Placements.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Clock, Log, TwinId, TwinProvider } from "../twins/types.ts";
import { LAYER_MODEL } from "./models.ts";

export interface LayerReaderOptions {
  provider: Pick<TwinProvider, "getTwin">;
  log: Log;
  clock: Clock;
  /** How long to wait before a doubtful layer is read. */
  doubtMs?: number | undefined;
  /** `readAt`: when the read began. What it holds is not older than that. */
  onRead: (layerId: TwinId, space: TwinId, placements: object, readAt: number) => void;
}

const LAYERS_AT_ONCE = 8;

export class LayerReader {
  readonly #options: LayerReaderOptions;
  readonly #doubtMs: number;
  readonly #unread = new Set<TwinId>();
  /** Twins with a property of that name that are no layers. */
  readonly #foreign = new Set<TwinId>();
  readonly #stop = new AbortController();
  #loaded = false;
  #reading: Promise<void> | undefined;

  constructor(options: LayerReaderOptions) {
    this.#options = options;
    this.#doubtMs = options.doubtMs ?? 500;
  }

  /** Throws what the provider throws; may be called again. What is met before that waits for it. */
  async load(layerIds: readonly TwinId[]): Promise<void> {
    const waiting = [...layerIds];
    const readNext = async (): Promise<void> => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
        await this.#read(id);
      }
    };
    await Promise.all(Array.from({ length: LAYERS_AT_ONCE }, readNext));
    this.#loaded = true;
    this.#readSoon(0);
  }

  /** Something was told of a twin that may be a layer of another server. */
  meet(layerId: TwinId): void {
    if (!this.#foreign.has(layerId)) {
      this.#unread.add(layerId);
      this.#readSoon(0);
    }
  }

  doubt(layerId: TwinId): void {
    this.#unread.add(layerId);
    this.#readSoon(this.#doubtMs);
  }

  /** The twin is gone. */
  forget(layerId: TwinId): void {
    this.#unread.delete(layerId);
    this.#foreign.delete(layerId);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  #readSoon(ms: number): void {
    if (this.#loaded && this.#reading === undefined && this.#unread.size > 0 && !this.#stop.signal.aborted) {
      this.#reading = this.#readUnread(ms).finally(() => {
        this.#reading = undefined;
        this.#readSoon(this.#doubtMs);
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
        await this.#read(id);
      } catch (error) {
        this.#unread.add(id);
        this.#options.log.warn({ err: error, twinId: id }, "a layer of the layout could not be read; trying again");
        return;
      }
    }
  }

  async #read(id: TwinId): Promise<void> {
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
    const stored = typeof placements === "object" && placements !== null ? placements : {};
    this.#options.onRead(id, space, stored, readAt);
  }
}
