/**
 * The joined space as the page sees it. The room's state tree stays the one home of values: this class tells, through
 * signals and frame listeners, when to read it again. Drained once per animation frame; `beat` ticks at most 10 times a
 * second for text, listeners run per frame for the scene.
 */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { WorldStatus } from "../../../src/protocol/names.ts";
import type { VisualTemplate } from "../../../src/protocol/visuals.ts";
import type { SpaceRoom } from "../net/requests.ts";
import { ChangeWatch, type Dirt } from "./ChangeWatch.ts";
import type {
  AlarmState,
  Keyed,
  LeaseState,
  LiveMap,
  OperationState,
  PlacementState,
  PlayerState,
  TwinState,
} from "./roomTypes.ts";

export type Severity = AlarmState["severity"];
const BEAT_MS = 100;
const RATE_MS = 1000;
const PING_MS = 5000;

/** Which twins changed since the last frame. */
export type FrameListener = (twins: ReadonlySet<string>) => void;

export class World {
  readonly room: SpaceRoom;
  readonly #watch = new ChangeWatch({ onDirt: () => this.#onDirt() });
  readonly #status = signal<WorldStatus>("loading");
  readonly #since = signal(0);
  readonly #name = signal("");
  readonly #models = signal<readonly string[]>([]);
  readonly #twinIds = signal<readonly string[]>([]);
  readonly #facts = signal(0);
  readonly #beat = signal(0);
  readonly #placements = signal<readonly Keyed<PlacementState>[]>([]);
  readonly #players = signal<readonly Keyed<PlayerState>[]>([]);
  readonly #operations = signal<readonly Keyed<OperationState>[]>([]);
  readonly #leases = signal<readonly Keyed<LeaseState>[]>([]);
  readonly #alarms = signal<readonly Keyed<AlarmState>[]>([]);
  /** The worst active or unacknowledged alarm of each twin. */
  readonly #severities: ReadonlySignal<ReadonlyMap<string, Severity>> = computed(() => worst(this.#alarms.value));
  readonly #visuals = signal<ReadonlyMap<string, VisualTemplate>>(new Map());
  readonly #rate = signal(0);
  readonly #delay = signal<number | undefined>(undefined);
  readonly #listeners = new Set<FrameListener>();
  readonly #timers: number[] = [];
  #patches = 0;
  #frame = 0;
  #beatTimer = 0;
  #lastBeat = 0;

  constructor(room: SpaceRoom) {
    this.room = room;
  }

  get space(): string {
    return this.room.state.space ?? "";
  }
  get status(): ReadonlySignal<WorldStatus> {
    return this.#status;
  }
  /** ms since epoch of the last change of `status`. */
  get since(): ReadonlySignal<number> {
    return this.#since;
  }
  get name(): ReadonlySignal<string> {
    return this.#name;
  }
  /** Model ids by the index that twins carry. */
  get models(): ReadonlySignal<readonly string[]> {
    return this.#models;
  }
  get twinIds(): ReadonlySignal<readonly string[]> {
    return this.#twinIds;
  }
  /** Ticks when a twin's name or link changed. */
  get facts(): ReadonlySignal<number> {
    return this.#facts;
  }
  /** Ticks at most ten times a second while values change. */
  get beat(): ReadonlySignal<number> {
    return this.#beat;
  }
  get placements(): ReadonlySignal<readonly Keyed<PlacementState>[]> {
    return this.#placements;
  }
  get players(): ReadonlySignal<readonly Keyed<PlayerState>[]> {
    return this.#players;
  }
  get operations(): ReadonlySignal<readonly Keyed<OperationState>[]> {
    return this.#operations;
  }
  /** By twin. */
  get leases(): ReadonlySignal<readonly Keyed<LeaseState>[]> {
    return this.#leases;
  }
  get alarms(): ReadonlySignal<readonly Keyed<AlarmState>[]> {
    return this.#alarms;
  }
  get severities(): ReadonlySignal<ReadonlyMap<string, Severity>> {
    return this.#severities;
  }
  /** How twins of a model look, by model id. */
  get visuals(): ReadonlySignal<ReadonlyMap<string, VisualTemplate>> {
    return this.#visuals;
  }
  /** State patches in the last second. */
  get rate(): ReadonlySignal<number> {
    return this.#rate;
  }
  /** Round trip to the server, ms. */
  get delay(): ReadonlySignal<number | undefined> {
    return this.#delay;
  }

