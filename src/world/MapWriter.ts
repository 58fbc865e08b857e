/**
 * Writes one Map property of one twin of ours, key by key: many changes in a patch, one patch in flight, paced.
 *
 * Way back: Placements → here → TwinProvider. A patch names only the keys that changed here and carries no etag, so that
 * two servers that write the same twin do not overwrite each other's keys. A change that comes while its key is on the
 * way waits for the next patch; of several to one key the last one is sent. Throttling and outages are waited out, within
 * a limit; what the service refuses is told as failed. The twin is created by its first write.
 */
import { setTimeout as delay } from "node:timers/promises";
import { TwinError, toTwinError } from "../errors.ts";
import { toPointer } from "../twins/jsonPatch.ts";
import type { Clock, JsonPatchOp, Log, Twin, TwinProvider } from "../twins/types.ts";

export interface Pace {
  /** Least distance of two writes of one twin. Azure takes 10 a second; the rest is left to others. */
  intervalMs: number;
  /** First wait after a failure; doubles up to 40 times that. The service's Retry-After goes before. */
  backoffMs: number;
  /** Time after the first failure in a row when a change is given up. */
  giveUpMs: number;
}
export const PACE: Pace = { intervalMs: 125, backoffMs: 250, giveUpMs: 300_000 };

export interface MapWriterOptions {
  provider: Pick<TwinProvider, "getTwin" | "putTwin" | "patchTwin">;
  /** The twin without the Map: what is put when it is not there. */
  twin: Omit<Twin, "times" | "etag">;
  /** Name of the Map property. */
  property: string;
  /** Keys that the stored twin has; absent when it is not there. */
  stored?: Iterable<string>;
  /** Awaited before the twin is created: what it needs. */
  prepare: () => Promise<void>;
  /** These keys are as asked for, or (with `failure`) will not be. Keys that changed meanwhile are not among them. */
  onSettled: (keys: string[], failure?: TwinError) => void;
  pace?: Partial<Pace>;
  log: Log;
  clock: Clock;
}

/** Key → value; undefined: to be removed. */
type Changes = Map<string, unknown>;

/** Azure takes more, but a patch is a notification too, and those end at 256 KB with everything around. */
const KEYS_PER_PATCH = 100;
/** Azure takes a body of 32 KB. */
const BYTES_PER_PATCH = 28_000;

export class MapWriter {
  readonly #options: MapWriterOptions;
  readonly #pace: Pace;
  #waiting: Changes = new Map();
  #sent: Changes = new Map();
  /** Keys in the stored Map; undefined while the twin is not there. */
  #stored: Set<string> | undefined;
  #running: Promise<void> = Promise.resolve();
  #active = false;
  #failingSince: number | undefined;
  #failures = 0;
  readonly #stop = new AbortController();

  constructor(options: MapWriterOptions) {
    this.#options = options;
    this.#pace = { ...PACE, ...options.pace };
    this.#stored = options.stored && new Set(options.stored);
  }

  get pending(): number {
    return this.#waiting.size + [...this.#sent.keys()].filter((key) => !this.#waiting.has(key)).length;
  }

  isPending(key: string): boolean {
    return this.#waiting.has(key) || this.#sent.has(key);
  }

  /** `undefined` removes the key. */
  set(key: string, value: unknown): void {
    this.#waiting.set(key, value);
    if (!this.#active && !this.#stop.signal.aborted) {
      this.#active = true;
      this.#running = this.#run();
    }
  }

  /**
   * Keys that the stored Map has by another hand. What is told may be older than what was written here, so no key is
   * forgotten by it: to remove one that is gone costs a refusal and a look, to believe one gone would leave it there.
   */
  learn(stored: Iterable<string>): void {
    this.#stored = new Set([...(this.#stored ?? []), ...stored]);
  }

  /** Resolves when nothing is pending, or when it was stopped. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** What is pending stays so. */
  stop(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    // One turn of the loop: what is asked for together goes together.
    let wait = 0;
    while (this.#waiting.size > 0 && (await slept(wait, signal))) {
      wait = await this.#writeOnce();
    }
    this.#active = false;
  }

  /** Answers how long to wait before the next one. */
  async #writeOnce(): Promise<number> {
    this.#sent = new Map(this.#nextOfWaiting());
    for (const key of this.#sent.keys()) {
      this.#waiting.delete(key);
    }
    const startedAt = this.#options.clock();
    try {
      await this.#write(this.#sent);
      this.#settle();
    } catch (error) {
      const failure = toTwinError(error);
      if (!mayPass(failure)) {
        this.#settle(failure);
      } else if (this.#isWorthWaiting(startedAt)) {
        return this.#postpone(failure);
      } else {
        this.#settle(this.#givenUp(failure));
      }
    }
    return Math.max(0, startedAt + this.#pace.intervalMs - this.#options.clock());
  }

