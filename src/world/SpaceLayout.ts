/**
 * The layout of one space as everybody sees it: what is placed (Placements), and places made up for twins of the space
 * that nobody has placed, as "unsaved" (AutoLayout). A placement whose twin is not there any more is "gone".
 *
 * Made by Layouts while a room shows the space, after the mirror is loaded, of a large space in steps. An unsaved placement
 * has an id of its own right away, under which it is saved when somebody moves it. Nothing of it is written before.
 */
import { hash } from "node:crypto";
import type { PlacementIndex, PlacementListener, PlacementView, SpaceIndex } from "../services.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Log, TwinId } from "../twins/types.ts";
import { AutoLayout, type AutoTwin } from "./AutoLayout.ts";
import { Stepwise } from "./Stepwise.ts";

export interface SpaceLayoutOptions {
  space: TwinId;
  placements: PlacementIndex;
  spaces: SpaceIndex;
  mirror: TwinMirror;
  log: Log;
  /** What an earlier layout of the space made up. */
  auto: AutoLayout | undefined;
}

/** Twins of a space that get a place made up; a room is meant for that many. */
const MOST = 10_000;
/** Placements or twins that are taken up in one step. */
const STEP = 8;
/** Metres between what is arranged and what is made up. */
const DISTANCE = 8;

export class SpaceLayout {
  readonly #o: SpaceLayoutOptions;
  readonly #auto: AutoLayout;
  readonly #work: Stepwise;
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
    const { space, placements, spaces, mirror, log, auto } = options;
    const real = [...placements.list(space)];
    const members = spaces.members(space);
    this.#auto = auto ?? new AutoLayout({ z: real.length > members.size / 2 ? behind(real) : 0 });
    this.#work = new Stepwise(log);
    this.#work.do(this.#filling(real.map(({ id }) => id)));
    this.#work.do(this.#following([...members]));
    this.#unsubscribe = [
      placements.onChange(space, (id, view, foreign) => this.#onPlacement(id, view, foreign)),
      spaces.onChange(space, ({ added, removed }) => this.#work.do(this.#following([...added, ...removed]))),
      mirror.onGraphChange((change) => {
        if (change.kind === "twin.added" || change.kind === "twin.removed") {
          this.#refreshTwin(change.twinId);
        }
      }),
    ];
  }

  /** Resolves when it holds all that it is to hold; of a large space that takes a while. */
  filled(): Promise<void> {
    return this.#work.done();
  }

  /** For who cannot wait. */
  fillNow(): void {
    this.#work.finish();
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

  /** Answers what it made up, for the layout that is made next; undefined: nothing. */
  close(): AutoLayout | undefined {
    this.#work.close();
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
    this.#listeners.clear();
    this.#auto.clear();
    return this.#auto.isEmpty ? undefined : this.#auto;
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

  /** Takes up what is placed. It may have changed since it was listed. */
  *#filling(ids: readonly string[]): Generator<void> {
    for (const [i, id] of ids.entries()) {
      const view = this.#o.placements.get(this.#o.space, id);
      if (view) {
        this.#note(view);
      }
      this.#refresh(id);
      if (i % STEP === 0) {
        yield;
      }
    }
  }

  /** Takes up twins that came or went. */
  *#following(twinIds: readonly TwinId[]): Generator<void> {
    const fresh = new Map<string, AutoTwin>();
    for (const [i, twinId] of twinIds.entries()) {
      const id = this.#idOf(twinId);
      const twin = this.#member(id, twinId);
      if (twin) {
        this.#members.set(id, twinId);
        fresh.set(id, twin);
      } else {
        this.#members.delete(id);
        this.#auto.remove(twinId);
        this.#refresh(id);
      }
      if (i % STEP === 0) {
        yield;
      }
    }
    yield* this.#auto.adding([...fresh.values()]);
    for (const [i, id] of [...fresh.keys()].entries()) {
      this.#refresh(id);
      if (i % STEP === 0) {
        yield;
      }
    }
  }

  /** undefined: it is not to have a place here. */
  #member(id: string, twinId: TwinId): AutoTwin | undefined {
    const { space, spaces, mirror } = this.#o;
    const twin = mirror.get(twinId);
    const isOne = twin && twinId !== space && spaces.members(space).has(twinId);
    if (!isOne || (this.#members.size >= MOST && !this.#members.has(id))) {
      return undefined;
    }
    const contains = spaces.has(twinId);
    return { id: twinId, modelId: twin.modelId, container: spaces.container(twinId), contains };
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
      this.#tell(() => listener(id, now, foreign));
    }
  }

  /** What one room makes of it is not to keep it from the others. */
  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#o.log.error({ err: error, space: this.#o.space }, "a change of a layout was not taken in");
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
    return `u${hash("sha256", `${this.#o.space}\n${twinId}`, "hex").slice(0, 16)}`;
  }
}

function equal(a: PlacementView, b: PlacementView): boolean {
  return (Object.keys(a) as (keyof PlacementView)[]).every((member) => a[member] === b[member]);
}

function behind(views: readonly PlacementView[]): number {
  return Math.ceil(views.reduce((z, view) => Math.max(z, view.z), 0)) + DISTANCE;
}