  start(): void {
    const { state, serializer } = this.room;
    this.#watch.attach((serializer as unknown as { decoder: object }).decoder, state);
    this.#watch.adopt(state as unknown as Record<string, unknown>);
    this.#onDirt();
    this.#timers.push(
      window.setInterval(() => this.#measureRate(), RATE_MS),
      window.setInterval(() => this.#ping(), PING_MS),
    );
    this.#ping();
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    window.clearTimeout(this.#beatTimer);
    this.#timers.forEach((timer) => {
      window.clearInterval(timer);
    });
    this.#listeners.clear();
  }

  twin(id: string): TwinState | undefined {
    return this.room.state.twins?.get(id);
  }

  modelId(twin: TwinState): string {
    return this.#models.value[twin.$model] ?? "";
  }

  /** Called once per animation frame in which a twin changed. Returns the unsubscriber. */
  onFrame(listener: FrameListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #onDirt(): void {
    this.#patches++;
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#publish(this.#watch.drain());
      });
    }
  }

  #publish(dirt: Dirt): void {
    const { state } = this.room;
    if (dirt.root || this.#lastBeat === 0) {
      this.#publishRoot();
    }
    if (dirt.collections.has("twins")) {
      this.#twinIds.value = keys(state.twins);
    }
    publish(dirt, "placements", this.#placements, state.placements);
    publish(dirt, "players", this.#players, state.players);
    publish(dirt, "operations", this.#operations, state.operations);
    publish(dirt, "leases", this.#leases, state.leases);
    publish(dirt, "alarms", this.#alarms, state.alarms);
    if (dirt.collections.has("visuals")) {
      this.#visuals.value = readVisuals(state.visuals);
    }
    if (dirt.facts) {
      this.#facts.value++;
    }
    for (const listener of this.#listeners) {
      listener(dirt.twins);
    }
    this.#scheduleBeat();
  }

  #publishRoot(): void {
    const { state } = this.room;
    this.#status.value = state.status ?? "loading";
    this.#since.value = state.statusSince ?? 0;
    this.#name.value = state.name ?? "";
    this.#models.value = [...(state.models ?? [])];
  }

  #scheduleBeat(): void {
    const wait = this.#lastBeat + BEAT_MS - performance.now();
    if (wait <= 0) {
      this.#lastBeat = performance.now();
      this.#beat.value++;
    } else if (this.#beatTimer === 0) {
      this.#beatTimer = window.setTimeout(() => {
        this.#beatTimer = 0;
        this.#scheduleBeat();
      }, wait);
    }
  }

  #measureRate(): void {
    this.#rate.value = this.#patches;
    this.#patches = 0;
  }

  #ping(): void {
    this.room.ping((ms) => {
      this.#delay.value = ms;
    });
  }
}

function keys(map: LiveMap<unknown> | undefined): string[] {
  const ids: string[] = [];
  map?.forEach((_, id) => {
    ids.push(id);
  });
  return ids;
}

/** Copies a small collection into its signal when it is dirty. */
function publish<T extends object>(
  dirt: Dirt,
  name: "placements" | "players" | "operations" | "leases" | "alarms",
  target: Signal<readonly Keyed<T>[]>,
  map: LiveMap<T> | undefined,
): void {
  if (!dirt.collections.has(name)) {
    return;
  }
  const items: Keyed<T>[] = [];
  map?.forEach((item, id) => {
    items.push({ ...(toPlain(item) as T), id });
  });
  target.value = items;
}

/** Decoded objects keep their fields behind accessors; `toJSON` is the copy that schema offers. */
function toPlain(item: object): object {
  return "toJSON" in item && typeof item.toJSON === "function" ? (item.toJSON() as object) : item;
}

const RANK: Record<Severity, number> = { info: 0, warning: 1, critical: 2 };

function worst(alarms: readonly AlarmState[]): Map<string, Severity> {
  const found = new Map<string, Severity>();
  for (const { twinId, severity } of alarms) {
    const known = found.get(twinId);
    if (known === undefined || RANK[severity] > RANK[known]) {
      found.set(twinId, severity);
    }
  }
  return found;
}

function readVisuals(map: LiveMap<string> | undefined): Map<string, VisualTemplate> {
  const read = new Map<string, VisualTemplate>();
  map?.forEach((json, modelId) => {
    try {
      read.set(modelId, JSON.parse(json) as VisualTemplate);
    } catch {
      // put there by another hand: the model looks as its name says
    }
  });
  return read;
}
