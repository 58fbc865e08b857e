/**
 * The twins of one room in its state: `world.twins`, whose only writer this is (invariant 1). What changed is noted and
 * read from the mirror just before a patch, so that the last value wins and state stays untouched between patches.
 */

import type { Slot, TwinState, WorldState } from "../../src/schema/states.ts";
import type { TwinSchemas } from "../../src/schema/TwinSchemas.ts";
import type { TwinMirror } from "../../src/twins/TwinMirror.ts";
import type { Dtmi, Pointer, TwinId } from "../../src/twins/types.ts";
import type { MirrorValue } from "../../src/twins/valueTime.ts";
import { knownTwin } from "./Floor.ts";
import { type Noted, ShownTwin } from "./ShownTwin.ts";
import type { ValueLane } from "./ValueLane.ts";

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

export class ShownTwins {
  readonly #options: ShownTwinsOptions;
  readonly #shown = new Map<TwinId, ShownTwin>();
  readonly #modelIndex = new Map<Dtmi, number>();
  /** Since the last patch. */
  readonly #gone = new Set<TwinId>();
  readonly #waiting = new Set<TwinId>();
  /** Came since the last patch. */
  #added: ShownTwin[] = [];
  /** What changed since the last patch, side by side: whose, where, and what the mirror holds there. */
  readonly #dirty: {
    twins: ShownTwin[];
    paths: Pointer[];
    slots: (Slot | undefined)[];
    values: (MirrorValue | undefined)[];
  } = { twins: [], paths: [], slots: [], values: [] };

  constructor(options: ShownTwinsOptions) {
    this.#options = options;
    for (const id of options.schemas.models) {
      this.#indexOf(id);
    }
  }

  get(id: TwinId): TwinState | undefined {
    return this.#shown.get(id)?.twin;
  }

  show(id: TwinId): void {
    const { lane, mirror, schemas, world } = this.#options;
    const held = mirror.get(id);
    if (held && this.#gone.has(id)) {
      this.#waiting.add(id);
    } else if (held && !this.#shown.has(id)) {
      const twin = schemas.create(held.modelId, this.#indexOf(held.modelId));
      const shown = new ShownTwin(twin, held, schemas, this.#noted);
      twin.$name = id;
      shown.writeAll(lane);
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
    this.#waiting.delete(id);
    if (shown) {
      if (this.#options.viewed) {
        this.#gone.add(id);
      }
      shown.isGone = true;
      this.#options.mirror.unfollow(shown.held, shown);
      this.#options.removing?.(id, shown.twin);
      this.#shown.delete(id);
      this.#options.world.twins.delete(id);
      this.#options.world.total = this.#shown.size;
      this.#options.changed();
    }
  }

  /** Brings what changed into state. */
  flush(): void {
    const { lane } = this.#options;
    const { twins, paths, slots, values } = this.#dirty;
    for (let i = 0; i < twins.length; i++) {
      const known = twins[i]?.known;
      known && lane.fetch(known, slots[i]?.index ?? 0);
    }
    for (let i = 0; i < twins.length; i++) {
      const shown = twins[i];
      if (shown && !shown.isGone) {
        shown.write(lane, paths[i] ?? "", slots[i], values[i]);
      }
    }
    twins.length = 0;
    paths.length = 0;
    slots.length = 0;
    values.length = 0;
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
      shown.known = knownTwin(shown.twin);
    }
    this.#added = [];
    this.#gone.clear();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const id of waiting) {
      this.show(id);
    }
  }

  readonly #noted: Noted = (shown, path, slot, held) => {
    const { twins, paths, slots, values } = this.#dirty;
    paths.push(path);
    slots.push(slot);
    values.push(held);
    if (twins.push(shown) === 1) {
      this.#options.changed();
    }
  };

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
