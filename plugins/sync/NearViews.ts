/**
 * Shows each client of a large room the twins that concern it: those with an alarm, those that it watches, and those near
 * its avatar, nearest cells first, as far as its budget goes. What is near and left out for the budget is counted
 * (`thinned`); what is shown is told of every change. Twins stand where they are placed (sync/Floor); one that stands
 * nowhere is seen by who watches it, and by all while it has an alarm.
 */
import type { Client } from "@colyseus/core";
import type { TwinState, WorldState } from "../../src/schema/states.ts";
import type { TwinId } from "../../src/twins/types.ts";
import { Budget } from "./Budget.ts";
import { Counts } from "./Counts.ts";
import { type Cell, Floor, type Place, type Spot } from "./Floor.ts";
import { assertUnshared, gameView, newView, showMap } from "./gameViews.ts";
import type { Seer } from "./Seer.ts";
import type { TagOf, Views } from "./SharedViews.ts";
import { TwinAdder } from "./TwinAdder.ts";
import { newVantage, type Vantage } from "./Vantage.ts";

export interface InterestOptions {
  /** Rooms with more twins than this show each client a part. Default 10,000. */
  threshold?: number;
  /** Metres. Default 25. */
  cellSize?: number;
  /** How many cells around its own a client sees. Default 1: three by three. */
  reach?: number;
  /** Twins that a client is shown at most, in whole cells; its own cell and what has priority always. Default 2,000. */
  budget?: number;
}

export interface NearViewsOptions extends Omit<InterestOptions, "threshold"> {
  world: WorldState;
  tagOf: TagOf;
  /** Where a twin stands; undefined: nowhere. */
  spotOf(id: TwinId): Spot | undefined;
}

export class NearViews implements Views {
  readonly #options: NearViewsOptions;
  readonly #floor: Floor;
  readonly #budget: Budget;
  readonly #adder = new TwinAdder();
  readonly #watched = new Counts<TwinId>();
  /** Seen by everybody. */
  #alarmed: ReadonlySet<TwinId> = new Set();
  /** Clients that do not know yet how much they are not shown. */
  readonly #untold = new Set<Seer>();
  /** By session: a player who comes back on another connection is the same. */
  readonly #seers = new Map<string, Seer>();
  readonly #vantages = new Map<string, Vantage>();
  /** Of who does not stand anywhere yet. */
  readonly #nowhere = newVantage("", 0, new Set());

  constructor(options: NearViewsOptions) {
    this.#options = options;
    this.#floor = new Floor(options.cellSize ?? 25, options.reach ?? 1);
    this.#budget = new Budget(this.#floor, options.budget ?? 2000);
  }

