/**
 * When each value of one twin was measured. The room's state carries one time per twin; per value it is asked for
 * (`twin.get`) when a twin is selected and every few seconds, and followed between: a value that changes in state is as
 * old as the twin's newest.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { ValueDef } from "../model/TwinModel.ts";
import { readValue } from "../model/values.ts";
import { ask } from "../net/requests.ts";
import type { World } from "./World.ts";

const REFRESH_MS = 4000;

export class ValueTimes {
  readonly #world: World;
  readonly #twinId: string;
  readonly #defs: readonly ValueDef[];
  readonly #times = signal<ReadonlyMap<string, number>>(new Map());
  readonly #last = new Map<string, unknown>();
  #timer = 0;
  #unsubscribe: (() => void) | undefined;

  constructor(options: { world: World; twinId: string; defs: readonly ValueDef[] }) {
    this.#world = options.world;
    this.#twinId = options.twinId;
    this.#defs = options.defs;
  }

  /** JSON Pointer → ms since epoch; a value without an entry was never received. */
  get times(): ReadonlySignal<ReadonlyMap<string, number>> {
    return this.#times;
  }

  start(): void {
    this.#follow(new Set([this.#twinId]));
    this.#unsubscribe = this.#world.onFrame((twins) => this.#follow(twins));
    this.#timer = window.setInterval(() => void this.#refresh(), REFRESH_MS);
    void this.#refresh();
  }

  close(): void {
    window.clearInterval(this.#timer);
    this.#unsubscribe?.();
  }

  async #refresh(): Promise<void> {
    const answer = await ask(this.#world.room, "twin.get", { twinId: this.#twinId });
    if (answer.ok) {
      const known = Object.entries(answer.value.times).map(([path, { source }]) => [path, source] as const);
      this.#times.value = new Map(known);
    }
  }

  #follow(twins: ReadonlySet<string>): void {
    const twin = twins.has(this.#twinId) ? this.#world.twin(this.#twinId) : undefined;
    if (twin === undefined) {
      return;
    }
    const changed = this.#defs.filter((def) => {
      const value = readValue(twin, def);
      const before = this.#last.get(def.pointer);
      this.#last.set(def.pointer, value);
      return before !== undefined && before !== value;
    });
    if (changed.length > 0) {
      const seen = twin.$seen * 1000;
      this.#times.value = new Map([...this.#times.value, ...changed.map((def) => [def.pointer, seen] as const)]);
    }
  }
}
