/**
 * The recent course of one value of one twin: backfilled from the server when it is selected, then followed from room
 * state. Where nothing came for longer than the value usually takes there is a gap, never a line.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import { type Course, withGaps } from "../model/gaps.ts";
import type { ValueDef } from "../model/TwinModel.ts";
import { readValue } from "../model/values.ts";
import { ask } from "../net/requests.ts";
import type { World } from "./World.ts";

export const TREND_SECONDS = 600;
export class ValueTrend {
  readonly #world: World;
  readonly #twinId: string;
  readonly #def: ValueDef;
  readonly #course = signal<Course>([[], []]);
  readonly #loaded = signal(false);
  #samples: [number, number][] = [];
  #unsubscribe: (() => void) | undefined;

  constructor(options: { world: World; twinId: string; def: ValueDef }) {
    this.#world = options.world;
    this.#twinId = options.twinId;
    this.#def = options.def;
  }

  get course(): ReadonlySignal<Course> {
    return this.#course;
  }
  /** False until the server has answered, or could not. */
  get loaded(): ReadonlySignal<boolean> {
    return this.#loaded;
  }

  async start(): Promise<void> {
    this.#unsubscribe = this.#world.onFrame((twins) => twins.has(this.#twinId) && this.#follow());
    const answer = await ask(this.#world.room, "twin.get", { twinId: this.#twinId, history: TREND_SECONDS });
    const past = answer.ok ? (answer.value.history?.[this.#def.pointer] ?? []) : [];
    const newest = past.at(-1)?.[0] ?? 0;
    this.#samples = [...past, ...this.#samples.filter(([time]) => time > newest)];
    this.#loaded.value = true;
    this.#publish();
  }

  close(): void {
    this.#unsubscribe?.();
  }

  #follow(): void {
    const twin = this.#world.twin(this.#twinId);
    const value = twin && readValue(twin, this.#def);
    const number = typeof value === "boolean" ? Number(value) : value;
    if (twin === undefined || typeof number !== "number") {
      return;
    }
    const time = twin.$seen * 1000;
    const last = this.#samples.at(-1);
    if (last !== undefined && time <= last[0]) {
      last[1] = number; // state tells seconds: what came within one is one
    } else {
      this.#samples.push([time, number]);
    }
    if (this.#loaded.value) {
      this.#publish();
    }
  }

  #publish(): void {
    const since = Date.now() - TREND_SECONDS * 1000;
    this.#samples = this.#samples.filter(([time]) => time >= since);
    this.#course.value = withGaps(this.#samples);
  }
}
