/**
 * Brings the view of a client of a large room to what it is to see: where it stands, what it watches, what has an alarm.
 * NearViews says when, and how much of it may be new.
 */
import type { TwinState } from "../../src/schema/states.ts";
import type { TwinId } from "../../src/twins/types.ts";
import { Budget } from "./Budget.ts";
import { Counts } from "./Counts.ts";
import type { Cell, Floor, Place } from "./Floor.ts";
import type { Seer } from "./Seer.ts";
import { TwinAdder } from "./TwinAdder.ts";
import { Vantages } from "./Vantages.ts";

/** Whether the client may be newly shown so many twins now. */
export type Affords = (twins: number) => boolean;

export class Sight {
  readonly adder = new TwinAdder();
  readonly vantages: Vantages;
  readonly #floor: Floor;
  readonly #budget: Budget;
  readonly #watched = new Counts<TwinId>();
  /** Seen by everybody. */
  #alarmed: ReadonlySet<TwinId> = new Set();

  /** `budget`: twins that a client is shown at most. */
  constructor(floor: Floor, budget: number) {
    this.#floor = floor;
    this.#budget = new Budget(floor, budget);
    this.vantages = new Vantages(floor);
  }

  get alarmed(): ReadonlySet<TwinId> {
    return this.#alarmed;
  }

  /** Somebody sees it wherever he stands. */
  isPicked({ id }: Place): boolean {
    // An id is not looked at where none can be it: it would have to be fetched for each change.
    return (this.#watched.size > 0 && this.#watched.has(id)) || (this.#alarmed.size > 0 && this.#alarmed.has(id));
  }

  sees(seer: Seer, place: Place): boolean {
    return this.isNear(seer, place) || this.picks(seer, place.id);
  }

  /** Of those that concern it wherever it stands. */
  picks(seer: Seer, id: TwinId): boolean {
    return seer.watched.has(id) || this.#alarmed.has(id);
  }

  isNear(seer: Seer, { cell }: Place): boolean {
    return cell !== undefined && seer.vantage.cells.has(cell);
  }

  /** Twins of these cells came or went, or have other alarms than before: what there is room for is others. */
  changed(): void {
    this.#budget.alarmed(this.#alarmed);
  }

  /** These have an alarm now. False: as before. */
  alarm(alarmed: ReadonlySet<TwinId>, seers: Iterable<Seer>): boolean {
    const before = this.#alarmed;
    const [came, went] = [difference(alarmed, before), difference(before, alarmed)];
    if (came.length + went.length === 0) {
      return false;
    }
    const all = [...seers];
    for (const seer of all) {
      this.#eachFar(seer, came, (twin) => this.adder.add(seer, twin));
    }
    this.#alarmed = alarmed;
    for (const seer of all) {
      this.#eachFar(seer, went, (twin) => seer.view.remove(twin));
    }
    return true;
  }

  /** Shows the client what it asked for, as far as it affords that. True: that is all. */
  follow(seer: Seer, affords: Affords): boolean {
    seer.centre = seer.goal;
    const isWatching = this.#watch(seer, affords);
    return this.#recentre(seer, affords) && isWatching; // in any case: who watches something has another budget
  }

  /** The client is not there any more. */
  forget(seer: Seer): void {
    this.adder.forget(seer);
    this.#watched.add(seer.watched, -1);
    this.vantages.leave(seer.vantage);
  }

  /** True: it is shown all that it wants to watch. */
  #watch(seer: Seer, affords: Affords): boolean {
    const { wanted, watched } = seer;
    const went = difference(watched, wanted);
    for (const id of went) {
      watched.delete(id);
    }
    this.#watched.add(went, -1);
    this.#eachFar(seer, went, (twin) => seer.view.remove(twin));
    for (const id of watched.size < wanted.size ? difference(wanted, watched) : []) {
      if (!affords(1)) {
        return false;
      }
      this.#eachFar(seer, [id], (twin) => this.adder.add(seer, twin));
      watched.add(id);
      this.#watched.add([id], 1);
    }
    return true;
  }

  /** True: it is shown all near twins that it has room for. */
  #recentre(seer: Seer, affords: Affords): boolean {
    const { cells, without, thinned, waits } = this.#budget.fit(seer, affords);
    const before = seer.vantage;
    const after = this.vantages.enter(seer, cells, without);
    seer.thinned = thinned;
    seer.vantage = after;
    if (after !== before) {
      for (const cell of difference(after.cells, before.cells)) {
        this.#eachUnpicked(seer, cell, (twin) => this.adder.add(seer, twin));
      }
      for (const cell of difference(before.cells, after.cells)) {
        this.#eachUnpicked(seer, cell, (twin) => seer.view.remove(twin));
      }
    }
    this.vantages.leave(before);
    return !waits;
  }

  /** Of these, those that are neither near nor picked. */
  #eachFar(seer: Seer, ids: Iterable<TwinId>, call: (twin: TwinState) => void): void {
    for (const id of ids) {
      const place = this.#floor.place(id);
      if (place && !this.sees(seer, place)) {
        call(place.twin);
      }
    }
  }

  #eachUnpicked(seer: Seer, cell: Cell, call: (twin: TwinState) => void): void {
    for (const { id, twin } of cell.twins) {
      if (!this.picks(seer, id)) {
        call(twin);
      }
    }
  }
}

function difference<T>(these: ReadonlySet<T>, those: ReadonlySet<T>): T[] {
  return [...these].filter((one) => !those.has(one));
}
