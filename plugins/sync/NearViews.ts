/**
 * Shows each client of a large room the twins that concern it: those near its avatar and those that it watches.
 *
 * The floor is a grid. A client sees the cells around its own; that changes only when it has gone well into another cell,
 * so that walking along a border costs nothing. Twins stand where they are placed; one that is not placed is seen by who
 * watches it. What a client does not see is counted in `world.total`.
 */
import type { Client } from "@colyseus/core";
import type { StateView } from "@colyseus/schema";
import type { TwinState, WorldState } from "../../src/schema/states.ts";
import type { TwinId } from "../../src/twins/types.ts";
import type { CellChanges } from "./CellChanges.ts";
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

/** A square of the floor. */
export interface Cell {
  readonly key: number;
  readonly twins: Set<Place>;
  /** Clients that see it. */
  readonly seers: Set<Seer>;
  /** Of CellEncoder: what changed there. */
  readonly changes: CellChanges[];
}

/** A twin on the floor; in no cell while it stands nowhere. */
export interface Place {
  readonly id: TwinId;
  readonly twin: TwinState;
  cell: Cell | undefined;
}

/** What a client sees. */
export interface Seer {
  readonly view: StateView;
  readonly tag: number;
  /** Key of the cell in whose middle it counts as standing. */
  centre: number;
  cells: ReadonlySet<Cell>;
  watched: ReadonlySet<TwinId>;
  /** Of CellEncoder: what of this patch is for it. */
  readonly pieces: Uint8Array[];
}

export interface NearViewsOptions extends Omit<InterestOptions, "threshold"> {
  world: WorldState;
  tagOf: TagOf;
  /** Where a twin stands; undefined: nowhere. */
  spotOf(id: TwinId): Spot | undefined;
}

const PLACE = Symbol("place");
interface Placed {
  [PLACE]?: Place;
}
/** A client changes its cell when it is this deep in another one, in cells. */
const DEPTH = 0.25;
/** Cells are numbered row by row. */
const ROW = 1 << 16;

export class NearViews implements Views {
  readonly #options: Required<NearViewsOptions>;
  readonly #adder = new TwinAdder();
  readonly #places = new Map<TwinId, Place>();
  readonly #cells = new Map<number, Cell>();
  /** Twin → how many watch it. */
  readonly #watchers = new Map<TwinId, number>();
  /** By session: a player who comes back on another connection is the same. */
  readonly #seers = new Map<string, Seer>();

  constructor(options: NearViewsOptions) {
    this.#options = { cellSize: 25, reach: 1, ...options };
  }

  isWatched(id: TwinId): boolean {
    return this.#watchers.has(id);
  }

  seer(client: Client): Seer | undefined {
    return this.#seers.get(client.sessionId);
  }

  all(): Iterable<Seer> {
    return this.#seers.values();
  }

  place(id: TwinId): Place | undefined {
    return this.#places.get(id);
  }

