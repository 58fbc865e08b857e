/**
 * Visual templates by model, kept in one twin of ours beside the layers (ADR 0009): read at the start, written through a
 * queue, followed when another server or tool changes them. Owned by WorldEditor.
 */
import { createHash } from "node:crypto";
import type { Actor } from "../auth/AccessPolicy.ts";
import { TwinError } from "../errors.ts";
import type { VisualTemplate } from "../protocol/visuals.ts";
import type { Clock, Dtmi, Log, TwinChange, TwinId, TwinProvider } from "../twins/types.ts";
import { MapWriter, type Pace } from "./MapWriter.ts";
import { VISUALS_MODEL, VISUALS_MODELS } from "./models.ts";
import { putModels } from "./putModels.ts";

export interface VisualsOptions {
  provider: TwinProvider;
  log: Log;
  clock: Clock;
  /** Twin id; servers with the same one share templates. */
  id?: TwinId;
  pace?: Partial<Pace>;
}

/** A change that the twin service refused for good, or did not take in time. */
export interface RefusedVisual {
  /** Who asked for it. */
  actor: Actor;
  modelId: Dtmi;
  reason: string;
}
export type VisualsListener = (modelId: Dtmi, template: VisualTemplate | undefined) => void;

/** Azure takes 4 KB in a string and 32 KB in a twin. */
const MAX_BYTES = 3800;
const MAX_TOTAL = 28_000;

export class Visuals {
  readonly #o: VisualsOptions & { id: TwinId };
  readonly #writer: MapWriter;
  readonly #templates = new Map<Dtmi, VisualTemplate>();
  readonly #listeners = new Set<VisualsListener>();
  readonly #refusals = new Set<(refused: RefusedVisual) => void>();
  /** By key, what was set here and has not settled. */
  readonly #asked = new Map<string, Omit<RefusedVisual, "reason">>();
  #reading: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(options: VisualsOptions) {
    this.#o = { id: "colyseus_world_visuals", ...options };
    const { provider, log, clock, pace } = options;
    this.#writer = new MapWriter({
      provider,
      twin: { id: this.#o.id, modelId: VISUALS_MODEL, properties: {} },
      property: "templates",
      prepare: () => putModels(provider, VISUALS_MODELS),
      onSettled: (keys, failure) => this.#onSettled(keys, failure),
      log,
      clock,
      ...(pace === undefined ? {} : { pace }),
    });
  }

  /** Throws what the provider throws; may be called again. Writes nothing. */
  async load(): Promise<void> {
    const twin = await this.#o.provider.getTwin(this.#o.id);
    const stored = twin?.properties["templates"];
    const entries = typeof stored === "object" && stored !== null ? Object.entries(stored) : [];
    if (twin !== undefined) {
      this.#writer.learn(entries.map(([key]) => key));
    }
    const told = new Map(entries.flatMap(([, text]) => entryOf(text)));
    for (const modelId of new Set([...told.keys(), ...this.#templates.keys()])) {
      if (!this.#writer.isPending(keyOf(modelId))) {
        this.#show(modelId, told.get(modelId));
      }
    }
  }

  /** INVALID_VALUE when these, added or replaced together, take more than a twin holds. */
  check(templates: ReadonlyMap<Dtmi, VisualTemplate>): void {
    const total = [...new Map([...this.#templates, ...templates])].reduce(
      (sum, entry) => sum + sizeOf(...entry).quoted,
      0,
    );
    const isTooLarge = [...templates].some(([model, template]) => sizeOf(model, template).bytes > MAX_BYTES);
    if (isTooLarge || total > MAX_TOTAL) {
      const what = templates.size === 1 ? "this template" : `these ${templates.size} templates`;
      const room = `at most ${MAX_BYTES} bytes each and ${MAX_TOTAL} together`;
      throw new TwinError("INVALID_VALUE", `There is no room for ${what}: ${room}.`);
    }
  }

  list(): ReadonlyMap<Dtmi, VisualTemplate> {
    return this.#templates;
  }

  /** undefined: none any more. Shown at once; INVALID_VALUE when it takes more than a twin holds. */
  set(modelId: Dtmi, template: VisualTemplate | undefined, actor: Actor): void {
    const text = template && JSON.stringify({ model: modelId, template });
    if (template !== undefined) {
      this.check(new Map([[modelId, template]]));
    }
    this.#asked.set(keyOf(modelId), { modelId, actor });
    this.#writer.set(keyOf(modelId), text);
    this.#show(modelId, template);
  }

  onChange(listener: VisualsListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onRefused(listener: (refused: RefusedVisual) => void): () => void {
    this.#refusals.add(listener);
    return () => this.#refusals.delete(listener);
  }

  /** Changes of the mirror; those of other twins are not heeded. */
  onMirrorChange(change: TwinChange): void {
    if (
      change.kind === "twin.removed"
        ? change.twinId === this.#o.id
        : change.kind === "value" && change.twinId === this.#o.id
    ) {
      this.#readSoon(); // what is told may be older than what was written since
    }
  }

  async close(): Promise<void> {
    await Promise.race([this.#writer.idle(), new Promise((resolve) => setTimeout(resolve, 1000).unref())]);
    this.#closed = true;
    this.#writer.stop();
    await this.#reading;
  }

  #onSettled(keys: readonly string[], failure: TwinError | undefined): void {
    for (const key of keys) {
      const asked = this.#asked.get(key);
      this.#asked.delete(key);
      if (failure !== undefined && asked !== undefined) {
        for (const listener of this.#refusals) {
          listener({ ...asked, reason: failure.message });
        }
      }
    }
    if (failure !== undefined) {
      this.#readSoon(); // shows again what is there
    }
  }

  #readSoon(): void {
    if (this.#reading !== undefined || this.#closed) {
      this.#again = true;
      return;
    }
    this.#reading = this.load()
      .catch((error: unknown) => this.#o.log.warn({ err: error }, "visual templates could not be read"))
      .finally(() => {
        this.#reading = undefined;
        if (this.#again) {
          this.#again = false;
          this.#readSoon();
        }
      });
  }

  #show(modelId: Dtmi, template: VisualTemplate | undefined): void {
    if (JSON.stringify(this.#templates.get(modelId)) === JSON.stringify(template)) {
      return;
    }
    if (template === undefined) {
      this.#templates.delete(modelId);
    } else {
      this.#templates.set(modelId, template);
    }
    for (const listener of this.#listeners) {
      listener(modelId, template);
    }
  }
}

/** Keys of a Map are letters, digits and underscores; model ids have more. */
function keyOf(modelId: Dtmi): string {
  return `m${createHash("sha256").update(modelId).digest("hex").slice(0, 20)}`;
}

/** Of the string; and, `quoted`, of its entry in the twin. */
function sizeOf(model: Dtmi, template: VisualTemplate): { bytes: number; quoted: number } {
  const text = JSON.stringify({ model, template });
  return { bytes: Buffer.byteLength(text), quoted: Buffer.byteLength(JSON.stringify(text)) + 24 };
}

/** What other hands put there and is no template is left alone. */
function entryOf(text: unknown): [Dtmi, VisualTemplate][] {
  try {
    const { model, template } = JSON.parse(String(text)) as { model?: unknown; template?: unknown };
    const isEntry = typeof model === "string" && typeof template === "object" && template !== null;
    return isEntry ? [[model, template as VisualTemplate]] : [];
  } catch {
    return [];
  }
}
