/**
 * The process's picture of the twin graph: a cache of the provider, newer where devices have spoken since.
 *
 * Way in: EventPump → here → `TwinChange` → TwinSyncPlugin. The mirror is the one writer of twin values in room state.
 * Newest wins per property (invariant 3): older values and repeats are no-ops, whatever order they arrive in.
 */
import { isDeepStrictEqual } from "node:util";
import type { ModelGraph } from "../dtdl/types.ts";
import { flattenProperties } from "./flattenProperties.ts";
import { type MirrorTwin, newMirrorTwin, tellLink, tellValue } from "./MirrorTwin.ts";
import { RelationshipIndex } from "./RelationshipIndex.ts";
import { readPatch } from "./readPatch.ts";
import type { Dtmi, GraphChange, JsonPatchOp, Link, Pointer, Relationship, Twin, TwinChange, TwinId } from "./types.ts";
import { LINK } from "./types.ts";
import { isNewer, MirrorValue, type Stamp, TELLER, type Told } from "./valueTime.ts";

/** How a read stands to what the mirror knows by events. */
export interface ReadOptions {
  /**
   * `revision` when the read began: what the provider told before yields to the answer ("events nominate, a GET
   * decides"). Absent: the answer may lag behind (a query's index), so newest wins and nothing is removed.
   */
  since?: number;
  /** When the provider replaced the twin whole, ms since epoch: what is older and not in the answer is gone. */
  replacedAt?: number;
}

const STALE_FACTOR = 3;
const MIN_STALE_MS = 10_000;
/** Clocks may differ and a query's answer may lag: what is older than a read by this much was surely in it. */
const SURELY_READ_MS = 60_000;

/** `held`: the mirror's own entry, which changes in place and stays as long as the twin has its model. */
type ValueListener = (twin: MirrorTwin, path: Pointer, held: MirrorValue) => void;

export class TwinMirror {
  readonly #twins = new Map<TwinId, MirrorTwin>();
  readonly #relationships = new RelationshipIndex();
  /** Replaced, never changed: it is gone through for each value, and an array costs least. */
  #listeners: readonly ((change: TwinChange) => void)[] = [];
  readonly #valueListeners: ValueListener[] = [];
  readonly #graphListeners = new Set<(change: GraphChange) => void>();
  readonly #models: () => ModelGraph;
  #revision = 0;

  constructor(models: () => ModelGraph) {
    this.#models = models;
  }

  get size(): number {
    return this.#twins.size;
  }

  /** Counts what was set: a read remembers it when it begins (`ReadOptions.since`). */
  get revision(): number {
    return this.#revision;
  }

  get(id: TwinId): MirrorTwin | undefined {
    return this.#twins.get(id);
  }

  twins(): IterableIterator<MirrorTwin> {
    return this.#twins.values();
  }

  /** As a provider would give it, with what the mirror knows: Properties only, components nested. */
  toTwin(id: TwinId): Twin | undefined {
    const held = this.#twins.get(id);
    if (!held) {
      return undefined;
    }
    const properties: Record<string, unknown> = {};
    for (const name of this.#models().get(held.modelId)?.components.keys() ?? []) {
      properties[name] = {};
    }
    const times: Record<Pointer, number> = {};
    for (const [path, { value, transient, source }] of held.values) {
      if (!transient && value !== undefined) {
        const [, first = "", second] = path.split("/");
        if (second === undefined) {
          properties[first] = value;
        } else {
          properties[first] = { ...(properties[first] as object | undefined), [second]: value };
        }
        times[path] = source;
      }
    }
    return { id, modelId: held.modelId, properties, times, ...(held.etag === undefined ? {} : { etag: held.etag }) };
  }

  outgoing(id: TwinId): Iterable<Relationship> {
    return this.#relationships.outgoing(id);
  }

  incoming(id: TwinId): Iterable<Relationship> {
    return this.#relationships.incoming(id);
  }

  relationship(sourceId: TwinId, id: string): Relationship | undefined {
    return this.#relationships.get(sourceId, id);
  }

