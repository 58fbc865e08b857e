/**
 * Shows each client of a large room the twins that concern it: those near its avatar and those that it watches.
 *
 * The floor is a grid. A client sees the cells around its own; that changes only when it has gone well into another cell,
 * so that walking along a border costs nothing. Twins stand where they are placed; one that is not placed is seen by who
 * watches it. What a client does not see is counted in `world.total`.
 */
import type { Client } from "@colyseus/core";
import type { StateView } from "@colyseus/schema";
import type { TwinState, WorldState } from "../../src/schema/TwinSchemas.ts";
import type { TwinId } from "../../src/twins/types.ts";
import type { TagOf, Views } from "./SharedViews.ts";
import { newView, TwinAdder } from "./TwinAdder.ts";

export interface InterestOptions {
  /** Rooms with more twins than this show each client a part. Default 10,000. */
  threshold?: number;
  /** Metres. Default 25. */
  cellSize?: number;
  /** How many cells around its own a client sees. Default 1: three by three. */
  reach?: number;
}

export interface Spot {
  x: number;
  z: number;
}

/** What a client sees. */
export interface Seer {
  readonly view: StateView;
  readonly tag: number;
  /** The cell in whose middle it counts as standing. */
  centre: number;
  cells: ReadonlySet<number>;
  watched: ReadonlySet<TwinId>;
}

export interface NearViewsOptions extends Omit<InterestOptions, "threshold"> {
  world: WorldState;
  tagOf: TagOf;
  /** Where a twin stands; undefined: nowhere. */
  spotOf(id: TwinId): Spot | undefined;
}

/** A client changes its cell when it is this deep in another one, in cells. */
const DEPTH = 0.25;
/** Cells are numbered row by row. */
const ROW = 1 << 16;

export class NearViews implements Views {
  readonly #options: Required<NearViewsOptions>;
  readonly #adder = new TwinAdder();
  readonly #idOf = new WeakMap<TwinState, TwinId>();
  /** Twin → how many watch it. */
  readonly #watchers = new Map<TwinId, number>();
  readonly #cellOf = new Map<TwinId, number>();
  readonly #twinsIn = new Map<number, Map<TwinId, TwinState>>();
  /** By session: a player who comes back on another connection is the same. */
  readonly #seers = new Map<string, Seer>();

  constructor(options: NearViewsOptions) {
    this.#options = { cellSize: 25, reach: 1, ...options };
  }

  idOf(twin: TwinState): TwinId | undefined {
    return this.#idOf.get(twin);
  }

  isWatched(id: TwinId): boolean {
    return this.#watchers.has(id);
  }

  seer(client: Client): Seer | undefined {
    return this.#seers.get(client.sessionId);
  }

  cellOf(id: TwinId): number | undefined {
    return this.#cellOf.get(id);
  }

