/**
 * The health of the link to the cloud, put together from the event sources: what rooms show as `status` and /health
 * reports. app.ts feeds it.
 */
import type { LinkHealth } from "../services.ts";
import type { Clock, SourceHealth, TwinEventSource } from "./types.ts";

const NO_SOURCE = "no event source is configured: twins are shown as they were at the start";

export class CloudLink implements LinkHealth {
  readonly #clock: Clock;
  readonly #sources: TwinEventSource[] = [];
  readonly #listeners = new Set<() => void>();
  #loaded = false;
  #health: SourceHealth;

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
    this.#health = { connected: false, since: this.#clock(), reason: "the twins are being loaded" };
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  get source(): SourceHealth {
    return this.#health;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  watch(source: TwinEventSource): void {
    this.#sources.push(source);
    source.onHealth(() => this.#update());
    this.#update();
  }

  /** The mirror holds the graph; from now on the link's health is its sources'. */
  setLoaded(): void {
    this.#loaded = true;
    this.#update();
    this.#tell();
  }

  /** The provider does not answer yet; `reason` is for /health. */
  setWaiting(reason: string): void {
    if (!this.#loaded) {
      this.#health = { ...this.#health, reason };
    }
  }

  #update(): void {
    if (!this.#loaded) {
      return;
    }
    const lost = this.#sourcesHealth().filter((h) => !h.connected);
    const connected = lost.length === 0;
    const changed = connected !== this.#health.connected;
    if (!connected) {
      const since = Math.min(...lost.map((h) => h.since));
      this.#health = { connected, since, reason: lost[0]?.reason ?? "the link is lost" };
    } else if (changed) {
      this.#health = { connected, since: this.#clock() };
    }
    if (changed) {
      this.#tell();
    }
  }

  /** Without a source nothing new can come: what is shown only grows older. */
  #sourcesHealth(): SourceHealth[] {
    return this.#sources.length > 0
      ? this.#sources.map((s) => s.health())
      : [{ connected: false, since: this.#health.since, reason: NO_SOURCE }];
  }

  #tell(): void {
    for (const listener of this.#listeners) {
      listener();
    }
  }
}
