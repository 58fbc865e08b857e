/**
 * Compares models and mirror with the provider and mends differences: after the start, when a link is back, and at
 * intervals. What it mends in the mirror was missed by events, so `mended` should stay 0 but for outages; of models there
 * are no events (ModelRepair), so they are not counted.
 *
 * Pages of a query, which may be 10 s old, nominate; a GET decides, twice: what is on its way as an event is none of its
 * business. Made by runtime.ts; GraphEvents does the reading that counts.
 */
import { setTimeout as setTimeoutAsync } from "node:timers/promises";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Clock, Log, Relationship, TwinId, TwinProvider } from "../twins/types.ts";
import { type GraphEvents, isSame } from "./GraphEvents.ts";
import type { ModelRepair } from "./ModelRepair.ts";

export interface GraphRepairOptions {
  provider: TwinProvider;
  mirror: TwinMirror;
  graph: Pick<GraphEvents, "readTwin" | "readRelationships">;
  models: Pick<ModelRepair, "run">;
  log: Log;
  clock: Clock;
  /** After the start, ms: by then a query knows what was written before it. */
  firstMs?: number;
  intervalMs?: number;
  /** After a link is back, ms: what the hub kept comes first. */
  reconnectMs?: number;
  /** What came in during this time, ms, is left to the next run: a query may not know it yet. */
  settleMs?: number;
  /** Between the two GETs, ms: events that are on their way arrive. */
  graceMs?: number;
}

/** Reads under way at once: others use the service too. */
const CONCURRENCY = 4;
const CLOSE_LIMIT_MS = 500;
/** A service that a run cannot read is asked again after this. */
const AFTER_FAILURE_MS = 30_000;
/** Twins that do not fit their models for good cost one reading of the models in this time. */
const DOUBT_MS = 60_000;

type Reason = "interval" | "reconnected" | "takenOver" | "models";

export class GraphRepair {
  readonly #o: Required<GraphRepairOptions>;
  /** One for each reason: a run for one of them comes too early for another, or had begun before it. */
  readonly #timers = new Map<Reason, NodeJS.Timeout>();
  #running: Promise<void> | undefined;
  #doubting: Promise<void> | undefined;
  #doubtedAt = Number.NEGATIVE_INFINITY;
  readonly #stop = new AbortController();
  /** nominated: twins and sources of relationships that a page showed otherwise · mended: what really was wrong. */
  readonly counts = { runs: 0, failed: 0, nominated: 0, mended: 0 };

  constructor(options: GraphRepairOptions) {
    const defaults = { firstMs: 15_000, intervalMs: 600_000, reconnectMs: 5000, settleMs: 15_000, graceMs: 3000 };
    this.#o = { ...defaults, ...options };
  }

  start(): void {
    this.#schedule("interval", this.#o.firstMs);
  }

  /** A link that was lost is back. */
  reconnected(): void {
    this.#schedule("reconnected", this.#o.reconnectMs);
  }

  /** A partition came from another process: what that one read is in the provider, and here it is not. */
  takenOver(): void {
    this.#schedule("takenOver", this.#o.firstMs);
  }

  /** A twin came that does not fit its model: the models are compared at once, and all twins if one is another. */
  modelsDoubted(): void {
    const now = this.#o.clock();
    if (now - this.#doubtedAt >= DOUBT_MS && !this.#stop.signal.aborted) {
      this.#doubtedAt = now;
      this.#doubting = this.#doubt();
    }
  }