  /** Somebody sees it wherever he stands. */
  isPicked(place: Place): boolean {
    // An id is not looked at where none can be it: it would have to be fetched for each change.
    return (
      (this.#watched.size > 0 && this.#watched.has(place.id)) || (this.#alarmed.size > 0 && this.#alarmed.has(place.id))
    );
  }

  seer(client: Client): Seer | undefined {
    return this.#seers.get(client.sessionId);
  }

  all(): Iterable<Seer> {
    return this.#seers.values();
  }

  vantages(): Iterable<Vantage> {
    return this.#vantages.values();
  }

  get alarmed(): ReadonlySet<TwinId> {
    return this.#alarmed;
  }

  place(id: TwinId): Place | undefined {
    return this.#floor.place(id);
  }

  /** Of those that concern it wherever it stands. */
  picks(seer: Seer, id: TwinId): boolean {
    return seer.watched.has(id) || this.#alarmed.has(id);
  }

  join(client: Client): void {
    const { sessionId } = client;
    if (gameView(client)) {
      assertUnshared([...[...this.all()].filter((other) => other.sessionId !== sessionId), client]);
    }
    const view = client.view ?? newView();
    client.view = view;
    showMap(view, this.#options.world);
    const tag = this.#options.tagOf(client);
    const vantage = this.#nowhere;
    vantage.seers++;
    const watches = { listed: [], selected: "", watched: new Set<never>() };
    const seer: Seer = { sessionId, view, tag, centre: 0, vantage, ...watches, thinned: 0 };
    this.#seers.set(sessionId, seer);
    this.#untold.add(seer);
    this.#eachFar(seer, this.#alarmed, (twin) => this.#adder.add(seer, twin));
    const player = this.#options.world.players.get(sessionId);
    this.#recentre(seer, this.#floor.keyAt(player ?? { x: 0, z: 0 }));
  }

  /** Where it stands and what it watches stays. */
  rightsChanged(client: Client): void {
    const before = this.release(client);
    if (!before) {
      return; // it has not joined yet, and will with these rights
    }
    this.join(client);
    const seer = this.#seers.get(client.sessionId);
    if (seer) {
      this.#recentre(seer, before.centre);
      this.#watch(seer, before.listed, before.selected);
    }
  }

  leave(client: Client): boolean {
    const seer = this.#part(client);
    seer?.view.dispose();
    return seer !== undefined && seer.view === client.view;
  }

  release(client: Client): Seer | undefined {
    const seer = this.#part(client);
    if (seer) {
      this.#adder.takeOut(seer, this.#options.world);
    }
    return seer;
  }

  #part(client: Client): Seer | undefined {
    const seer = this.#seers.get(client.sessionId);
    if (seer) {
      this.#seers.delete(client.sessionId);
      this.#untold.delete(seer);
      this.#adder.forget(seer);
      this.#watched.add(seer.watched, -1);
      this.#release(seer.vantage);
    }
    return seer;
  }

  moved(client: Client, spot: Spot): void {
    const seer = this.#seers.get(client.sessionId);
    if (seer && this.#floor.isOutside(seer.centre, spot)) {
      this.#recentre(seer, this.#floor.keyAt(spot));
    }
  }

  /** Replaces what the client watches. */
  watch(client: Client, ids: readonly TwinId[]): void {
    const seer = this.#seers.get(client.sessionId);
    if (seer) {
      this.#watch(seer, ids, seer.selected);
    }
  }

  /** What the client has selected is shown like what it watches; "": nothing. */
  select(client: Client, id: TwinId): void {
    const seer = this.#seers.get(client.sessionId);
    if (seer && seer.selected !== id) {
      this.#watch(seer, seer.listed, id);
    }
  }

  #watch(seer: Seer, listed: readonly TwinId[], selected: TwinId): void {
    seer.listed = listed;
    seer.selected = selected;
    const before = seer.watched;
    const watched = new Set(selected === "" ? listed : [...listed, selected]);
    this.#watched.add(watched, 1);
    this.#watched.add(before, -1);
    seer.watched = new Set();
    this.#eachFar(seer, difference(watched, before), (twin) => this.#adder.add(seer, twin));
    this.#eachFar(seer, difference(before, watched), (twin) => seer.view.remove(twin));
    seer.watched = watched;
    this.#recentre(seer, seer.centre); // it has another budget
  }

  /** Before a patch: who has an alarm now, and views that have to be fitted again since twins came near or went. */
  settle(alarmed: ReadonlySet<TwinId>): void {
    const hasOtherAlarms = this.#alarm(alarmed);
    const changed = this.#floor.takeChanged();
    if (hasOtherAlarms || changed.size > 0) {
      this.#budget.alarmed(alarmed);
      for (const seer of this.#seers.values()) {
        if (hasOtherAlarms || this.#floor.near(seer.centre).some((key) => changed.has(key))) {
          this.#recentre(seer, seer.centre);
        }
      }
    }
    for (const seer of this.#untold) {
      this.#tell(seer);
    }
  }

