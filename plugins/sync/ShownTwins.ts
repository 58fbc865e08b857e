/**
 * The twins of one room in its state: `world.twins`, whose only writer this is (invariant 1). Changes are noted by path and
 * read from the mirror just before a patch, so that the last value wins and state stays untouched between patches.
 */
import { BASE, type TwinSchemas } from "../../src/schema/TwinSchemas.ts";
import type { Slot, TwinState, WorldState } from "../../src/schema/states.ts";
import type { MirrorTwin, TwinMirror } from "../../src/twins/TwinMirror.ts";
import type { Dtmi, Pointer, TwinId } from "../../src/twins/types.ts";
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

/** A twin in state, with what is needed to write to it. */
interface Shown {
  readonly twin: TwinState;
  readonly held: MirrorTwin;
  /** Where its values stand; undefined: it is generic. */
  readonly slots: ReadonlyMap<Pointer, Slot> | undefined;
  /** Paths that changed since the last patch. */
  readonly dirty: Pointer[];
  isDirty: boolean;
}

export class ShownTwins {
  readonly #options: ShownTwinsOptions;
  readonly #shown = new Map<TwinId, Shown>();
  readonly #modelIndex = new Map<Dtmi, number>();
  /** Since the last patch. */
  readonly #gone = new Set<TwinId>();
  readonly #waiting = new Set<TwinId>();
  #dirty: Shown[] = [];

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
    const { mirror, schemas, world } = this.#options;
    const held = mirror.get(id);
    if (held && this.#gone.has(id)) {
      this.#waiting.add(id);
    } else if (held && !this.#shown.has(id)) {
      const twin = schemas.create(held.modelId, this.#indexOf(held.modelId));
      const slots = schemas.slots(held.modelId);
      const shown: Shown = { twin, held, slots, dirty: [], isDirty: false };
      twin.$name = id;
      this.#write(shown, held.values.keys());
      this.#shown.set(id, shown);
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
      shown.isDirty = false;
      this.#options.removing?.(id, shown.twin);
      this.#shown.delete(id);
      this.#options.world.twins.delete(id);
      this.#options.world.total = this.#shown.size;
      this.#options.changed();
    }
  }

  /** This value changed, or (without a path) what is told of the twin itself. */
  note(id: TwinId, path?: Pointer): void {
    const shown = this.#shown.get(id);
    if (!shown) {
      return;
    }
    if (!shown.isDirty) {
      shown.isDirty = true;
      if (this.#dirty.push(shown) === 1) {
        this.#options.changed();
      }
    }
    if (path !== undefined && !shown.dirty.includes(path)) {
      shown.dirty.push(path);
    }
  }

  /** Brings what was noted into state. */
  flush(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const shown of dirty) {
      if (shown.isDirty) {
        this.#write(shown, shown.dirty);
        shown.isDirty = false;
        shown.dirty.length = 0;
      }
    }
  }

  /** After a patch. */
  patched(): void {
    this.#gone.clear();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const id of waiting) {
      this.show(id);
    }
  }

  #write({ twin, held, slots }: Shown, paths: Iterable<Pointer>): void {
    const { lane, schemas } = this.#options;
    for (const path of paths) {
      const value = held.values.get(path)?.value;
      const slot = slots?.get(path);
      if (slot) {
        lane.write(twin, slot, value);
      } else if (!slots) {
        schemas.write(twin, held.modelId, path, value);
      }
      if (path === "/name") {
        lane.set(twin, BASE.$name, typeof value === "string" ? value : held.id);
      }
    }
    lane.set(twin, BASE.$seen, Math.floor(held.seen / 1000));
    lane.set(twin, BASE.$link, held.link);
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