  join(client: Client): void {
    const view = client.view ?? newView(this.#options.world);
    client.view = view;
    const none = new Set<never>();
    const seer = { view, tag: this.#options.tagOf(client), centre: Number.NaN, cells: none, watched: none };
    this.#seers.set(client.sessionId, seer);
    const player = this.#options.world.players.get(client.sessionId);
    this.#recentre(seer, this.#cellAt(player ?? { x: 0, z: 0 }));
  }

  leave(client: Client): boolean {
    const seer = this.#seers.get(client.sessionId);
    this.#seers.delete(client.sessionId);
    this.#count(seer?.watched ?? [], -1);
    seer?.view.dispose();
    return seer !== undefined;
  }

  moved(client: Client, spot: Spot): void {
    const seer = this.#seers.get(client.sessionId);
    if (seer && this.#isOutside(seer.centre, spot)) {
      this.#recentre(seer, this.#cellAt(spot));
    }
  }

  /** Replaces what the client watches. */
  watch(client: Client, ids: readonly TwinId[]): void {
    const seer = this.#seers.get(client.sessionId);
    if (!seer) {
      return;
    }
    const before = seer.watched;
    seer.watched = new Set(ids);
    this.#count(seer.watched, 1);
    this.#count(before, -1);
    for (const id of seer.watched) {
      if (!before.has(id) && !this.#isNear(seer, id)) {
        this.#add(seer, id);
      }
    }
    for (const id of before) {
      if (!seer.watched.has(id) && !this.#isNear(seer, id)) {
        this.#remove(seer, id);
      }
    }
  }

  added(id: TwinId, twin: TwinState): void {
    this.#idOf.set(twin, id);
    this.#put(id, twin);
    for (const seer of this.#seers.values()) {
      if (this.#isSeen(seer, id)) {
        this.#adder.add(seer, twin);
      }
    }
  }

  removing(id: TwinId, twin: TwinState): void {
    for (const seer of this.#seers.values()) {
      if (this.#isSeen(seer, id)) {
        seer.view.remove(twin);
      }
    }
    this.#take(id);
  }

  /** Puts all that the client sees into its view's changes once more. */
  seed(client: Client): void {
    const seer = this.#seers.get(client.sessionId);
    if (!seer) {
      return;
    }
    for (const cell of seer.cells) {
      this.#each(cell, (id, twin) => !seer.watched.has(id) && this.#adder.addAgain(seer, twin));
    }
    for (const id of seer.watched) {
      const twin = this.#options.world.twins.get(id);
      if (twin) {
        this.#adder.addAgain(seer, twin);
      }
    }
  }

  patched(): void {
    this.#adder.patched();
  }

  /** It was placed, moved or is nowhere now. */
  placed(id: TwinId): void {
    const twin = this.#options.world.twins.get(id);
    const spot = this.#options.spotOf(id);
    const cell = spot && this.#cellAt(spot);
    if (!twin || cell === this.#cellOf.get(id)) {
      return;
    }
    const saw = new Set([...this.#seers.values()].filter((seer) => this.#isSeen(seer, id)));
    this.#take(id);
    this.#put(id, twin);
    for (const seer of this.#seers.values()) {
      const sees = this.#isSeen(seer, id);
      if (sees && !saw.has(seer)) {
        this.#adder.add(seer, twin);
      } else if (!sees && saw.has(seer)) {
        seer.view.remove(twin);
      }
    }
  }

  #count(ids: Iterable<TwinId>, by: number): void {
    for (const id of ids) {
      const watching = (this.#watchers.get(id) ?? 0) + by;
      if (watching > 0) {
        this.#watchers.set(id, watching);
      } else {
        this.#watchers.delete(id);
      }
    }
  }

  #put(id: TwinId, twin: TwinState): void {
    const spot = this.#options.spotOf(id);
    if (spot) {
      const cell = this.#cellAt(spot);
      this.#cellOf.set(id, cell);
      const twins = this.#twinsIn.get(cell) ?? new Map();
      this.#twinsIn.set(cell, twins.set(id, twin));
    }
  }

  #take(id: TwinId): void {
    this.#twinsIn.get(this.#cellOf.get(id) ?? Number.NaN)?.delete(id);
    this.#cellOf.delete(id);
  }

  #recentre(seer: Seer, centre: number): void {
    const before = seer.cells;
    seer.centre = centre;
    seer.cells = new Set(this.#around(centre));
    for (const cell of before) {
      if (!seer.cells.has(cell)) {
        this.#each(cell, (id, twin) => !seer.watched.has(id) && seer.view.remove(twin));
      }
    }
    for (const cell of seer.cells) {
      if (!before.has(cell)) {
        this.#each(cell, (id, twin) => !seer.watched.has(id) && this.#adder.add(seer, twin));
      }
    }
  }

  #each(cell: number, call: (id: TwinId, twin: TwinState) => void): void {
    for (const [id, twin] of this.#twinsIn.get(cell) ?? []) {
      call(id, twin);
    }
  }

  #add(seer: Seer, id: TwinId): void {
    const twin = this.#options.world.twins.get(id);
    if (twin) {
      this.#adder.add(seer, twin);
    }
  }

  #remove(seer: Seer, id: TwinId): void {
    const twin = this.#options.world.twins.get(id);
    if (twin) {
      seer.view.remove(twin);
    }
  }

  #isNear(seer: Seer, id: TwinId): boolean {
    return seer.cells.has(this.#cellOf.get(id) ?? Number.NaN);
  }

  #isSeen(seer: Seer, id: TwinId): boolean {
    return seer.watched.has(id) || this.#isNear(seer, id);
  }

  #cellAt({ x, z }: Spot): number {
    const { cellSize } = this.#options;
    return Math.floor(x / cellSize) + ROW * Math.floor(z / cellSize);
  }

  *#around(centre: number): Generator<number> {
    const { reach } = this.#options;
    for (let row = -reach; row <= reach; row++) {
      for (let column = -reach; column <= reach; column++) {
        yield centre + column + ROW * row;
      }
    }
  }

  #isOutside(centre: number, { x, z }: Spot): boolean {
    const { cellSize } = this.#options;
    const column = ((((centre + ROW / 2) % ROW) + ROW) % ROW) - ROW / 2;
    const row = (centre - column) / ROW;
    const outside = (at: number, from: number) => at < from - DEPTH || at > from + 1 + DEPTH;
    return outside(x / cellSize, column) || outside(z / cellSize, row);
  }
}
