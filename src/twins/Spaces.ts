/**
 * Which twins belong to a space. A space is a twin that contains others by one of the configured relationships; its
 * members are itself and what it contains, at any depth. Follows the graph as the mirror learns it; rooms ask it for
 * their scope, REST for the list of spaces.
 */
import type { SpaceIndex, SpaceView } from "../services.ts";
import { inTurns } from "./inTurns.ts";
import type { TwinMirror } from "./TwinMirror.ts";
import type { Dtmi, GraphChange, Log, TwinId } from "./types.ts";

/** Twins that are collected in one step. */
const STEP = 16;

const names = new Intl.Collator();

type Listener = (change: { added: TwinId[]; removed: TwinId[] }) => void;

export interface SpacesOptions {
  mirror: TwinMirror;
  /** Relationship names that mean "source contains target", in DTDL's or an ontology's words. */
  contains: readonly string[];
  /** Relationship names that mean "source is part of target". */
  partOf: readonly string[];
  /** The space that comes first: the one that players join when they name none. */
  first?: TwinId;
  /** False while the mirror fills: nobody knows then which space comes first, but for the one above. Default: it is full. */
  isLoaded?: () => boolean;
  /** False: not everybody may see the name of such twins; their spaces go by their ids. */
  isNameOpen?: (modelId: Dtmi) => boolean;
  log: Log;
}

export class Spaces implements SpaceIndex {
  readonly #mirror: TwinMirror;
  readonly #contains: ReadonlySet<string>;
  readonly #partOf: ReadonlySet<string>;
  readonly #first: TwinId | undefined;
  readonly #isLoaded: () => boolean;
  readonly #isNameOpen: (modelId: Dtmi) => boolean;
  readonly #log: Log;
  /** Twins that contain others: a world has many more that do not. */
  readonly #ids = new Set<TwinId>();
  /** As asked for. Those that somebody listens to follow the graph, the others are forgotten when it changes. */
  readonly #members = new Map<TwinId, Set<TwinId>>();
  readonly #listeners = new Map<TwinId, Set<Listener>>();
  /** Spaces that are being collected, with what was touched meanwhile. */
  readonly #collecting = new Map<TwinId, { touched: Set<TwinId>; done: Promise<void> }>();
  readonly #unsubscribe: () => void;
  /** Twins that came or went, or were put into another or taken out, since it was last told. */
  #touched = new Set<TwinId>();
  #isClosed = false;

  constructor(options: SpacesOptions) {
    this.#mirror = options.mirror;
    this.#contains = new Set(options.contains);
    this.#partOf = new Set(options.partOf);
    this.#first = options.first;
    this.#isLoaded = options.isLoaded ?? (() => true);
    this.#isNameOpen = options.isNameOpen ?? (() => true);
    this.#log = options.log;
    this.#unsubscribe = this.#mirror.onGraphChange((change) => this.#onGraphChange(change));
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#listeners.clear();
  }

  list(): SpaceView[] {
    const spaces = Array.from(this.#ids, (id) => this.#view(id));
    return spaces.sort((a, b) => rank(a, this.#first) - rank(b, this.#first) || names.compare(a.name, b.name));
  }

  some(most: number): TwinId[] {
    const first = this.first();
    const ids = first === undefined ? [] : [first];
    for (const id of this.#ids) {
      if (ids.length >= most) {
        break;
      }
      if (id !== first) {
        ids.push(id);
      }
    }
    return ids;
  }

  /** Asked at every join that names no space. */
  first(): TwinId | undefined {
    if (!this.#isLoaded() || (this.#first !== undefined && this.#ids.has(this.#first))) {
      return this.#first;
    }
    let first: { id: TwinId; name: string } | undefined;
    for (const id of this.#ids) {
      const name = this.#nameOf(id);
      if (first === undefined || names.compare(name, first.name) < 0) {
        first = { id, name };
      }
    }
    return first?.id;
  }

  has(id: TwinId): boolean {
    return this.#ids.has(id);
  }

  get(id: TwinId): SpaceView | undefined {
    return this.#ids.has(id) ? this.#view(id) : undefined;
  }

  members(id: TwinId): ReadonlySet<TwinId> {
    let members = this.#members.get(id);
    if (!members) {
      members = this.#below([id]);
      this.#members.set(id, members);
    }
    return members;
  }

  async collect(id: TwinId): Promise<void> {
    if (this.#members.has(id)) {
      return;
    }
    let collecting = this.#collecting.get(id);
    if (!collecting) {
      const touched = new Set<TwinId>();
      collecting = { touched, done: this.#collect(id, touched) };
      this.#collecting.set(id, collecting);
    }
    await collecting.done;
  }

  container(id: TwinId): TwinId | undefined {
    return [...new Set(this.#parents(id))].sort()[0];
  }

  onChange(id: TwinId, listener: Listener): () => void {
    this.members(id); // what later changes are told against
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) {
        this.#listeners.delete(id);
      }
    };
  }

  #view(id: TwinId): SpaceView {
    return { id, name: this.#nameOf(id), twins: this.members(id).size };
  }

  #nameOf(id: TwinId): string {
    const twin = this.#mirror.get(id);
    const name = twin && this.#isNameOpen(twin.modelId) ? twin.values.get("/name")?.value : undefined;
    return typeof name === "string" ? name : id;
  }

  #children(id: TwinId): Generator<TwinId> {
    return this.#ends(id, this.#contains, this.#partOf);
  }

  #parents(id: TwinId): Generator<TwinId> {
    return this.#ends(id, this.#partOf, this.#contains);
  }

  /** The other ends of relationships that go out under these names, and come in under those. */
  *#ends(id: TwinId, out: ReadonlySet<string>, into: ReadonlySet<string>): Generator<TwinId> {
    for (const r of this.#mirror.outgoing(id)) {
      if (out.has(r.name)) {
        yield r.targetId;
      }
    }
    for (const r of this.#mirror.incoming(id)) {
      if (into.has(r.name)) {
        yield r.sourceId;
      }
    }
  }