  /**
   * Called synchronously for every change, in order. Returns the unsubscriber; who is taken off, or put on, while a change
   * is told is so from the next one on. A listener may not throw.
   */
  onChange(listener: (change: TwinChange) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** The same for twins and relationships that come and go; values, which change much more often, cost it nothing. */
  onGraphChange(listener: (change: GraphChange) => void): () => void {
    this.#graphListeners.add(listener);
    return () => this.#graphListeners.delete(listener);
  }

  /** For who keeps something by each value as long as the mirror is there: told before `onChange`, and nothing is made for it. */
  onValue(listener: ValueListener): void {
    this.#valueListeners.push(listener);
  }

  /** Takes a whole twin from the provider: adds it, or merges it. A changed model gives a new twin in its place. */
  upsertTwin(twin: Twin, readAt: number, options: ReadOptions = {}): void {
    const known = this.#twins.get(twin.id);
    const target = known?.modelId === twin.modelId ? known : this.#add(twin.id, twin.modelId, known);
    target.etag = twin.etag;
    target.loadedAt = readAt;
    const answer = new Map(this.#flat(twin));
    for (const [path, value] of answer) {
      const stamp = { source: twin.times[path] ?? 0, received: readAt, sequence: -1, origin: "provider" };
      const held = target.values.get(path);
      if (held && yields(held, options)) {
        this.#correct(target, path, value, held, stamp);
      } else {
        this.#set(target, path, value, { stamp, teller: TELLER.read });
      }
    }
    for (const [path, held] of target.values) {
      if (!answer.has(path) && isGone(held, options)) {
        const source = Math.max(held.source, options.replacedAt ?? 0);
        this.#put(target, path, undefined, { stamp: { ...held, source }, teller: TELLER.read }, held);
      }
    }
  }

  /**
   * Whether a twin as it was read differs from what is held, in a way that `upsertTwin` with these options would change.
   * Differences of times alone do not count. `settled`: what came in later, ms since epoch, is not looked at.
   */
  differs(twin: Twin, options: ReadOptions & { settled?: number } = {}): boolean {
    const held = this.#twins.get(twin.id);
    if (held?.modelId !== twin.modelId) {
      return true;
    }
    const { settled = Number.POSITIVE_INFINITY } = options;
    const answer = new Map(this.#flat(twin));
    for (const [path, value] of answer) {
      const known = held.values.get(path);
      const wins = known === undefined || yields(known, options) || (twin.times[path] ?? 0) > known.source;
      const isSettled = known === undefined || known.received <= settled;
      if (wins && isSettled && !isDeepStrictEqual(known?.value, value)) {
        return true;
      }
    }
    return [...held.values].some(([path, v]) => !answer.has(path) && v.received <= settled && isGone(v, options));
  }

  removeTwin(id: TwinId): boolean {
    if (!this.#twins.delete(id)) {
      return false;
    }
    this.#emitGraph({ kind: "twin.removed", twinId: id });
    return true;
  }

  /** What a device told: sets the values that win; answers which did. Nothing happens when the twin is not known. */
  setValues(
    id: TwinId,
    values: Iterable<readonly [Pointer, unknown]>,
    stamp: Stamp,
    options: { transient?: ReadonlySet<Pointer> } = {},
  ): Pointer[] {
    const twin = this.#twins.get(id);
    if (!twin) {
      return [];
    }
    const told: Told = { stamp, teller: TELLER.device, ...options };
    const won: Pointer[] = [];
    for (const [path, value] of values) {
      if (this.#set(twin, path, value, told)) {
        won.push(path);
      }
    }
    if (won.length > 0) {
      measureInterval(twin, stamp.received);
      this.#link(twin, LINK.live, stamp.source);
    }
    return won;
  }

  /**
   * What the provider notified of. Operations below a property change the property's whole value, so they have to be in
   * order; `times` are the source times of values that are echoes of our own writes. Answers false when the twin must be
   * read again: its model changed, a component was replaced whole, or the patch does not fit what we hold.
   */
  applyPatch(
    id: TwinId,
    patch: readonly JsonPatchOp[],
    stamp: Stamp,
    times: ReadonlyMap<Pointer, number> = new Map(),
  ): boolean {
    const twin = this.#twins.get(id);
    const model = twin && this.#models().get(twin.modelId);
    const read = twin && model && readPatch(model, patch, (path) => twin.values.get(path)?.value);
    if (!twin || !read) {
      return false;
    }
    for (const path of read.deep) {
      const held = twin.values.get(path);
      if (held && stamp.source <= held.source) {
        if (stamp.source > twin.loadedAt - SURELY_READ_MS) {
          return false; // came late: what we hold was made without it
        }
        read.values.delete(path);
      }
    }
    twin.etag = undefined;
    for (const [path, value] of read.values) {
      const source = read.times.get(path) ?? times.get(path) ?? stamp.source;
      this.#set(twin, path, value, { stamp: { ...stamp, source }, teller: TELLER.notice });
    }
    return true;
  }

  /** `at`: source time of what says so; what is older than the last word is ignored. */
  setLink(id: TwinId, link: Link, at = 0): void {
    const twin = this.#twins.get(id);
    if (twin) {
      this.#link(twin, link, at);
    }
  }

  #link(twin: MirrorTwin, link: Link, at: number): void {
    if (at > 0 && at < twin.linkAt) {
      return;
    }
    twin.linkAt = Math.max(twin.linkAt, at);
    if (twin.link !== link) {
      twin.link = link;
      tellLink(twin);
      this.#emit({ kind: "link", twinId: twin.id, link });
    }
  }

  /** Marks twins stale that have been silent for three times their interval. Called about once a second. */
  sweepStale(now: number): void {
    for (const twin of this.#twins.values()) {
      const limit = Math.max(MIN_STALE_MS, twin.interval * STALE_FACTOR);
      if (twin.link === LINK.live && twin.interval > 0 && now - twin.reportedAt > limit) {
        this.#link(twin, LINK.stale, 0);
      }
    }
  }

  upsertRelationship(r: Relationship): void {
    const known = this.#relationships.get(r.sourceId, r.id);
    if (known?.targetId === r.targetId && known.name === r.name) {
      this.#relationships.set(r); // told again: nothing that anybody follows has changed
      return;
    }
    this.removeRelationship(r.sourceId, r.id);
    this.#relationships.set(r);
    this.#emitGraph({ kind: "relationship.added", relationship: r });
  }

  removeRelationship(sourceId: TwinId, id: string): void {
    const known = this.#relationships.get(sourceId, id);
    if (known) {
      this.#relationships.delete(known);
      this.#emitGraph({ kind: "relationship.removed", relationship: known });
    }
  }

  /** `instead`: the same twin with its old model. What its device told goes along where the new model knows it. */
  #add(id: TwinId, modelId: Dtmi, instead?: MirrorTwin): MirrorTwin {
    this.removeTwin(id);
    const twin = newMirrorTwin(id, modelId, instead);
    this.#twins.set(id, twin);
    this.#emitGraph({ kind: "twin.added", twinId: id });
    for (const [path, held] of instead?.values ?? []) {
      if (held.teller === TELLER.device && this.#knows(modelId, path)) {
        const transient = new Set(held.transient ? [path] : []);
        this.#put(twin, path, held.value, { stamp: held, teller: held.teller, transient });
      }
    }
    return twin;
  }

  #knows(modelId: Dtmi, path: Pointer): boolean {
    const [, first = "", second] = path.split("/");
    const model = this.#models().get(modelId);
    const owner = second === undefined ? model : this.#models().get(model?.components.get(first)?.schema ?? "");
    const name = second ?? first;
    return owner?.properties.has(name) === true || owner?.telemetries.has(name) === true;
  }

