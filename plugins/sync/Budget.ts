/**
 * What of the cells near a client of a large room its budget has room for and its allowance reaches, nearest first, and how
 * many twins it does not see in the others. Used by NearViews.
 */
import type { TwinId } from "../../src/twins/types.ts";
import type { Cell, Floor } from "./Floor.ts";
import type { Seer } from "./Seer.ts";

export interface Fit {
  readonly cells: ReadonlySet<Cell>;
  /** Keys of those that are left out. */
  readonly without: readonly number[];
  /** Twins in them that the client does not see anyhow. */
  readonly thinned: number;
  /** There is room for some of them, and they are to be shown when the client may be shown more. */
  readonly waits: boolean;
}

export class Budget {
  readonly #floor: Floor;
  readonly #most: number;
  #alarmed: ReadonlySet<TwinId> = new Set();
  /** How many of them stand in a cell, by its key: clients are many. */
  readonly #alarmedIn = new Map<number, number>();

  constructor(floor: Floor, most: number) {
    this.#floor = floor;
    this.#most = most;
  }

  /** These are seen by everybody. To be said again when twins came to cells or went. */
  alarmed(ids: ReadonlySet<TwinId>): void {
    this.#alarmed = ids;
    this.#alarmedIn.clear();
    for (const id of ids) {
      const cell = this.#floor.place(id)?.cell;
      if (cell) {
        this.#alarmedIn.set(cell.key, (this.#alarmedIn.get(cell.key) ?? 0) + 1);
      }
    }
  }

  /** `affords`: whether the client may be newly shown so many twins now; where not, what is farther waits too. */
  fit({ centre, wanted, watched, vantage }: Seer, affords: (twins: number) => boolean): Fit {
    const cells = new Set<Cell>();
    const without: number[] = [];
    let left = this.#most - wanted.size - this.#alarmed.size;
    let thinned = 0;
    let waits = false;
    for (const key of this.#floor.near(centre)) {
      const cell = this.#floor.cell(key);
      const { size } = cell.twins;
      const hasRoom = size === 0 || size <= left || key === centre;
      const isShown = size === 0 || vantage.cells.has(cell);
      if (hasRoom) {
        left -= size;
        waits ||= !isShown && !affords(size);
      }
      if (hasRoom && (isShown || !waits)) {
        cells.add(cell);
      } else {
        without.push(key);
        thinned += size - (this.#alarmedIn.get(key) ?? 0);
      }
    }
    return { cells, without, thinned: thinned - this.#watchedIn(without, watched), waits };
  }

  /** Those that have an alarm are counted already. */
  #watchedIn(keys: readonly number[], watched: ReadonlySet<TwinId>): number {
    let count = 0;
    for (const id of keys.length > 0 ? watched : []) {
      const cell = this.#floor.place(id)?.cell;
      if (cell && keys.includes(cell.key) && !this.#alarmed.has(id)) {
        count++;
      }
    }
    return count;
  }
}