  /** As many as one patch takes, at least one. */
  #nextOfWaiting(): [string, unknown][] {
    const next: [string, unknown][] = [];
    let bytes = 0;
    for (const [key, value] of this.#waiting) {
      bytes += Buffer.byteLength(JSON.stringify({ op: "add", path: `/${this.#options.property}/${key}`, value })) + 1;
      if (next.length >= KEYS_PER_PATCH || (next.length > 0 && bytes > BYTES_PER_PATCH)) {
        break;
      }
      next.push([key, value]);
    }
    return next;
  }

  #settle(failure?: TwinError): void {
    const keys = [...this.#sent.keys()].filter((key) => !this.#waiting.has(key));
    this.#sent = new Map();
    this.#failingSince = undefined;
    this.#failures = 0;
    if (failure !== undefined) {
      const { id } = this.#options.twin;
      this.#options.log.warn({ err: failure, twinId: id, keys: keys.length }, "changes of the layout were refused");
    }
    this.#options.onSettled(keys, failure);
  }

  /** Since the first attempt in a row that failed: it may itself have waited for what the twin needs. */
  #isWorthWaiting(startedAt: number): boolean {
    this.#failingSince ??= startedAt;
    return this.#options.clock() - this.#failingSince < this.#pace.giveUpMs;
  }

  #givenUp(cause: TwinError): TwinError {
    return new TwinError(cause.code, `Given up after ${this.#pace.giveUpMs / 1000} s: ${cause.message}`, { cause });
  }

  #postpone({ code, retryAfterMs }: TwinError): number {
    this.#waiting = new Map([...this.#sent, ...this.#waiting]);
    this.#sent = new Map();
    const { backoffMs, intervalMs } = this.#pace;
    const wait = Math.max(intervalMs, retryAfterMs ?? backoffMs * Math.min(2 ** this.#failures, 40));
    this.#failures += 1;
    this.#options.log.debug({ twinId: this.#options.twin.id, code, wait }, "the layout is written later");
    return wait;
  }

  async #write(changes: Changes): Promise<void> {
    if (this.#stored === undefined && (await this.#create(changes))) {
      return;
    }
    try {
      await this.#patch(changes);
    } catch (error) {
      const { code } = toTwinError(error);
      if (code !== "NOT_FOUND" && code !== "INVALID_VALUE") {
        throw error;
      }
      // Another hand changed the twin: removed a key that we remove, or all of it.
      await this.#read();
      await (this.#stored === undefined ? this.#create(changes) : this.#patch(changes));
    }
  }

  /** False when another server was first: then there is something to patch. */
  async #create(changes: Changes): Promise<boolean> {
    const { provider, twin, property, prepare } = this.#options;
    const added = [...changes].filter(([, value]) => value !== undefined);
    if (added.length === 0) {
      return true;
    }
    await prepare();
    try {
      const properties = { ...twin.properties, [property]: Object.fromEntries(added) };
      await provider.putTwin({ ...twin, properties }, { ifNoneMatch: "*" });
    } catch (error) {
      if (toTwinError(error).code !== "CONFLICT") {
        throw error;
      }
      await this.#read();
      return false;
    }
    this.#stored = new Set(added.map(([key]) => key));
    return true;
  }

  async #patch(changes: Changes): Promise<void> {
    const { provider, twin, property } = this.#options;
    const patch: JsonPatchOp[] = [];
    for (const [key, value] of changes) {
      const path = toPointer([property, key]);
      if (value !== undefined) {
        patch.push({ op: "add", path, value });
      } else if (this.#stored?.has(key)) {
        patch.push({ op: "remove", path });
      }
    }
    if (patch.length === 0) {
      return;
    }
    await provider.patchTwin(twin.id, patch);
    const after = new Set(this.#stored);
    for (const [key, value] of changes) {
      if (value === undefined) {
        after.delete(key);
      } else {
        after.add(key);
      }
    }
    this.#stored = after;
  }

  async #read(): Promise<void> {
    const { provider, twin, property } = this.#options;
    const found = await provider.getTwin(twin.id);
    const map = found?.properties[property];
    if (found !== undefined && (typeof map !== "object" || map === null)) {
      await provider.patchTwin(twin.id, [{ op: "add", path: toPointer([property]), value: {} }]);
    }
    this.#stored = found && new Set(Object.keys(map ?? {}));
  }
}

function mayPass({ code }: TwinError): boolean {
  return code === "RATE_LIMITED" || code === "UNAVAILABLE";
}

/** False when it was stopped meanwhile. */
async function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