  #set(twin: MirrorTwin, path: Pointer, value: unknown, told: Told): boolean {
    const known = twin.values.get(path);
    if (known && !isNewer(told.stamp, told.teller, known)) {
      return false;
    }
    if (known && known.source === told.stamp.source && isDeepStrictEqual(known.value, value)) {
      restamp(known, told.stamp); // an echo or a replay: nothing to show, nothing to write
      known.teller = told.teller;
      return false;
    }
    this.#put(twin, path, value, told, known);
    return true;
  }

  /** The provider's answer in place of what it told before. */
  #correct(twin: MirrorTwin, path: Pointer, value: unknown, held: MirrorValue, stamp: Stamp): void {
    if (held.source !== stamp.source || !isDeepStrictEqual(held.value, value)) {
      this.#put(twin, path, value, { stamp, teller: TELLER.read }, held);
    }
  }

  /** `known`: its entry, where the caller has it. */
  #put(
    twin: MirrorTwin,
    path: Pointer,
    value: unknown,
    { stamp, teller, transient }: Told,
    known = twin.values.get(path),
  ): void {
    const { source, received } = stamp;
    const revision = ++this.#revision;
    const isTransient = transient?.has(path) ?? false;
    const held = known ?? new MirrorValue();
    if (!known) {
      twin.values.set(path, held);
    }
    // In place: at thousands a second, entries that live until the next value are what the collector is busy with.
    restamp(held, stamp);
    const isOther = held.put(value);
    held.teller = teller;
    held.transient = isTransient;
    held.revision = revision;
    twin.seen = Math.max(twin.seen, source);
    tellValue(twin, path, held, isOther);
    for (const listener of this.#valueListeners) {
      listener(twin, path, held);
    }
    this.#emit({ kind: "value", twinId: twin.id, path, value, time: source, receivedAt: received });
  }

  #flat({ modelId, properties }: Twin): Iterable<[Pointer, unknown]> {
    return flattenProperties(this.#models().get(modelId), properties);
  }

  #emitGraph(change: GraphChange): void {
    this.#emit(change);
    for (const listener of this.#graphListeners) {
      listener(change);
    }
  }

  #emit(change: TwinChange): void {
    for (const listener of this.#listeners) {
      listener(change);
    }
  }
}

function restamp(held: MirrorValue, { source, received, sequence, origin }: Stamp): void {
  held.source = source;
  held.received = received;
  held.sequence = sequence;
  held.origin = origin;
}

function measureInterval(twin: MirrorTwin, received: number): void {
  if (twin.reportedAt > 0 && received > twin.reportedAt) {
    const distance = received - twin.reportedAt;
    twin.interval = twin.interval === 0 ? distance : twin.interval * 0.8 + distance * 0.2;
  }
  twin.reportedAt = received;
}

/** Told by the provider before the read began. */
function yields(held: MirrorValue, { since }: ReadOptions): boolean {
  return since !== undefined && held.teller !== TELLER.device && held.revision <= since;
}

function isGone(held: MirrorValue, options: ReadOptions): boolean {
  const replaced = options.replacedAt !== undefined && held.source <= options.replacedAt;
  return held.value !== undefined && !held.transient && (yields(held, options) || replaced);
}
