/**
 * Which twins belong to a space. A space is a twin that contains others by one of the configured relationships; its
 * members are itself and what it contains, at any depth. Follows the graph as the mirror learns it; rooms ask it for
 * their scope, REST for the list of spaces.
 */
import type { SpaceIndex, SpaceView } from "../services.ts";
import type { TwinMirror } from "./TwinMirror.ts";
import type { Dtmi, GraphChange, Log, Relationship, TwinId } from "./types.ts";

type Listener = (change: { added: TwinId[]; removed: TwinId[] }) => void;

export interface SpacesOptions {
  mirror: TwinMirror;
  /** Relationship names that mean "source contains target", in DTDL's or an ontology's words. */
  contains: readonly string[];
  /** Relationship names that mean "source is part of target". */
  partOf: readonly string[];
  /** The space that comes first: the one that players join when they name none. */
  first?: TwinId;
  /** False: not everybody may see the name of such twins; their spaces go by their ids. */
  isNameOpen?: (modelId: Dtmi) => boolean;
  log: Log;
}

export class Spaces implements SpaceIndex {
  readonly #mirror: TwinMirror;
  readonly #contains: ReadonlySet<string>;
  readonly #partOf: ReadonlySet<string>;
  readonly #first: TwinId | undefined;
  readonly #isNameOpen: (modelId: Dtmi) => boolean;
  readonly #log: Log;
  readonly #members = new Map<TwinId, ReadonlySet<TwinId>>();
  readonly #listeners = new Map<TwinId, Set<Listener>>();
  readonly #unsubscribe: () => void;
  #dirty = false;

  constructor(options: SpacesOptions) {
    this.#mirror = options.mirror;
    this.#contains = new Set(options.contains);
    this.#partOf = new Set(options.partOf);
    this.#first = options.first;
    this.#isNameOpen = options.isNameOpen ?? (() => true);
    this.#log = options.log;
    this.#unsubscribe = this.#mirror.onGraphChange((change) => this.#onGraphChange(change));
  }

  close(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  list(): SpaceView[] {
    const spaces: SpaceView[] = [];
    for (const twin of this.#mirror.twins()) {
      if (this.#isSpace(twin.id)) {
        spaces.push(this.#view(twin.id));
      }
    }
    return spaces.sort((a, b) => rank(a, this.#first) - rank(b, this.#first) || a.name.localeCompare(b.name));
  }

  get(id: TwinId): SpaceView | undefined {
    return this.#mirror.get(id) && this.#isSpace(id) ? this.#view(id) : undefined;
  }

  members(id: TwinId): ReadonlySet<TwinId> {
    let members = this.#members.get(id);
    if (!members) {
      members = this.#collect(id);
      this.#members.set(id, members);
    }
    return members;
  }

  container(id: TwinId): TwinId | undefined {
    const found = new Set<TwinId>();
    for (const r of this.#mirror.incoming(id)) {
      if (this.#contains.has(r.name)) {
        found.add(r.sourceId);
      }
    }
    for (const r of this.#mirror.outgoing(id)) {
      if (this.#partOf.has(r.name)) {
        found.add(r.targetId);
      }
    }
    return [...found].sort()[0];
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

  #isSpace(id: TwinId): boolean {
    return this.#children(id).next().done !== true;
  }

  #view(id: TwinId): SpaceView {
    const twin = this.#mirror.get(id);
    const name = twin && this.#isNameOpen(twin.modelId) ? twin.values.get("/name")?.value : undefined;
    return { id, name: typeof name === "string" ? name : id, twins: this.members(id).size };
  }

  *#children(id: TwinId): Generator<TwinId> {
    for (const r of this.#mirror.outgoing(id)) {
      if (this.#contains.has(r.name)) {
        yield r.targetId;
      }
    }
    for (const r of this.#mirror.incoming(id)) {
      if (this.#partOf.has(r.name)) {
        yield r.sourceId;
      }
    }
  }

  #collect(id: TwinId): Set<TwinId> {
    const found = new Set<TwinId>();
    const open = [id];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (!found.has(next) && this.#mirror.get(next)) {
        found.add(next);
        open.push(...this.#children(next));
      }
    }
    return found;
  }

  #onGraphChange(change: GraphChange): void {
    const isOfSpaces =
      change.kind === "twin.added" || change.kind === "twin.removed" || this.#isContainment(change.relationship);
    if (isOfSpaces && !this.#dirty) {
      this.#dirty = true;
      queueMicrotask(() => this.#recompute()); // once for a whole batch of events
    }
  }

  #isContainment(r: Relationship): boolean {
    return this.#contains.has(r.name) || this.#partOf.has(r.name);
  }

  #recompute(): void {
    this.#dirty = false;
    const before = new Map(this.#members);
    this.#members.clear();
    for (const [id, listeners] of this.#listeners) {
      const old = before.get(id) ?? new Set();
      const now = this.members(id);
      const added = [...now].filter((t) => !old.has(t));
      const removed = [...old].filter((t) => !now.has(t));
      if (added.length > 0 || removed.length > 0) {
        for (const listener of listeners) {
          this.#tell(listener, id, { added, removed });
        }
      }
    }
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
