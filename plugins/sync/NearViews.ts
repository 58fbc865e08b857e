/**
 * Shows each client of a large room the twins that concern it: those with an alarm, those that it watches, and those near
 * its avatar, nearest cells first, as far as its budget goes. What is near and left out for the budget is counted
 * (`thinned`); what is shown is told of every change. Twins stand where they are placed (sync/Floor); one that stands
 * nowhere is seen by who watches it, and by all while it has an alarm.
 *
 * Where a client went and what it watches takes effect just before a patch (`settle`), the last word of each only, and as
 * far as its allowance goes: the rest with the next patches, nearest cells first. So who jumps to and fro costs no more than
 * who walks. Who joins, and whose rights change, is shown everything at once, since a full state follows.
 */
import type { Client } from "@colyseus/core";
import type { TwinState, WorldState } from "../../src/schema/states.ts";
import type { TwinId } from "../../src/twins/types.ts";
import { Bucket } from "./Bucket.ts";
import { Floor, isOnFloor, type Place, type Spot } from "./Floor.ts";
import { assertUnshared, gameView, liveView, newView, showMap } from "./gameViews.ts";
import type { Seer, Wishes } from "./Seer.ts";
import type { TagOf, Views } from "./SharedViews.ts";
import { Sight } from "./Sight.ts";
import type { Vantage } from "./Vantage.ts";

export interface InterestOptions {
  /** Rooms with more twins than this show each client a part. Default 10,000. */
  threshold?: number;
  /** Metres. Default 25. */
  cellSize?: number;
  /** How many cells around its own a client sees. Default 1: three by three. */
  reach?: number;
  /** Twins that a client is shown at most, in whole cells; its own cell and what has priority always. Default 2,000. */
  budget?: number;
  /** Twins that a client is newly shown per second, on average; twice as many at once. Default: half of `budget`, at least 500. */
  perSecond?: number;
}

export interface NearViewsOptions extends Omit<InterestOptions, "threshold"> {
  world: WorldState;
  tagOf: TagOf;
  /** Where a twin stands; undefined: nowhere. */
  spotOf(id: TwinId): Spot | undefined;
}

const BUDGET = 2000;
/** Who has a small budget may still watch others than before, 100 each time. */
const LEAST_PER_SECOND = 500;
/** Of who is shown everything at once. */
const affordsAll = () => true;

export class NearViews implements Views {
  readonly #options: NearViewsOptions;
  readonly #floor: Floor;
  readonly #sight: Sight;
  /** Clients that do not know yet how much they are not shown. */
  readonly #untold = new Set<Seer>();
  /** By session: a player who comes back on another connection is the same. */
  readonly #seers = new Map<string, Seer>();
  /** Those who may have to be shown something else. */
  readonly #restless = new Set<Seer>();
  readonly #perSecond: number;

  constructor(options: NearViewsOptions) {
    this.#options = options;
    const { cellSize = 25, reach = 1, budget = BUDGET } = options;
    this.#floor = new Floor(cellSize, reach);
    this.#sight = new Sight(this.#floor, budget);
    this.#perSecond = options.perSecond ?? Math.max(budget / 2, LEAST_PER_SECOND);
  }

  /** Somebody sees it wherever he stands. */
  isPicked(place: Place): boolean {
    return this.#sight.isPicked(place);
  }

  seer(client: Client): Seer | undefined {
    return this.#seers.get(client.sessionId);
  }

  all(): Iterable<Seer> {
    return this.#seers.values();
  }

  vantages(): Iterable<Vantage> {
    return this.#sight.vantages.all();
  }

  get alarmed(): ReadonlySet<TwinId> {
    return this.#sight.alarmed;
  }

  place(id: TwinId): Place | undefined {
    return this.#floor.place(id);
  }

  /** Again, where a game calls its onJoin twice: what it watched is forgotten. */
  join(client: Client, { spot, listed = [], selected = "" }: Wishes = {}): void {
    const at = spot ?? this.#options.world.players.get(client.sessionId);
    this.#enter(client, { goal: this.#floor.keyAt(at && isOnFloor(at) ? at : { x: 0, z: 0 }), listed, selected });
  }

  #enter(client: Client, { goal, listed, selected }: Pick<Seer, "goal" | "listed" | "selected">): void {
    const { sessionId } = client;
    const before = this.#part(client);
    if (before) {
      this.#sight.adder.takeOut(before, this.#options.world);
    }
    if (gameView(client)) {
      assertUnshared([...[...this.all()].filter((other) => other.sessionId !== sessionId), client]);
    }
    const view = liveView(client) ?? newView();
    client.view = view;
    showMap(view, this.#options.world);
    const seer = this.#newSeer({ sessionId, view, tag: this.#options.tagOf(client), centre: goal, goal });
    this.#seers.set(sessionId, seer);
    this.#untold.add(seer);
    this.#want(seer, listed, selected);
    this.#sight.follow(seer, affordsAll);
    this.#restless.delete(seer);
  }

