/**
 * A twin that is about to get its place: a ghost of it follows the pointer, or the arrow keys, until a click or Enter sets
 * it; Escape takes it back. One at a time; made by AppState.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import { freeSpot } from "../live/freeSpot.ts";
import type { World } from "../live/World.ts";
import { ask, refusalText } from "../net/requests.ts";

/** Of the grid that things are set on, metres. */
export const SNAP = 0.5;
/** What an arrow key moves, x and z in metres. */
export const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-SNAP, 0],
  ArrowRight: [SNAP, 0],
  ArrowUp: [0, -SNAP],
  ArrowDown: [0, SNAP],
};

export interface Ghost {
  twinId: string;
  name: string;
  modelId: string;
  /** A shape of its own; "" for that of its model. */
  visual: string;
  x: number;
  z: number;
}

export interface PlacingOptions {
  world: () => World | undefined;
  /** Middle of the view. */
  centre: () => { x: number; z: number };
  onPlaced: (twinId: string) => void;
  onRefused: (text: string) => void;
}

export class Placing {
  readonly #o: PlacingOptions;
  readonly #ghost = signal<Ghost | undefined>(undefined);

  constructor(options: PlacingOptions) {
    this.#o = options;
  }

  get ghost(): ReadonlySignal<Ghost | undefined> {
    return this.#ghost;
  }

  /** At first in the middle of the view, on the nearest free spot. */
  begin(twin: { twinId: string; name: string; modelId: string }): void {
    const placements = this.#o.world()?.placements.value ?? [];
    this.#ghost.value = { ...twin, visual: "", ...freeSpot(this.#o.centre(), placements) };
  }

  /** `free`: off the grid. */
  move(to: { x: number; z: number }, free: boolean): void {
    const ghost = this.#ghost.value;
    const snap = (metres: number) => (free ? metres : Math.round(metres / SNAP) * SNAP);
    if (ghost !== undefined) {
      this.#ghost.value = { ...ghost, x: snap(to.x), z: snap(to.z) };
    }
  }

  /** Only this one looks so; "": as its model says. */
  look(visual: string): void {
    const ghost = this.#ghost.value;
    this.#ghost.value = ghost && { ...ghost, visual };
  }

  cancel(): void {
    this.#ghost.value = undefined;
  }

  async set(): Promise<void> {
    const ghost = this.#ghost.value;
    const world = this.#o.world();
    this.#ghost.value = undefined;
    if (ghost === undefined || world === undefined) {
      return;
    }
    const { twinId, visual, x, z } = ghost;
    const own = visual === "" ? {} : { visual };
    const answer = await ask(world.room, "placement.add", { items: [{ twinId, x, y: 0, z, ...own }] });
    if (answer.ok) {
      this.#o.onPlaced(twinId);
    } else {
      this.#o.onRefused(refusalText(answer.refusal));
    }
  }

  /** True when the key was for the ghost. */
  key(event: KeyboardEvent): boolean {
    const ghost = this.#ghost.value;
    const step = STEPS[event.key];
    if (ghost === undefined || !(step !== undefined || event.key === "Escape" || event.key === "Enter")) {
      return false;
    }
    if (event.key === "Enter" && event.target instanceof Element && event.target.closest(".placing") !== null) {
      return false; // its own buttons
    }
    event.preventDefault();
    if (step !== undefined) {
      this.move({ x: ghost.x + step[0], z: ghost.z + step[1] }, true);
    } else if (event.key === "Escape") {
      this.cancel();
    } else if (!event.repeat) {
      void this.set();
    }
    return true;
  }
}
