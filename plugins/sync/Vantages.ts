/** The vantages of a large room, each made for the first client that shares it and gone with the last. Used by NearViews. */
import type { Cell, Floor } from "./Floor.ts";
import type { Seer } from "./Seer.ts";
import { newVantage, type Vantage } from "./Vantage.ts";

export class Vantages {
  readonly #floor: Floor;
  readonly #all = new Map<string, Vantage>();
  /** Of who does not stand anywhere yet. */
  readonly #nowhere = newVantage("", 0, new Set());

  constructor(floor: Floor) {
    this.#floor = floor;
  }

  all(): Iterable<Vantage> {
    return this.#all.values();
  }

  /** A client comes. */
  enterNowhere(): Vantage {
    this.#nowhere.seers++;
    return this.#nowhere;
  }

  /** The client is there too, and sees these cells of those near, and not the others. */
  enter({ centre, tag }: Seer, cells: ReadonlySet<Cell>, without: readonly number[]): Vantage {
    const key = [centre, tag, ...without].join(" ");
    let vantage = this.#all.get(key);
    if (!vantage) {
      vantage = newVantage(key, tag, cells);
      this.#all.set(key, vantage);
      for (const cell of cells) {
        cell.vantages.push(vantage);
      }
    }
    vantage.seers++;
    return vantage;
  }

  /** A client is not there any more. */
  leave(vantage: Vantage): void {
    vantage.seers--;
    if (vantage.seers === 0) {
      this.#all.delete(vantage.key);
      for (const cell of vantage.cells) {
        cell.vantages.splice(cell.vantages.indexOf(vantage), 1);
        this.#floor.forgetIfEmpty(cell);
      }
    }
  }
}
