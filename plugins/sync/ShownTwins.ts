/**
 * The twins of one room in its state: `world.twins`, whose only writer this is (invariant 1). What changed waits until just
 * before a patch, each value once, so that the last one wins.
 */

import type { Slot, TwinState, WorldState } from "../../src/schema/states.ts";
import type { TwinSchemas } from "../../src/schema/TwinSchemas.ts";
import type { TwinMirror } from "../../src/twins/TwinMirror.ts";
import type { Dtmi, Pointer, TwinId } from "../../src/twins/types.ts";
import type { MirrorValue } from "../../src/twins/valueTime.ts";
import { ShownTwin, type TwinRoom } from "./ShownTwin.ts";
import type { ValueLane } from "./ValueLane.ts";
import { ValueNotes } from "./ValueNotes.ts";

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

/** Of a twin: where its value changed, and what the mirror holds there. */
interface Waiting {
  shown: ShownTwin;
  path: Pointer;
  slot: Slot | undefined;
  held: MirrorValue | undefined;
}

export class ShownTwins {
  readonly #options: ShownTwinsOptions;
  readonly #shown = new Map<TwinId, ShownTwin>();
  readonly #modelIndex = new Map<Dtmi, number>();
  /** Since the last patch. */
  readonly #gone = new Set<TwinId>();
  /** They come with the next one. */
  readonly #coming = new Set<TwinId>();
  /** Came since the last patch. */
  #added: ShownTwin[] = [];
  /** What changed since the last patch: numbers, and what else. */
  readonly #notes = new ValueNotes();
  #waiting: Waiting[] = [];
  readonly #room: TwinRoom;

  constructor(options: ShownTwinsOptions) {
    this.#options = options;
    const { schemas, lane, changed } = options;
    this.#room = {
      schemas,
      lane,
      notes: this.#notes,
      waits: (shown, path, slot, held) => {
        if (this.#waiting.push({ shown, path, slot, held }) === 1) {
          changed();
        }
      },
      changed,
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
      const twin = schemas.create(held.modelId, this.#indexOf(held.modelId));
      const shown = new ShownTwin(twin, held, this.#room);
      twin.$name = id;
      shown.writeAll();
      mirror.follow(held, shown);
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
      shown.isGone = true;
      this.#notes.drop(shown);
      this.#options.mirror.unfollow(shown.held, shown);
      this.#options.removing?.(id, shown.twin);
      this.#shown.delete(id);
      this.#options.world.twins.delete(id);
      this.#options.world.total = this.#shown.size;
      this.#options.changed();
    }
  }

  /** Brings what changed into state, and into the bytes of the next patch. */
  flush(): void {
    for (const { shown, path, slot, held } of this.#waiting) {
      if (!shown.isGone) {
        shown.write(path, slot, held);
      }
    }
    this.#waiting = [];
    this.#options.lane.bring(this.#notes);
    this.#notes.clear();
  }

  /** The room is gone; the mirror forgets it. */
  close(): void {
    for (const shown of this.#shown.values()) {
      this.#options.mirror.unfollow(shown.held, shown);
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