  /** A read that hangs is left behind. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#timers.values()) {
      clearTimeout(timer);
    }
    const all = Promise.all([this.#running, this.#doubting]);
    await Promise.race([all, setTimeoutAsync(CLOSE_LIMIT_MS, undefined, { ref: false })]);
  }

  /** One comparison, now. Joins one that runs. Never rejects: `counts` tell. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  #schedule(reason: Reason, ms: number): void {
    clearTimeout(this.#timers.get(reason));
    if (!this.#stop.signal.aborted) {
      this.#timers.set(reason, setTimeout(() => void this.#runAnew(), ms).unref());
    }
  }

  /** One that runs already may have read what has changed since. */
  async #runAnew(): Promise<void> {
    await this.#running;
    if (!this.#stop.signal.aborted) {
      await this.run();
    }
  }

  async #run(): Promise<void> {
    const { log, intervalMs } = this.#o;
    const before = { ...this.counts };
    let next = intervalMs;
    try {
      await this.#o.models.run(this.#stop.signal);
      await this.#mendTwins();
      await this.#mendRelationships();
      this.counts.runs++;
    } catch (error) {
      this.counts.failed++;
      next = Math.min(intervalMs, AFTER_FAILURE_MS);
      this.#warn(error, "the mirror could not be compared with the twin service");
    }
    const mended = this.counts.mended - before.mended;
    if (mended > 0) {
      log.warn({ mended }, "the mirror differed from the twin service and was mended");
    }
    this.#schedule("interval", next);
  }

  async #doubt(): Promise<void> {
    try {
      if ((await this.#o.models.run(this.#stop.signal)) > 0) {
        this.#schedule("models", 0);
      }
    } catch (error) {
      this.#warn(error, "the models could not be compared with the twin service");
    }
  }

  #warn(error: unknown, text: string): void {
    if (!this.#stop.signal.aborted) {
      this.#o.log.warn({ err: error }, text);
    }
  }

  async #mendTwins(): Promise<void> {
    const { mirror, provider, clock, graph } = this.#o;
    const settled = clock() - this.#o.settleMs;
    const missing = new Set(Array.from(mirror.twins()).flatMap((t) => (t.loadedAt <= settled ? [t.id] : [])));
    const nominated: TwinId[] = [];
    for await (const twin of provider.listTwins()) {
      this.#stop.signal.throwIfAborted();
      missing.delete(twin.id);
      if (mirror.differs(twin, { since: Number.POSITIVE_INFINITY, settled })) {
        nominated.push(twin.id);
      }
    }
    const isWrong = async (id: TwinId) => {
      const since = mirror.revision;
      const twin = await provider.getTwin(id);
      return twin ? mirror.differs(twin, { since }) : mirror.get(id) !== undefined;
    };
    const mend = async (id: TwinId) => ((await graph.readTwin(id)) ? 1 : 0);
    await this.#decide([...nominated, ...missing], isWrong, mend);
  }

  async #mendRelationships(): Promise<void> {
    const { mirror, provider, graph } = this.#o;
    const missing = new Map<string, TwinId>();
    for (const { id } of mirror.twins()) {
      for (const r of mirror.outgoing(id)) {
        missing.set(`${r.sourceId}/${r.id}`, r.sourceId);
      }
    }
    const nominated = new Set<TwinId>();
    for await (const r of provider.listRelationships()) {
      this.#stop.signal.throwIfAborted();
      missing.delete(`${r.sourceId}/${r.id}`);
      if (!isSame(r, mirror.relationship(r.sourceId, r.id))) {
        nominated.add(r.sourceId);
      }
    }
    for (const sourceId of missing.values()) {
      nominated.add(sourceId);
    }
    const isWrong = async (sourceId: TwinId) => !sameAll(await readAll(provider, sourceId), mirror.outgoing(sourceId));
    await this.#decide([...nominated], isWrong, (sourceId) => graph.readRelationships(sourceId));
  }

  /** `mend`: reads again, and answers how much really was wrong. */
  async #decide(
    nominated: readonly TwinId[],
    isWrong: (id: TwinId) => Promise<boolean>,
    mend: (id: TwinId) => Promise<number>,
  ): Promise<void> {
    this.counts.nominated += nominated.length;
    const wrong: TwinId[] = [];
    await this.#each(nominated, async (id) => {
      if (await isWrong(id)) {
        wrong.push(id);
      }
    });
    if (wrong.length > 0) {
      await sleep(this.#o.graceMs, this.#stop.signal);
    }
    await this.#each(wrong, async (id) => {
      const mended = await mend(id);
      this.counts.mended += mended;
    });
  }

  async #each(ids: readonly TwinId[], work: (id: TwinId) => Promise<void>): Promise<void> {
    const left = ids.values(); // shared: each worker takes the next one
    const worker = async () => {
      for (const id of left) {
        this.#stop.signal.throwIfAborted();
        await work(id);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }
}

async function readAll(provider: TwinProvider, sourceId: TwinId): Promise<Relationship[]> {
  return (await provider.getTwin(sourceId)) ? Array.fromAsync(provider.relationships(sourceId)) : [];
}

function sameAll(there: readonly Relationship[], held: Iterable<Relationship>): boolean {
  const byId = new Map(Array.from(held, (r) => [r.id, r]));
  return there.length === byId.size && there.every((r) => isSame(r, byId.get(r.id)));
}

/** Rejects when aborted. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return setTimeoutAsync(ms, undefined, { signal, ref: false });
}