  #newSeer(of: Pick<Seer, "sessionId" | "view" | "tag" | "centre" | "goal">): Seer {
    const watches = { listed: [], selected: "", wanted: new Set<TwinId>(), watched: new Set<TwinId>() };
    const allowance = new Bucket(this.#perSecond, Number.NEGATIVE_INFINITY); // full when it is first asked
    return { ...of, ...watches, allowance, vantage: this.#sight.vantages.enterNowhere(), thinned: 0 };
  }

  /** Where it stands and what it watches stays. */
  rightsChanged(client: Client): void {
    const before = this.#seers.get(client.sessionId);
    if (before) {
      this.#enter(client, before);
    } // else it has not joined yet, and will with these rights
  }

  leave(client: Client): boolean {
    const seer = this.#part(client);
    seer?.view.dispose();
    return seer !== undefined && seer.view === client.view;
  }

  #part(client: Client): Seer | undefined {
    const seer = this.#seers.get(client.sessionId);
    if (seer) {
      this.#seers.delete(client.sessionId);
      this.#untold.delete(seer);
      this.#restless.delete(seer);
      this.#sight.forget(seer);
    }
    return seer;
  }

  moved(client: Client, spot: Spot): void {
    const seer = this.#seers.get(client.sessionId);
    if (seer) {
      seer.goal = this.#floor.isOutside(seer.centre, spot) ? this.#floor.keyAt(spot) : seer.centre;
      if (seer.goal !== seer.centre) {
        this.#restless.add(seer);
      }
    }
  }

  /** Replaces what the client watches. */
  watch(client: Client, ids: readonly TwinId[]): void {
    const seer = this.#seers.get(client.sessionId);
    if (seer) {
      this.#want(seer, ids, seer.selected);
    }
  }

  /** What the client has selected is shown like what it watches; "": nothing. */
  select(client: Client, id: TwinId): void {
    const seer = this.#seers.get(client.sessionId);
    if (seer && seer.selected !== id) {
      this.#want(seer, seer.listed, id);
    }
  }

  #want(seer: Seer, listed: readonly TwinId[], selected: TwinId): void {
    seer.listed = listed;
    seer.selected = selected;
    seer.wanted = new Set(selected === "" ? listed : [selected, ...listed]);
    this.#restless.add(seer);
  }

  /**
   * Before a patch: who has an alarm now, where clients went and what they watch, and views that have to be fitted again
   * since twins came near or went. `now`: ms of performance.now()
   */
  settle(alarmed: ReadonlySet<TwinId>, now: number): void {
    const hasOtherAlarms = this.#sight.alarm(alarmed, this.all());
    const changed = this.#floor.takeChanged();
    if (hasOtherAlarms || changed.size > 0) {
      this.#sight.changed();
      for (const seer of this.all()) {
        if (hasOtherAlarms || this.#floor.near(seer.centre).some((key) => changed.has(key))) {
          this.#restless.add(seer);
        }
      }
    }
    for (const seer of this.#restless) {
      this.#follow(seer, now);
    }
    for (const seer of this.#untold) {
      this.#tell(seer);
    }
  }

  #follow(seer: Seer, now: number): void {
    const { allowance, thinned } = seer;
    if (this.#sight.follow(seer, (twins) => allowance.takeWhole(twins, now))) {
      this.#restless.delete(seer);
    }
    if (seer.thinned !== thinned) {
      this.#untold.add(seer);
    }
  }

  added(id: TwinId, twin: TwinState): void {
    const place = this.#floor.add(id, twin, this.#options.spotOf(id));
    for (const seer of this.#seers.values()) {
      if (this.#sight.sees(seer, place)) {
        this.#sight.adder.add(seer, twin);
      }
    }
  }

  removing(id: TwinId, twin: TwinState): void {
    const place = this.#floor.place(id);
    if (!place) {
      return;
    }
    for (const seer of this.#seers.values()) {
      if (this.#sight.sees(seer, place)) {
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
    for (const id of new Set([...seer.watched, ...this.alarmed])) {
      const place = this.#floor.place(id);
      if (place && !this.#sight.isNear(seer, place)) {
        twins.push(place.twin);
      }
    }
    this.#sight.adder.addAgain(seer, twins);
  }

  patched(): void {
    this.#sight.adder.patched();
  }

  close(): void {
    for (const { view } of this.all()) {
      view.dispose();
    }
    this.#seers.clear();
  }

  /** It was placed, moved or is nowhere now. */
  placed(id: TwinId): void {
    const place = this.#floor.place(id);
    const spot = this.#options.spotOf(id);
    if (!place || !this.#floor.isElsewhere(place, spot)) {
      return;
    }
    const before = place.cell?.vantages ?? [];
    this.#floor.move(place, spot);
    const after = place.cell?.vantages ?? [];
    const came = after.filter((vantage) => !before.includes(vantage));
    const went = before.filter((vantage) => !after.includes(vantage));
    for (const seer of came.length + went.length > 0 ? this.all() : []) {
      if (!this.#sight.picks(seer, id) && came.includes(seer.vantage)) {
        this.#sight.adder.add(seer, place.twin);
      } else if (!this.#sight.picks(seer, id) && went.includes(seer.vantage)) {
        seer.view.remove(place.twin);
      }
    }
  }

  /** The client learns it from its player, if the room shows players. */
  #tell(seer: Seer): void {
    const player = this.#options.world.players.get(seer.sessionId);
    if (player) {
      player.thinned = seer.thinned;
      this.#untold.delete(seer);
    }
  }
}
