/**
 * Brings device values from the mirror to the twin service: one patch per twin at a time, the newest value of each path.
 *
 * Way in, beside the mirror: EventPump submits paths, this reads their values when it writes, so that whatever came in
 * between goes along (invariant 4). Each written property carries its source time; the notification that comes back is
 * then older than or equal to what the mirror holds, and costs nothing.
 */
import type { TwinError } from "../errors.ts";
import { toTwinError } from "../errors.ts";
import type { MirrorTwin, TwinMirror } from "../twins/TwinMirror.ts";
import type { Clock, JsonPatchOp, Log, Pointer, TwinEvent, TwinId, TwinProvider } from "../twins/types.ts";
import type { DeadLetters } from "./EventPump.ts";

export interface WriteThroughOptions {
  provider: TwinProvider;
  mirror: TwinMirror;
  deadLetters: DeadLetters;
  log: Log;
  clock: Clock;
  /** Least distance between two patches of one twin, ms. Azure allows 10 writes a second on one twin. */
  intervalMs?: number;
  /** Patches under way at once. */
  concurrency?: number;
  /**
   * Patches per second of this process. More twins than this wait longer and coalesce more: a patch costs this process
   * 1–2 ms, which live values need first. Azure's limit for a whole instance is 1,000.
   */
  patchesPerSecond?: number;
}

interface Pending {
  paths: Set<Pointer>;
  /** The last event that added a path; what a dead letter shows. */
  event: TwinEvent;
  written: Promise<void>;
  resolve: () => void;
  attempts: number;
}

const MAX_BACKOFF_MS = 10_000;
/** Patches that may start at once after a pause. */
const MAX_BURST = 10;
/** While closing, what is pending goes out soon, yet a provider that is away is not hammered. */
const CLOSING_DELAY_MS = 100;

export class WriteThrough {
  readonly #o: Required<WriteThroughOptions>;
  readonly #pending = new Map<TwinId, Pending>();
  readonly #busy = new Set<TwinId>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #ready: TwinId[] = [];
  #closing: (() => void) | undefined;
  #closed = false;
  readonly counts = { patches: 0, values: 0, coalesced: 0, retried: 0, refused: 0 };

  constructor(options: WriteThroughOptions) {
    this.#o = { intervalMs: 500, concurrency: 16, patchesPerSecond: 200, ...options };
  }

  /** Resolves when the provider holds these paths' values, or newer ones, or the dead letters hold what it refused. */
  submit(twinId: TwinId, paths: readonly Pointer[], event: TwinEvent): Promise<void> {
    let pending = this.#pending.get(twinId);
    if (!pending) {
      const { promise, resolve } = Promise.withResolvers<void>();
      pending = { paths: new Set(), event, written: promise, resolve, attempts: 0 };
      this.#pending.set(twinId, pending);
      if (!this.#busy.has(twinId)) {
        this.#schedule(twinId, 0);
      }
    }
    for (const path of paths) {
      if (pending.paths.has(path)) {
        this.counts.coalesced++;
      }
      pending.paths.add(path);
    }
    pending.event = event;
    return pending.written;
  }

