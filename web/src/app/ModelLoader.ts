/** The models of the server, asked for again when the room names one that is not known yet. Part of AppState. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { resolveModels, type TwinModel } from "../model/TwinModel.ts";
import { fetchModels } from "../net/api.ts";
import { S } from "../strings.ts";

const RETRY_MS = 3000;

export class ModelLoader {
  readonly #models = signal<ReadonlyMap<string, TwinModel>>(new Map());
  /** Models that the room names and the server did not list: not asked for again. */
  readonly #unlisted = new Set<string>();
  readonly #named: () => readonly string[];
  readonly #say: (text: string) => void;
  #askedAt = 0;

  /** `named`: the ids that the room names now; reads signals. */
  constructor(options: { named: () => readonly string[]; say: (text: string) => void }) {
    this.#named = options.named;
    this.#say = options.say;
  }

  get models(): ReadonlySignal<ReadonlyMap<string, TwinModel>> {
    return this.#models;
  }

  /** To be called in an effect. */
  follow(): void {
    const missing = this.#named().filter((id) => !this.#models.value.has(id));
    if (missing.every((id) => this.#unlisted.has(id))) {
      return;
    }
    const wait = this.#askedAt + RETRY_MS - Date.now();
    if (wait > 0) {
      window.setTimeout(() => this.follow(), wait);
      return;
    }
    this.#askedAt = Date.now();
    void this.load(missing);
  }

  async load(wanted: readonly string[]): Promise<void> {
    try {
      const models = resolveModels(await fetchModels());
      for (const id of wanted.filter((name) => !models.has(name))) {
        this.#unlisted.add(id);
      }
      this.#models.value = models;
    } catch (error) {
      this.#say(error instanceof Error ? error.message : S.errors.unknown);
      window.setTimeout(() => this.follow(), RETRY_MS);
    }
  }
}
