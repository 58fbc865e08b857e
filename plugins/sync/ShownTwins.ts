/**
 * The twins of one room in its state: `world.twins`, whose only writer this is (invariant 1). What changed waits until just
 * before a patch, each value once, so that the last one wins.
 */

import type { Slot, TwinState, WorldState } from "../../src/schema/states.ts";
import type { TwinSchemas } from "../../src/schema/TwinSchemas.ts";
import { follow, type TwinFollower, unfollow } from "../../src/twins/MirrorTwin.ts";
import type { TwinMirror } from "../../src/twins/TwinMirror.ts";
import type { Dtmi, Pointer, TwinId } from "../../src/twins/types.ts";
import type { MirrorValue } from "../../src/twins/valueTime.ts";
import { ShownTwin, seconds, type TwinRoom } from "./ShownTwin.ts";
import { TwinTable } from "./TwinTable.ts";
import type { ValueLane } from "./ValueLane.ts";
import { LOGGED, type LoggedTwin, ValueLog } from "./ValueLog.ts";

export interface ShownTwinsOptions {
  world: WorldState;
  schemas: TwinSchemas;
  mirror: TwinMirror;
  /** Takes the values of twins that are shown. */
  lane: ValueLane;
  /**
   * Clients get twins by views. There Colyseus 0.18 loses it when an entry goes and another comes under its key between two
   * patches, so the other waits for the next.
   */
  viewed: boolean;
  /** Called when there is something to send. */
  changed(): void;
  /** Called right after a twin came into state, and right before it goes. */
  added?(id: TwinId, twin: TwinState): void;
  removing?(id: TwinId, twin: TwinState): void;
}

/** Where a value of a twin changed; no path: only what is told of the twin itself. */
interface Waiting {
  shown: ShownTwin;
  path: Pointer;
  slot: Slot | undefined;
}

export class ShownTwins implements TwinFollower {
  readonly #options: ShownTwinsOptions;
  readonly #shown = new Map<TwinId, ShownTwin>();
  readonly #modelIndex = new Map<Dtmi, number>();
  /** Of the models of those that are shown, when they were. */
  readonly #shapes = new Map<Dtmi, string>();
  /** Since the last patch. */
  readonly #gone = new Set<TwinId>();
  /** They come with the next one. */
  readonly #coming = new Set<TwinId>();
  /** Came since the last patch. */
  #added: ShownTwin[] = [];
  readonly #table = new TwinTable<LoggedTwin>();
  /** What changed since the last patch: numbers, and what else. */
  readonly #log: ValueLog;
  #waiting: Waiting[] = [];
  readonly #room: TwinRoom;

  constructor(options: ShownTwinsOptions) {
    this.#options = options;
    const { schemas, lane, changed } = options;
    this.#log = new ValueLog(this.#table, lane, changed);
    this.#room = {
      schemas,
      lane,
      table: this.#table,
      log: this.#log,
      waits: (shown, path, slot) => {
        if (this.#waiting.push({ shown, path, slot }) === 1) {
          changed();
        }
      },
    };
    for (const id of options.schemas.models) {
      this.#indexOf(id);
    }
  }

  get(id: TwinId): TwinState | undefined {
    return this.#shown.get(id)?.twin;
  }

  show(id: TwinId): void {
    const { mirror, schemas, world } = this.#options;
    const held = mirror.get(id);
    if (held && this.#gone.has(id)) {
      this.#coming.add(id);
    } else if (held && !this.#shown.has(id)) {
      const model = this.#indexOf(held.modelId);
      this.#shapes.set(held.modelId, schemas.shape(held.modelId));
      const twin = schemas.create(held.modelId, model);
      const shown = new ShownTwin(twin, model, held, this.#room);
      twin.$name = id;
      shown.writeAll();
      follow(held, this, shown.number);
      this.#shown.set(id, shown);
      this.#added.push(shown);
      world.twins.set(id, twin);
      world.total = this.#shown.size;
      this.#options.added?.(id, twin);
      this.#options.changed();
    }
  }

  hide(id: TwinId): void {
    const shown = this.#shown.get(id);
    this.#coming.delete(id);
    if (shown) {
      if (this.#options.viewed) {
        this.#gone.add(id);
      }
      this.#end(shown);
      this.#options.removing?.(id, shown.twin);
      this.#shown.delete(id);
      this.#options.world.twins.delete(id);
      this.#options.world.total = this.#shown.size;
      this.#options.changed();
    }
  }

  /**
   * Twins whose models were deleted, or are others now under their ids: nothing more is told of them by what the models
   * were, and they are to be hidden and shown again.
   */
  endChanged(): TwinId[] {
    const { schemas } = this.#options;
    const changed = new Set(
      Array.from(this.#shapes).flatMap(([id, shape]) => (schemas.shape(id) === shape ? [] : [id])),
    );
    const ended = [...this.#shown.values()].filter(({ held }) => changed.has(held.modelId));
    for (const shown of ended) {
      this.#end(shown);
    }
    return ended.map(({ held }) => held.id);
  }

  /** Brings what changed into state, and into the bytes of the next patch. */
  flush(): void {
    for (const { shown, path, slot } of this.#waiting) {
      if (!shown.isGone) {
        shown.write(path, slot);
      }
    }
    this.#waiting = [];
    this.#log.bring();
  }

  valueChanged(number: number, path: Pointer, held: MirrorValue, isOther: boolean, seen: number): void {
    const value = held.number;
    if (!Number.isNaN(value)) {
      this.#log.add(number, path, isOther ? LOGGED.number : LOGGED.again, value, seconds(seen));
      return;
    }
    const other = held.value;
    if (typeof other === "boolean") {
      this.#log.add(number, path, isOther ? LOGGED.boolean : LOGGED.again, Number(other), seconds(seen));
    } else {
      this.#log.add(number, path, LOGGED.elsewhere, 0, 0);
      this.#table.twin(number)?.waits(path);
    }
  }

  linkChanged(number: number): void {
    this.#table.twin(number)?.waits("");
  }

  /** The room is gone; the mirror forgets it. */
  close(): void {
    for (const shown of this.#shown.values()) {
      unfollow(shown.held, this);
    }
  }

  /** After a patch. */
  patched(): void {
    for (const shown of this.#added) {
      shown.told();
    }
    this.#added = [];
    this.#gone.clear();
    const coming = [...this.#coming];
    this.#coming.clear();
    for (const id of coming) {
      this.show(id);
    }
  }

  #end(shown: ShownTwin): void {
    if (!shown.isGone) {
      shown.leave();
      unfollow(shown.held, this);
    }
  }

  /** Models that came after the room opened are added to the list; their twins are generic. */
  #indexOf(modelId: Dtmi): number {
    let index = this.#modelIndex.get(modelId);
    if (index === undefined) {
      index = this.#modelIndex.size;
      this.#modelIndex.set(modelId, index);
      this.#options.world.models.push(modelId);
    }
    return index;
  }
}
