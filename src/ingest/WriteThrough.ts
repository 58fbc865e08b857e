/**
 * Brings device values from the mirror to the twin service: one patch per twin at a time, the newest value of each path.
 *
 * Way in, beside the mirror: EventPump submits paths, this reads their values when it writes, so that whatever came in
 * between goes along (invariant 4). Each written property carries its source time; the notification that comes back is
 * then older than or equal to what the mirror holds, and costs nothing. `echoes` helps where it comes without that time.
 * Here is when and in what order patches go; what is in one, and what a refusal means, is DevicePatches' matter.
 */
import { isDeepStrictEqual } from "node:util";
import { TwinError } from "../errors.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Clock, Log, Pointer, TwinEvent, TwinId, TwinPatchData, TwinProvider } from "../twins/types.ts";
import { TELLER } from "../twins/valueTime.ts";
import { DevicePatches, isPassing } from "./DevicePatches.ts";
import { Echoes } from "./Echoes.ts";
import type { DeadLetters } from "./LetterBox.ts";
import { Pacer } from "./Pacer.ts";
import { conclude, type Pending, PendingPaths, settle } from "./PendingPaths.ts";

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
  /** Wait after the first failure, ms; doubles with each one, up to 10 s. */
  backoffMs?: number;
  /**
   * Patches per second of this process, fewer while the service throttles (Pacer). More twins than this wait longer and
   * coalesce more: a patch costs this process 1–2 ms, which live values need first. Azure allows an instance 1,000.
   */
  patchesPerSecond?: number;
}

const MAX_BACKOFF_MS = 10_000;
/** While closing, what is pending goes out soon, yet a provider that is away is not hammered. */
const CLOSING_DELAY_MS = 100;

export class WriteThrough {
  readonly #o: Required<WriteThroughOptions>;
  readonly #pending: PendingPaths;
  readonly #busy = new Set<TwinId>();
  /** What waits for its next turn. */
  readonly #timers = new Map<TwinId, NodeJS.Timeout>();
  readonly #ready: TwinId[] = [];
  #closing: (() => void) | undefined;
  #closed = false;
  readonly echoes: Echoes;
  readonly #pacer: Pacer;
  readonly #patches: DevicePatches;
  /**
   * patches, values: written · coalesced: values that a newer one of the same path overtook while they waited · retried:
   * patches that failed and wait again, of them throttled: by a 429 · refused: values that the service will never take, kept
   * as dead letters · components: made because they were missing.
   */
  readonly counts = { patches: 0, values: 0, coalesced: 0, retried: 0, throttled: 0, refused: 0, components: 0 };

  constructor(options: WriteThroughOptions) {
    this.#o = { intervalMs: 500, concurrency: 16, backoffMs: 250, patchesPerSecond: 200, ...options };
    this.#pending = new PendingPaths(options.clock);
    this.echoes = new Echoes(options.clock);
    this.#pacer = new Pacer({ perSecond: this.#o.patchesPerSecond });
    const { echoes, counts } = this;
    this.#patches = new DevicePatches({ ...this.#o, echoes, counts, onSuccess: () => this.#pacer.succeeded() });
  }

  /** Twins that wait for a patch. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Patches per second that are allowed now: fewer than set while the service throttles. */
  get rate(): number {
    return this.#pacer.rate;
  }

  /**
   * Resolves when the provider holds these paths' values, or newer ones, or the dead letters hold what it refused; rejects
   * when not even they take it.
   */
  submit(twinId: TwinId, paths: readonly Pointer[], event: TwinEvent): Promise<void> {
    const { written, overtaken } = this.#pending.add(twinId, paths, event);
    this.counts.coalesced += overtaken;
    if (!this.#busy.has(twinId)) {
      this.#schedule(twinId, 0);
    }
    return written;
  }

  /**
   * Another process reads the partition now, and writes what was not done: what waits here for it is dropped. A write that
   * is under way ends, and is not repeated.
   */
  forget(source: string, partition: string): void {
    this.#pending.forget(source, partition);
    this.#checkDrained();
  }

