/**
 * The floor of a large room: a grid of cells with the twins that stand in them. Used by NearViews; who sees what is its
 * matter.
 */
import type { TwinState } from "../../src/schema/states.ts";
import type { TwinId } from "../../src/twins/types.ts";
import { CellChanges } from "./CellChanges.ts";
import type { Vantage } from "./Vantage.ts";

export interface Spot {
  x: number;
  z: number;
}

/** Infinity and NaN are nowhere: who counted as standing there would never be out of it again. */
export function isOnFloor({ x, z }: Spot): boolean {
  return Number.isFinite(x) && Number.isFinite(z);
}

/** A square of the floor. */
export interface Cell {
  readonly key: number;
  readonly twins: Set<Place>;
  /** From where it is seen. */
  readonly vantages: Vantage[];
  /** Of CellEncoder: what changed there, for everybody and for some only. */
  readonly changes: CellChanges;
  readonly tagged: CellChanges[];
}

export function newCell(key: number): Cell {
  const vantages: Vantage[] = [];
  return { key, twins: new Set(), vantages, changes: new CellChanges(0, vantages), tagged: [] };
}

const PLACE = Symbol("place");
interface Placed {
  [PLACE]?: Place;
}

/** A twin on the floor; in no cell while it stands nowhere. */
export class Place {
  cell: Cell | undefined = undefined;
  readonly id: TwinId;
  readonly twin: TwinState;

  constructor(id: TwinId, twin: TwinState) {
    this.id = id;
    this.twin = twin;
    (twin as unknown as Placed)[PLACE] = this;
  }
}
/** A client changes its cell when it is this deep in another one, in cells. */
const DEPTH = 0.25;
/** Cells are numbered row by row: longer than 2,000 km in cells of 0.1 m, and rows of such a floor have exact numbers. */
const ROW = 1 << 26;

export class Floor {
  readonly #cellSize: number;
  /** From a cell to those around it, nearest first. */
  readonly #around: readonly number[];
  readonly #places = new Map<TwinId, Place>();
  readonly #cells = new Map<number, Cell>();
  /** Cells to which twins came, or from which they went, since `takeChanged`. */
  #changed = new Set<number>();

  /** Metres, and how many cells around its own a client is near to. */
  constructor(cellSize: number, reach: number) {
    this.#cellSize = cellSize;
    this.#around = around(reach);
  }

  place(id: TwinId): Place | undefined {
    return this.#places.get(id);
  }

  add(id: TwinId, twin: TwinState, spot: Spot | undefined): Place {
    const place = new Place(id, twin);
    this.#places.set(id, place);
    this.#put(place, spot);
    return place;
  }

  remove(place: Place): void {
    this.#take(place);
    this.#places.delete(place.id);
  }

  /** True where this is another cell than that in which it stands. */
  isElsewhere({ cell }: Place, spot: Spot | undefined): boolean {
    return (spot && this.keyAt(spot)) !== cell?.key;
  }

  move(place: Place, spot: Spot | undefined): void {
    this.#take(place);
    this.#put(place, spot);
  }

  /** Made if there is none; ask `forgetIfEmpty` when it is not needed any more. */
  cell(key: number): Cell {
    const cell = this.#cells.get(key) ?? newCell(key);
    this.#cells.set(key, cell);
    return cell;
  }

  /** Avatars may go anywhere; empty floor that nobody sees is not kept. */
  forgetIfEmpty(cell: Cell): void {
    if (cell.twins.size === 0 && cell.vantages.length === 0) {
      this.#cells.delete(cell.key);
    }
  }

  keyAt({ x, z }: Spot): number {
    return Math.floor(x / this.#cellSize) + ROW * Math.floor(z / this.#cellSize);
  }

  /** Keys of the cells that are near to who stands in that one, itself first. */
  near(centre: number): number[] {
    return this.#around.map((offset) => centre + offset);
  }

  /** Well out of the cell in whose middle he counts as standing: walking along a border costs nothing. */
  isOutside(centre: number, { x, z }: Spot): boolean {
    const column = ((((centre + ROW / 2) % ROW) + ROW) % ROW) - ROW / 2;
    const row = (centre - column) / ROW;
    const outside = (at: number, from: number) => at < from - DEPTH || at > from + 1 + DEPTH;
    return outside(x / this.#cellSize, column) || outside(z / this.#cellSize, row);
  }

  takeChanged(): ReadonlySet<number> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  #put(place: Place, spot: Spot | undefined): void {
    if (spot) {
      place.cell = this.cell(this.keyAt(spot));
      place.cell.twins.add(place);
      this.#changed.add(place.cell.key);
    }
  }

  #take(place: Place): void {
    const { cell } = place;
    place.cell = undefined;
    if (cell) {
      cell.twins.delete(place);
      this.#changed.add(cell.key);
      this.forgetIfEmpty(cell);
    }
  }
}

/** Where the twin of this object in state is, if it is one. */
export function placeOf(ref: object): Place | undefined {
  return (ref as Placed)[PLACE];
}

function around(reach: number): number[] {
  const cells: { offset: number; distance: number }[] = [];
  for (let row = -reach; row <= reach; row++) {
    for (let column = -reach; column <= reach; column++) {
      cells.push({ offset: column + ROW * row, distance: row * row + column * column });
    }
  }
  return cells.sort((a, b) => a.distance - b.distance).map(({ offset }) => offset);
}