  join(client: Client): void {
    const view = client.view ?? newView(this.#options.world);
    client.view = view;
    const none = new Set<never>();
    const seer: Seer = {
      view,
      tag: this.#options.tagOf(client),
      centre: Number.NaN,
      cells: none,
      watched: none,
      pieces: [],
    };
    this.#seers.set(client.sessionId, seer);
    const player = this.#options.world.players.get(client.sessionId);
    this.#recentre(seer, this.#keyAt(player ?? { x: 0, z: 0 }));
  }

  leave(client: Client): boolean {
    const seer = this.#seers.get(client.sessionId);
    this.#seers.delete(client.sessionId);
    if (!seer) {
      return false;
    }
    this.#count(seer.watched, -1);
    for (const cell of seer.cells) {
      cell.seers.delete(seer);
      this.#forgetIfEmpty(cell);
    }
    seer.view.dispose();
    return true;
  }

  moved(client: Client, spot: Spot): void {
    const seer = this.#seers.get(client.sessionId);
    if (seer && this.#isOutside(seer.centre, spot)) {
      this.#recentre(seer, this.#keyAt(spot));
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
    this.#eachFar(seer, seer.watched, before, (twin) => this.#adder.add(seer, twin));
    this.#eachFar(seer, before, seer.watched, (twin) => seer.view.remove(twin));
  }

  /** Of these, those that are not among the others and not near anyhow. */
  #eachFar(seer: Seer, ids: ReadonlySet<TwinId>, others: ReadonlySet<TwinId>, call: (twin: TwinState) => void): void {
    for (const id of ids) {
      const place = this.#places.get(id);
      if (place && !others.has(id) && !isNear(seer, place)) {
        call(place.twin);
      }
    }
  }

  added(id: TwinId, twin: TwinState): void {
    const place: Place = { id, twin, cell: undefined };
    (twin as unknown as Placed)[PLACE] = place;
    this.#places.set(id, place);
    this.#put(place);
    for (const seer of this.#seers.values()) {
      if (isSeen(seer, place)) {
        this.#adder.add(seer, twin);
      }
    }
  }

  removing(id: TwinId, twin: TwinState): void {
    const place = this.#places.get(id);
    if (!place) {
      return;
    }
    for (const seer of this.#seers.values()) {
      if (isSeen(seer, place)) {
        seer.view.remove(twin);
      }
    }
    this.#take(place);
    this.#places.delete(id);
  }

  /** Puts all that the client sees into its view's changes once more. */
  seed(client: Client): void {
    const seer = this.#seers.get(client.sessionId);
    if (!seer) {
      return;
    }
    for (const place of this.#seenBy(seer)) {
      this.#adder.addAgain(seer, place.twin);
    }
  }

  patched(): void {
    this.#adder.patched();
  }

  /** It was placed, moved or is nowhere now. */
  placed(id: TwinId): void {
    const place = this.#places.get(id);
    const spot = this.#options.spotOf(id);
    if (!place || (spot && this.#keyAt(spot)) === place.cell?.key) {
      return;
    }
    const saw = new Set([...this.#seers.values()].filter((seer) => isSeen(seer, place)));
    this.#take(place);
    this.#put(place);
    for (const seer of this.#seers.values()) {
      const sees = isSeen(seer, place);
      if (sees && !saw.has(seer)) {
        this.#adder.add(seer, place.twin);
      } else if (!sees && saw.has(seer)) {
        seer.view.remove(place.twin);
      }
    }
  }

  *#seenBy(seer: Seer): Generator<Place> {
    for (const cell of seer.cells) {
      for (const place of cell.twins) {
        yield place;
      }
    }
    for (const id of seer.watched) {
      const place = this.#places.get(id);
      if (place && !isNear(seer, place)) {
        yield place;
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

  #put(place: Place): void {
    const spot = this.#options.spotOf(place.id);
    if (spot) {
      place.cell = this.#cell(this.#keyAt(spot));
      place.cell.twins.add(place);
    }
  }

  #take(place: Place): void {
    const { cell } = place;
    place.cell = undefined;
    cell?.twins.delete(place);
    this.#forgetIfEmpty(cell);
  }

  #cell(key: number): Cell {
    const cell = this.#cells.get(key) ?? { key, twins: new Set(), seers: new Set<Seer>(), changes: [] };
    this.#cells.set(key, cell);
    return cell;
  }

  /** Avatars may go anywhere; empty floor that nobody sees is not kept. */
  #forgetIfEmpty(cell: Cell | undefined): void {
    if (cell && cell.twins.size === 0 && cell.seers.size === 0) {
      this.#cells.delete(cell.key);
    }
  }

  #recentre(seer: Seer, centre: number): void {
    const before = seer.cells;
    seer.centre = centre;
    seer.cells = new Set([...this.#around(centre)].map((key) => this.#cell(key)));
    for (const cell of seer.cells) {
      if (!before.has(cell)) {
        cell.seers.add(seer);
        this.#eachUnwatched(seer, cell, (twin) => this.#adder.add(seer, twin));
      }
    }
    for (const cell of before) {
      if (!seer.cells.has(cell)) {
        cell.seers.delete(seer);
        this.#eachUnwatched(seer, cell, (twin) => seer.view.remove(twin));
        this.#forgetIfEmpty(cell);
      }
    }
  }

  #eachUnwatched(seer: Seer, cell: Cell, call: (twin: TwinState) => void): void {
    for (const { id, twin } of cell.twins) {
      if (!seer.watched.has(id)) {
        call(twin);
      }
    }
  }

  #keyAt({ x, z }: Spot): number {
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

/** Where the twin of this object in state is, if it is one. */
export function placeOf(ref: object): Place | undefined {
  return (ref as Placed)[PLACE];
}

function isNear(seer: Seer, { cell }: Place): boolean {
  return cell !== undefined && seer.cells.has(cell);
}

function isSeen(seer: Seer, place: Place): boolean {
  return seer.watched.has(place.id) || isNear(seer, place);
}