  /** These and what they contain. Twins that do not exist are left out, with what only they contain, unless `evenGone`. */
  #below(ids: Iterable<TwinId>, evenGone = false): Set<TwinId> {
    const found = new Set<TwinId>();
    const steps = this.#walk(ids, found, evenGone);
    while (!steps.next().done) {}
    return found;
  }

  *#walk(ids: Iterable<TwinId>, found: Set<TwinId>, evenGone = false): Generator<void> {
    const open = [...ids];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const exists = this.#mirror.get(next) !== undefined;
      if (found.has(next) || !(exists || evenGone)) {
        continue;
      }
      found.add(next);
      for (const child of this.#ids.has(next) || !exists ? this.#children(next) : []) {
        open.push(child);
      }
      if (found.size % STEP === 0) {
        yield;
      }
    }
  }

  /** What changed meanwhile is mended at its end. */
  async #collect(id: TwinId, touched: Set<TwinId>): Promise<void> {
    const found = new Set<TwinId>();
    const isOver = () => this.#isClosed || this.#members.has(id);
    await inTurns(this.#walk([id], found), () => {}, isOver);
    this.#collecting.delete(id);
    if (!isOver()) {
      this.#follow(id, found, this.#below([...touched, ...this.#touched], true));
      this.#members.set(id, found);
    }
  }

  #onGraphChange(change: GraphChange): void {
    if (change.kind === "twin.added" || change.kind === "twin.removed") {
      this.#noteSpace(change.twinId);
      this.#touch(change.twinId);
      return;
    }
    const { name, sourceId, targetId } = change.relationship;
    if (this.#contains.has(name)) {
      this.#noteSpace(sourceId);
      this.#touch(targetId);
    }
    if (this.#partOf.has(name)) {
      this.#noteSpace(targetId);
      this.#touch(sourceId);
    }
  }

  #noteSpace(id: TwinId): void {
    if (this.#mirror.get(id) && this.#children(id).next().done !== true) {
      this.#ids.add(id);
    } else {
      this.#ids.delete(id);
    }
  }

  #touch(id: TwinId): void {
    if (this.#touched.size === 0) {
      queueMicrotask(() => this.#settle()); // once for a whole batch of events
    }
    this.#touched.add(id);
  }

  #settle(): void {
    const touched = this.#touched;
    this.#touched = new Set();
    for (const collecting of this.#collecting.values()) {
      for (const id of touched) {
        collecting.touched.add(id);
      }
    }
    const below = this.#listeners.size === 0 ? touched : this.#below(touched, true);
    for (const [space, members] of this.#members) {
      const listeners = this.#listeners.get(space);
      if (!listeners) {
        this.#members.delete(space);
        continue;
      }
      const change = this.#follow(space, members, below);
      if (change.added.length > 0 || change.removed.length > 0) {
        for (const listener of listeners) {
          this.#tell(listener, space, change);
        }
      }
    }
  }

  /**
   * Brings members up to date where the graph changed: of `below` those belong that the space reaches from what did not
   * change. In a space of 100,000 twins that is 1,000 times less to do for a change than to collect it anew.
   */
  #follow(space: TwinId, members: Set<TwinId>, below: ReadonlySet<TwinId>): { added: TwinId[]; removed: TwinId[] } {
    const isHeld = (id: TwinId) => id === space || [...this.#parents(id)].some((p) => members.has(p) && !below.has(p));
    const held = [...below].filter(isHeld);
    const now = this.#below(held);
    const added = [...now].filter((id) => !members.has(id));
    const removed = [...below].filter((id) => members.has(id) && !now.has(id));
    for (const id of added) {
      members.add(id);
    }
    for (const id of removed) {
      members.delete(id);
    }
    return { added, removed };
  }

  /** What one room makes of it is not to keep it from the others. */
  #tell(listener: Listener, space: TwinId, change: Parameters<Listener>[0]): void {
    try {
      listener(change);
    } catch (error) {
      this.#log.error({ err: error, space }, "a change of a space's twins was not taken in");
    }
  }
}

function rank(space: SpaceView, first: TwinId | undefined): number {
  return space.id === first ? 0 : 1;
}