  /** Writes what is pending, for `timeoutMs` at the most. What is left was never checkpointed and comes again. */
  async close(timeoutMs = 3000): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#closing = resolve;
      this.#checkDrained();
    });
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([drained, limit]);
    clearTimeout(timer);
    this.#closed = true;
    clearTimeout(this.#paceTimer);
    for (const t of this.#timers) {
      clearTimeout(t);
    }
  }

  #schedule(twinId: TwinId, delayMs: number): void {
    this.#busy.add(twinId);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#ready.push(twinId);
      this.#startReady();
    }, delayMs);
    this.#timers.add(timer);
  }

  #underWay = 0;
  #startReady(): void {
    while (this.#ready.length > 0 && this.#underWay < this.#o.concurrency && !this.#closed && this.#mayStart()) {
      const twinId = this.#ready.shift() as TwinId;
      this.#underWay++;
      void this.#write(twinId).finally(() => {
        this.#underWay--;
        this.#startReady();
        this.#checkDrained();
      });
    }
  }

  /** Keeps the rate; where it says no, it calls again when the next patch may start. */
  #mayStart(): boolean {
    const now = performance.now();
    if (now < this.#nextStart) {
      this.#paceTimer ??= setTimeout(() => {
        this.#paceTimer = undefined;
        this.#startReady();
      }, this.#nextStart - now);
      return false;
    }
    const step = 1000 / this.#o.patchesPerSecond;
    this.#nextStart = Math.max(this.#nextStart + step, now - MAX_BURST * step);
    return true;
  }
  /** The earliest moment for the next patch, ms of performance.now(). */
  #nextStart = 0;
  #paceTimer: NodeJS.Timeout | undefined;

  async #write(twinId: TwinId): Promise<void> {
    const pending = this.#pending.get(twinId);
    const twin = this.#o.mirror.get(twinId);
    this.#pending.delete(twinId);
    if (!pending) {
      this.#busy.delete(twinId);
      return;
    }
    if (!twin) {
      pending.resolve(); // deleted meanwhile
      this.#busy.delete(twinId);
      return;
    }
    const patch = patchOf(twin, pending.paths);
    try {
      if (patch.length > 0) {
        await this.#o.provider.patchTwin(twinId, patch);
      }
      this.counts.patches++;
      this.counts.values += pending.paths.size;
      pending.resolve();
      this.#next(twinId, this.#o.intervalMs);
    } catch (error) {
      this.#onRefusal(twinId, pending, toTwinError(error));
    }
  }

  #onRefusal(twinId: TwinId, pending: Pending, error: TwinError): void {
    if (error.code === "UNAVAILABLE" || error.code === "RATE_LIMITED") {
      this.counts.retried++;
      this.#restore(twinId, pending);
      const backoff = Math.min(MAX_BACKOFF_MS, 250 * 2 ** pending.attempts);
      this.#next(twinId, error.retryAfterMs ?? backoff);
      return;
    }
    this.counts.refused++;
    this.#o.log.warn({ twinId, code: error.code, err: error }, "the twin service refused a device's values for good");
    const { position, source, receivedAt } = pending.event;
    const raw = Buffer.from(JSON.stringify(pending.event));
    this.#o.deadLetters.add({ source, position, receivedAt, raw, reason: `${error.code}: ${error.message}` });
    pending.resolve();
    this.#next(twinId, this.#o.intervalMs);
  }

  /** Joins what could not be written with what came since; both wait for the next patch. */
  #restore(twinId: TwinId, pending: Pending): void {
    const newer = this.#pending.get(twinId);
    pending.attempts++;
    if (newer) {
      const { resolve } = pending;
      for (const path of newer.paths) {
        pending.paths.add(path);
      }
      pending.event = newer.event;
      pending.resolve = () => {
        resolve();
        newer.resolve();
      };
    }
    this.#pending.set(twinId, pending);
  }

  #next(twinId: TwinId, delayMs: number): void {
    if (this.#closed) {
      return;
    }
    this.#schedule(twinId, this.#closing ? Math.min(delayMs, CLOSING_DELAY_MS) : delayMs);
  }

  #checkDrained(): void {
    if (this.#pending.size === 0 && this.#underWay === 0) {
      this.#closing?.();
    }
  }
}

/** `add` replaces too (RFC 6902), so it fits whether or not the twin has a value yet. */
function patchOf(twin: MirrorTwin, paths: ReadonlySet<Pointer>): JsonPatchOp[] {
  const patch: JsonPatchOp[] = [];
  for (const path of paths) {
    const held = twin.values.get(path);
    if (held && held.value !== undefined) {
      patch.push({ op: "add", path, value: held.value });
      patch.push({ op: "add", path: metadataPath(path), value: new Date(held.source).toISOString() });
    }
  }
  return patch;
}

/** `/temperature` → `/$metadata/temperature/sourceTime` · `/motor/current` → `/motor/$metadata/current/sourceTime`. */
function metadataPath(path: Pointer): Pointer {
  const cut = path.lastIndexOf("/");
  return `${path.slice(0, cut)}/$metadata${path.slice(cut)}/sourceTime`;
}
