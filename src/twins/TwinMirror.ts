/**
 * The process's picture of the twin graph: a cache of the provider, newer where devices have spoken since.
 *
 * Way in: EventPump → here → `TwinChange` → TwinSyncPlugin. The mirror is the one writer of twin values in room state.
 * Newest wins per property (invariant 3): older values and repeats are no-ops, whatever order they arrive in.
 */
import type { Interface, ModelGraph } from "../dtdl/types.ts";
import { applyPatch } from "./jsonPatch.ts";
import type { Dtmi, JsonPatchOp, Link, Pointer, Relationship, Twin, TwinChange, TwinId, ValueTime } from "./types.ts";
import { LINK } from "./types.ts";

/** One value with its times. `origin` is the hub or provider that told it: sequences compare only within one origin. */
export interface MirrorValue extends ValueTime {
  value: unknown;
  origin: string;
  /** DTDL Telemetry: shown, never stored in the twin. */
  transient: boolean;
}

export interface MirrorTwin {
  readonly id: TwinId;
  modelId: Dtmi;
  etag: string | undefined;
  /** By pointer: `/temperature`, `/motor/current`. A removed property stays as `value: undefined`, for its time. */
  readonly values: Map<Pointer, MirrorValue>;
  /** Source time of the newest value, ms since epoch; 0 = never. */
  seen: number;
  link: Link;
  /** When its device last spoke, ms since epoch by our clock; 0 = not in this process's life. */
  reportedAt: number;
  /** Running mean of the distance between reports, ms; 0 = not known. Stale is three times this, at least 10 s. */
  interval: number;
  /** When it was last taken whole from the provider, ms since epoch. */
  loadedAt: number;
}

/** Time and origin of a group of values. */
export interface Stamp extends ValueTime {
  origin: string;
}

/** The contract's rule: the past is trusted, the future is not. */
export function boundedTime(sourceTime: number, enqueuedAt: number): number {
  return Math.min(sourceTime, enqueuedAt + 5000);
}

const STALE_FACTOR = 3;
const MIN_STALE_MS = 10_000;

export class TwinMirror {
  readonly #twins = new Map<TwinId, MirrorTwin>();
  readonly #outgoing = new Map<TwinId, Map<string, Relationship>>();
  readonly #incoming = new Map<TwinId, Map<string, Relationship>>();
  readonly #listeners = new Set<(change: TwinChange) => void>();
  readonly #models: () => ModelGraph;

  constructor(models: () => ModelGraph) {
    this.#models = models;
  }