  /** True: they are others, and so are budgets. */
  #alarm(alarmed: ReadonlySet<TwinId>): boolean {
    const before = this.#alarmed;
    const [came, went] = [difference(alarmed, before), difference(before, alarmed)];
    for (const seer of came.length > 0 ? this.all() : []) {
      this.#eachFar(seer, came, (twin) => this.#adder.add(seer, twin));
    }
    this.#alarmed = alarmed;
    for (const seer of went.length > 0 ? this.all() : []) {
      this.#eachFar(seer, went, (twin) => seer.view.remove(twin));
    }
    return came.length + went.length > 0;
  }

  added(id: TwinId, twin: TwinState): void {
    const place = this.#floor.add(id, twin, this.#options.spotOf(id));
    for (const seer of this.#seers.values()) {
      if (this.#sees(seer, place)) {
        this.#adder.add(seer, twin);
      }
    }
  }

  removing(id: TwinId, twin: TwinState): void {
    const place = this.#floor.place(id);
    if (!place) {
      return;
    }
    for (const seer of this.#seers.values()) {
      if (this.#sees(seer, place)) {
        seer.view.remove(twin);
      }
    }
    this.#floor.remove(place);
  }

  /** Puts all that the client sees into its view's changes once more. */
  seed(client: Client): void {
    const seer = this.#seers.get(client.sessionId);
    if (!seer) {
      return;
    }
    const twins = [...seer.vantage.cells].flatMap((cell) => Array.from(cell.twins, ({ twin }) => twin));
    for (const id of new Set([...seer.watched, ...this.#alarmed])) {
      const place = this.#floor.place(id);
      if (place && !isNear(seer, place)) {
        twins.push(place.twin);
      }
    }
    this.#adder.addAgain(seer, twins);
  }

  patched(): void {
    this.#adder.patched();
  }

  /** It was placed, moved or is nowhere now. */
  placed(id: TwinId): void {
    const place = this.#floor.place(id);
    const spot = this.#options.spotOf(id);
    if (!place || !this.#floor.isElsewhere(place, spot)) {
      return;
    }
    const saw = new Set([...this.#seers.values()].filter((seer) => this.#sees(seer, place)));
    this.#floor.move(place, spot);
    for (const seer of this.#seers.values()) {
      const sees = this.#sees(seer, place);
      if (sees && !saw.has(seer)) {
        this.#adder.add(seer, place.twin);
      } else if (!sees && saw.has(seer)) {
        seer.view.remove(place.twin);
      }
    }
  }

  /** Of these, those that are neither near nor picked. */
  #eachFar(seer: Seer, ids: Iterable<TwinId>, call: (twin: TwinState) => void): void {
    for (const id of ids) {
      const place = this.#floor.place(id);
      if (place && !this.#sees(seer, place)) {
        call(place.twin);
      }
    }
  }

  #recentre(seer: Seer, centre: number): void {
    const before = seer.vantage;
    seer.centre = centre;
    const after = this.#fit(seer);
    if (after === before) {
      return;
    }
    after.seers++;
    seer.vantage = after;
    for (const cell of difference(after.cells, before.cells)) {
      this.#eachUnpicked(seer, cell, (twin) => this.#adder.add(seer, twin));
    }
    for (const cell of difference(before.cells, after.cells)) {
      this.#eachUnpicked(seer, cell, (twin) => seer.view.remove(twin));
    }
    this.#release(before);
  }

  #release(vantage: Vantage): void {
    vantage.seers--;
    if (vantage.seers === 0) {
      this.#vantages.delete(vantage.key);
      for (const cell of vantage.cells) {
        cell.vantages.splice(cell.vantages.indexOf(vantage), 1);
        this.#floor.forgetIfEmpty(cell);
      }
    }
  }

  #fit(seer: Seer): Vantage {
    const { cells, without, thinned } = this.#budget.fit(seer);
    if (seer.thinned !== thinned) {
      seer.thinned = thinned;
      this.#untold.add(seer);
    }
    return this.#vantage([seer.centre, seer.tag, ...without].join(" "), seer.tag, cells);
  }

  #vantage(key: string, tag: number, cells: ReadonlySet<Cell>): Vantage {
    let vantage = this.#vantages.get(key);
    if (!vantage) {
      vantage = newVantage(key, tag, cells);
      this.#vantages.set(key, vantage);
      for (const cell of cells) {
        cell.vantages.push(vantage);
      }
    }
    return vantage;
  }

  /** The client learns it from its player, if the room shows players. */
  #tell(seer: Seer): void {
    const player = this.#options.world.players.get(seer.sessionId);
    if (player) {
      player.thinned = seer.thinned;
      this.#untold.delete(seer);
    }
  }

  #eachUnpicked(seer: Seer, cell: Cell, call: (twin: TwinState) => void): void {
    for (const { id, twin } of cell.twins) {
      if (!this.picks(seer, id)) {
        call(twin);
      }
    }
  }

  #sees(seer: Seer, place: Place): boolean {
    return isNear(seer, place) || this.picks(seer, place.id);
  }
}

function isNear(seer: Seer, { cell }: Place): boolean {
  return cell !== undefined && seer.vantage.cells.has(cell);
}

function difference<T>(these: ReadonlySet<T>, those: ReadonlySet<T>): T[] {
  return [...these].filter((one) => !those.has(one));
}