  /**
   * A notification of somebody else's write: where it shows that an older value stands in the provider than the device has
   * told, the device's goes out again. Two processes may have written at once while a partition changed hands.
   */
  restore(event: TwinEvent): Promise<void>[] {
    const held = this.#o.mirror.get(event.subject)?.values;
    const stale = (event.data as TwinPatchData).patch.filter(({ op, path, value }) => {
      const own = held?.get(path);
      const written = op === "remove" ? undefined : value;
      return own?.teller === TELLER.device && !own.transient && !isDeepStrictEqual(own.value, written);
    });
    const paths = stale.map(({ path }) => path);
    return paths.length === 0 ? [] : [this.submit(event.subject, paths, event)];
  }

  /** Writes what is pending, for `timeoutMs` at the most. What is left was never checkpointed and comes again. */
  async close(timeoutMs = 3000): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#closing = resolve;
      this.#checkDrained();
    });
    for (const [twinId, waiting] of [...this.#timers]) {
      clearTimeout(waiting);
      this.#next(twinId, 0);
    }
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([drained, limit]);
    clearTimeout(timer);
    this.#closed = true;
    if (this.waiting > 0 || this.#underWay > 0) {
      const { waiting: twins } = this;
      const text = "stopping: device values could not be written in time, given up; their events come again";
      this.#o.log.warn({ twins, underWay: this.#underWay }, text);
    }
    clearTimeout(this.#paceTimer);
    for (const waiting of this.#timers.values()) {
      clearTimeout(waiting);
    }
  }

  #schedule(twinId: TwinId, delayMs: number): void {
    if (this.#closed) {
      return;
    }
    this.#busy.add(twinId);
    const start = () => {
      this.#timers.delete(twinId);
      this.#ready.push(twinId);
      this.#startReady();
    };
    this.#timers.set(twinId, setTimeout(start, delayMs));
  }

  #underWay = 0;
  #startReady(): void {
    while (this.#underWay < this.#o.concurrency && !this.#closed) {
      const [twinId] = this.#ready;
      if (twinId === undefined) {
        return;
      }
      const pending = this.#pending.has(twinId);
      if (pending && !this.#mayStart()) {
        return;
      }
      this.#ready.shift();
      if (!pending) {
        this.#busy.delete(twinId); // its pause after the last patch is over
        continue;
      }
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
    const wait = this.#pacer.take();
    if (wait > 0) {
      this.#paceTimer ??= setTimeout(() => {
        this.#paceTimer = undefined;
        this.#startReady();
      }, wait);
    }
    return wait === 0;
  }
  #paceTimer: NodeJS.Timeout | undefined;

  async #write(twinId: TwinId): Promise<void> {
    const pending = this.#pending.take(twinId);
    const twin = this.#o.mirror.get(twinId);
    if (!pending || !twin) {
      if (pending) {
        settle(pending); // deleted meanwhile
      }
      this.#busy.delete(twinId);
      return;
    }
    try {
      await this.#patches.write(twin, pending);
      void conclude(pending);
      this.#next(twinId, this.#o.intervalMs);
    } catch (error) {
      this.#onFailure(twinId, pending, error);
    }
  }

  #onFailure(twinId: TwinId, pending: Pending, error: unknown): void {
    if (error instanceof TwinError && isPassing(error)) {
      this.counts.retried++;
      this.#giveWay(error);
      this.#pending.putBack(twinId, pending);
      const backoff = Math.min(MAX_BACKOFF_MS, this.#o.backoffMs * 2 ** pending.attempts++);
      this.#next(twinId, error.retryAfterMs ?? backoff);
    } else {
      settle(pending, error); // a fault of this program: it was not checkpointed and comes again
      this.#next(twinId, this.#o.intervalMs);
    }
  }

  #giveWay({ code, retryAfterMs, message }: TwinError): void {
    if (code === "RATE_LIMITED") {
      this.counts.throttled++;
    }
    if (this.#pacer.slowDown(retryAfterMs)) {
      const rate = Math.round(this.#pacer.rate);
      this.#o.log.warn({ code, retryAfterMs, rate, waiting: this.waiting }, `patches go slower now: ${message}`);
    }
  }

  #next(twinId: TwinId, delayMs: number): void {
    this.#schedule(twinId, this.#closing ? Math.min(delayMs, CLOSING_DELAY_MS) : delayMs);
  }

  #checkDrained(): void {
    if (this.#pending.size === 0 && this.#underWay === 0) {
      this.#closing?.();
    }
  }
}
