/**
 * The layout of one space as everybody sees it: what is placed (Placements), and places made up for twins of the space
 * that nobody has placed, as "unsaved" (AutoLayout). A placement whose twin is not there any more is "gone".
 *
 * Made by WorldEditor once per space, after the mirror is loaded; rooms show it. An unsaved placement has an id of its
 * own right away, under which it is saved when somebody moves it. Nothing of it is written before.
 */
import { createHash } from "node:crypto";
import type { PlacementIndex, PlacementListener, PlacementView, SpaceIndex } from "../services.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { TwinId } from "../twins/types.ts";
import { AutoLayout } from "./AutoLayout.ts";

export interface SpaceLayoutOptions {
  space: TwinId;
  placements: PlacementIndex;
  spaces: SpaceIndex;
  mirror: TwinMirror;
}

/** Twins of a space that get a place made up; a room is meant for that many. */
const MOST = 10_000;
/** Metres between what is arranged and what is made up. */
const DISTANCE = 8;

export class SpaceLayout {
  readonly #o: SpaceLayoutOptions;
  readonly #auto: AutoLayout;
  /** As shown. */
  readonly #views = new Map<string, PlacementView>();
  /** Twin → ids of its placements that are kept or on their way. */
  readonly #placed = new Map<TwinId, Set<string>>();
  /** Id of the made-up placement → twin, for every member of the space. */
  readonly #members = new Map<string, TwinId>();
  readonly #listeners = new Set<PlacementListener>();
  readonly #unsubscribe: (() => void)[];

  constructor(options: SpaceLayoutOptions) {
    this.#o = options;
    const { space, placements, spaces, mirror } = options;
    const real = [...placements.list(space)];
    const members = spaces.members(space);
    this.#auto = new AutoLayout({ z: real.length > members.size / 2 ? behind(real) : 0 });
    for (const view of real) {
      this.#note(view);
    }
    this.#join(members);
    for (const { id } of real) {
      this.#refresh(id);
    }
    this.#unsubscribe = [
      placements.onChange(space, (id, view, foreign) => this.#onPlacement(id, view, foreign)),
      spaces.onChange(space, ({ added, removed }) => {
        this.#join(added);
        this.#leave(removed);
      }),
      mirror.onGraphChange((change) => {
        if (change.kind === "twin.added" || change.kind === "twin.removed") {
          this.#refreshTwin(change.twinId);
        }
      }),
    ];
  }

  list(): Iterable<PlacementView> {
    return this.#views.values();
  }

  get(id: string): PlacementView | undefined {
    return this.#views.get(id);
  }

  /** Whether somebody placed it here. */
  has(twinId: TwinId): boolean {
    return this.#placed.has(twinId);
  }

  /** Where it stands, placed or made up; of several places the first. */
  spotOf(twinId: TwinId): PlacementView | undefined {
    const [first] = this.#placed.get(twinId) ?? [];
    return this.#views.get(first ?? this.#idOf(twinId));
  }

  onChange(listener: PlacementListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
    this.#listeners.clear();
  }

  #onPlacement(id: string, view: PlacementView | undefined, foreign: boolean): void {
    const before = this.#o.placements.get(this.#o.space, id) ?? this.#views.get(id);
    if (view) {
      this.#note(view);
    } else if (before) {
      this.#forget(id, before.twinId);
    }
    this.#refresh(id, foreign);
    const twinId = view?.twinId ?? before?.twinId;
    if (twinId !== undefined) {
      this.#refresh(this.#idOf(twinId));
    }
  }

  #note({ id, twinId }: PlacementView): void {
    const shown = this.#views.get(id);
    if (shown && shown.twinId !== twinId) {
      this.#forget(id, shown.twinId);
    }
    this.#placed.set(twinId, (this.#placed.get(twinId) ?? new Set()).add(id));
  }

  #forget(id: string, twinId: TwinId): void {
    const ids = this.#placed.get(twinId);
    ids?.delete(id);
    if (ids?.size === 0) {
      this.#placed.delete(twinId);
    }
  }

  #join(ids: Iterable<TwinId>): void {
    const { space, spaces, mirror } = this.#o;
    const fresh = [];
    for (const id of ids) {
      const twin = mirror.get(id);
      if (twin && id !== space && this.#members.size < MOST) {
        this.#members.set(this.#idOf(id), id);
        const contains = spaces.get(id) !== undefined;
        fresh.push({ id, modelId: twin.modelId, container: spaces.container(id), contains });
      }
    }
    this.#auto.add(fresh);
    for (const { id } of fresh) {
      this.#refresh(this.#idOf(id));
    }
  }

  #leave(ids: readonly TwinId[]): void {
    for (const twinId of ids) {
      const id = this.#idOf(twinId);
      this.#members.delete(id);
      this.#refresh(id);
    }
  }

  #refreshTwin(twinId: TwinId): void {
    for (const id of this.#placed.get(twinId) ?? []) {
      this.#refresh(id);
    }
  }

  /** Tells what is shown under that id now, when it differs. */
  #refresh(id: string, foreign = false): void {
    const now = this.#viewOf(id);
    const shown = this.#views.get(id);
    if (now === undefined ? shown === undefined : shown !== undefined && equal(now, shown)) {
      return;
    }
    if (now === undefined) {
      this.#views.delete(id);
    } else {
      this.#views.set(id, now);
    }
    for (const listener of this.#listeners) {
      listener(id, now, foreign);
    }
  }

  #viewOf(id: string): PlacementView | undefined {
    const { space, placements, mirror } = this.#o;
    const real = placements.get(space, id);
    if (real) {
      const isGone = real.status === "saved" && !mirror.get(real.twinId);
      return isGone ? { ...real, status: "gone" } : real;
    }
    const twinId = this.#members.get(id);
    const place = twinId === undefined || this.#placed.has(twinId) ? undefined : this.#auto.placeOf(twinId);
    return twinId === undefined || place === undefined
      ? undefined
      : { id, twinId, visual: "", by: "", status: "unsaved", reason: "", ...place };
  }

  /** The same in every process; letters and digits, as a key of the stored Map has to be. */
  #idOf(twinId: TwinId): string {
    return `u${createHash("sha256").update(`${this.#o.space}\n${twinId}`).digest("hex").slice(0, 16)}`;
  }
}

function equal(a: PlacementView, b: PlacementView): boolean {
  return (Object.keys(a) as (keyof PlacementView)[]).every((member) => a[member] === b[member]);
}

function behind(views: readonly PlacementView[]): number {
  return Math.ceil(views.reduce((z, view) => Math.max(z, view.z), 0)) + DISTANCE;
}