  get size(): number {
    return this.#twins.size;
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
        const holder = second === undefined ? properties : (properties[first] as Record<string, unknown>);
        holder[second ?? first] = value;
        times[path] = source;
      }
    }
    return { id, modelId: held.modelId, properties, times, ...(held.etag === undefined ? {} : { etag: held.etag }) };
  }

  outgoing(id: TwinId): Iterable<Relationship> {
    return this.#outgoing.get(id)?.values() ?? [];
  }

  incoming(id: TwinId): Iterable<Relationship> {
    return this.#incoming.get(id)?.values() ?? [];
  }

  /** Called synchronously for every change, in order. Returns the unsubscriber. A listener may not throw. */
  onChange(listener: (change: TwinChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes a whole twin from the provider: adds it, or merges it under newest-wins. A changed model replaces it. */
  upsertTwin(twin: Twin, receivedAt: number): void {
    const known = this.#twins.get(twin.id);
    if (known && known.modelId !== twin.modelId) {
      this.removeTwin(twin.id);
    }
    const target = this.#twins.get(twin.id) ?? this.#add(twin.id, twin.modelId);
    target.etag = twin.etag;
    target.loadedAt = receivedAt;
    for (const [path, value] of this.#flatten(twin.modelId, twin.properties)) {
      const source = twin.times[path] ?? 0;
      this.#set(target, path, value, { source, received: receivedAt, sequence: -1, origin: "provider" }, false);
    }
  }

  removeTwin(id: TwinId): boolean {
    if (!this.#twins.delete(id)) {
      return false;
    }
    this.#emit({ kind: "twin.removed", twinId: id });
    return true;
  }

  /** Sets the values that win; answers which did. Unknown twins are the caller's matter: nothing happens. */
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
    const won: Pointer[] = [];
    for (const [path, value] of values) {
      if (this.#set(twin, path, value, stamp, options.transient?.has(path) ?? false)) {
        won.push(path);
      }
    }
    if (won.length > 0) {
      measureInterval(twin, stamp.received);
      this.setLink(id, LINK.live);
    }
    return won;
  }

  /**
   * Applies a provider's change notification. Operations below a property change the property's whole value;
   * `/$metadata/<property>/sourceTime` operations give a property its time. Answers false when the twin must be read
   * again from the provider: its model changed, a component was replaced whole, or the patch does not fit what we hold.
   */
  applyPatch(id: TwinId, patch: readonly JsonPatchOp[], stamp: Stamp): boolean {
    const twin = this.#twins.get(id);
    const model = twin && this.#models().get(twin.modelId);
    if (!twin || !model) {
      return false;
    }
    const sourceTimes = sourceTimesOf(patch);
    const touched = new Map<Pointer, unknown>();
    for (const op of patch) {
      if (isMetadata(op.path)) {
        if (op.path === "/$metadata/$model") {
          return false;
        }
        continue;
      }
      const path = propertyPointer(model, op.path);
      if (path === undefined) {
        return false;
      }
      const before = touched.has(path) ? touched.get(path) : twin.values.get(path)?.value;
      const after = patched(before, op, path);
      if (after === MISFIT) {
        return false;
      }
      touched.set(path, after);
    }
    for (const [path, value] of touched) {
      const source = sourceTimes.get(path) ?? stamp.source;
      this.#set(twin, path, value, { ...stamp, source }, false);
    }
    return true;
  }

  setLink(id: TwinId, link: Link): void {
    const twin = this.#twins.get(id);
    if (twin && twin.link !== link) {
      twin.link = link;
      this.#emit({ kind: "link", twinId: id, link });
    }
  }

  /** Marks twins stale that have been silent for three times their interval. Called about once a second. */
  sweepStale(now: number): void {
    for (const twin of this.#twins.values()) {
      const limit = Math.max(MIN_STALE_MS, twin.interval * STALE_FACTOR);
      if (twin.link === LINK.live && twin.interval > 0 && now - twin.reportedAt > limit) {
        this.setLink(twin.id, LINK.stale);
      }
    }
  }

  upsertRelationship(r: Relationship): void {
    const known = this.#outgoing.get(r.sourceId)?.get(r.id);
    if (known) {
      this.removeRelationship(r.sourceId, r.id);
    }
    index(this.#outgoing, r.sourceId).set(r.id, r);
    index(this.#incoming, r.targetId).set(`${r.sourceId}/${r.id}`, r);
    this.#emit({ kind: "relationship.added", relationship: r });
  }

  removeRelationship(sourceId: TwinId, id: string): void {
    const known = this.#outgoing.get(sourceId)?.get(id);
    if (known) {
      this.#outgoing.get(sourceId)?.delete(id);
      this.#incoming.get(known.targetId)?.delete(`${sourceId}/${id}`);
      this.#emit({ kind: "relationship.removed", relationship: known });
    }
  }

  #add(id: TwinId, modelId: Dtmi): MirrorTwin {
    const twin: MirrorTwin = {
      id,
      modelId,
      etag: undefined,
      values: new Map(),
      seen: 0,
      link: LINK.never,
      reportedAt: 0,
      interval: 0,
      loadedAt: 0,
    };
    this.#twins.set(id, twin);
    this.#emit({ kind: "twin.added", twinId: id });
    return twin;
  }

  #set(twin: MirrorTwin, path: Pointer, value: unknown, stamp: Stamp, transient: boolean): boolean {
    const known = twin.values.get(path);
    if (known && !isNewer(stamp, known)) {
      return false;
    }
    twin.values.set(path, { value, transient, ...stamp });
    twin.seen = Math.max(twin.seen, stamp.source);
    this.#emit({ kind: "value", twinId: twin.id, path, value, time: stamp.source, receivedAt: stamp.received });
    return true;
  }

  /** Nested properties → pointers. Object-valued properties stay whole, components are opened. */
  *#flatten(modelId: Dtmi, properties: Record<string, unknown>): Generator<[Pointer, unknown]> {
    const components = this.#models().get(modelId)?.components;
    for (const [name, value] of Object.entries(properties)) {
      if (components?.has(name) && typeof value === "object" && value !== null) {
        for (const [inner, innerValue] of Object.entries(value)) {
          yield [`/${name}/${inner}`, innerValue];
        }
      } else {
        yield [`/${name}`, value];
      }
    }
  }

  #emit(change: TwinChange): void {
    for (const listener of this.#listeners) {
      listener(change);
    }
  }
}

function measureInterval(twin: MirrorTwin, received: number): void {
  if (twin.reportedAt > 0 && received > twin.reportedAt) {
    const distance = received - twin.reportedAt;
    twin.interval = twin.interval === 0 ? distance : twin.interval * 0.8 + distance * 0.2;
  }
  twin.reportedAt = received;
}

/** Newest source time wins; equal times: the later sequence of the same origin. */
function isNewer(a: Stamp, b: MirrorValue): boolean {
  return a.source > b.source || (a.source === b.source && a.origin === b.origin && a.sequence > b.sequence);
}

function index<K, V>(map: Map<K, Map<string, V>>, key: K): Map<string, V> {
  let inner = map.get(key);
  if (!inner) {
    inner = new Map();
    map.set(key, inner);
  }
  return inner;
}

function isMetadata(path: Pointer): boolean {
  return path.startsWith("/$metadata") || path.includes("/$metadata/");
}

/** `/$metadata/p/sourceTime` and `/c/$metadata/p/sourceTime` → pointer of the property → ms since epoch. */
function sourceTimesOf(patch: readonly JsonPatchOp[]): Map<Pointer, number> {
  const times = new Map<Pointer, number>();
  for (const op of patch) {
    const match = /^(\/[^/]+)?\/\$metadata\/([^/]+)\/sourceTime$/.exec(op.path);
    const time = match && Date.parse(String(op.value));
    if (match && typeof time === "number" && !Number.isNaN(time)) {
      times.set(`${match[1] ?? ""}/${match[2]}`, time);
    }
  }
  return times;
}

/** The property that a patch path touches, or undefined when it replaces a component whole. */
function propertyPointer(model: Interface, path: Pointer): Pointer | undefined {
  const [, first = "", second] = path.split("/");
  if (!model.components.has(first)) {
    return `/${first}`;
  }
  return second === undefined ? undefined : `/${first}/${second}`;
}

const MISFIT = Symbol("misfit");

function patched(before: unknown, op: JsonPatchOp, property: Pointer): unknown {
  if (op.path === property) {
    return op.op === "remove" ? undefined : op.value;
  }
  if (typeof before !== "object" || before === null) {
    return MISFIT;
  }
  try {
    return applyPatch(before as Record<string, unknown>, [{ ...op, path: op.path.slice(property.length) }]);
  } catch {
    return MISFIT;
  }
}
