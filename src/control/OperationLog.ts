/**
 * The life of operations: which status may follow which, who is told, what is kept. Unfinished ones, and those that ended
 * within the last minute, are in memory, where rooms show them; all of the last day are in the store.
 *
 * PropertyWrites and Commands move operations on; TwinControl tells rooms and REST. An operation that ended never changes.
 */
import type { OperationStatus } from "../protocol/names.ts";
import type { OperationView } from "../services.ts";
import type { Clock, Log } from "../twins/types.ts";

type Listener = (id: string, view: OperationView | undefined) => void;

/** src/store/OperationStore.ts */
export interface OperationMemory {
  /** Durable when it returns. */
  put(view: OperationView, isEnded: boolean): void;
  get(id: string): OperationView | undefined;
  unfinished(): OperationView[];
  /** Forgets what ended before. */
  prune(endedBefore: number): void;
}

export interface OperationLogOptions {
  clock: Clock;
  /** Absent: nothing outlives the process. */
  memory?: OperationMemory | undefined;
  log?: Log | undefined;
  /** How long an ended operation stays to be seen, ms. */
  keepMs?: number;
}

export interface Moved {
  reason?: string;
  /** JSON of a command's response. */
  result?: string;
  /** "acknowledged" is the end of a command whose effect nobody can observe. */
  isEnd?: boolean;
}

/** What may follow; nothing may follow those that are not here. */
const NEXT: Partial<Record<OperationStatus, readonly OperationStatus[]>> = {
  requested: ["queued", "sent", "verified", "rejected", "failed", "timed-out", "cancelled", "superseded"],
  // "requested" again while it goes out: from then on nobody can say that nothing was sent.
  queued: ["requested", "sent", "rejected", "failed", "expired", "cancelled", "superseded"],
  // Back to the queue only where the device surely did not get it.
  sent: ["queued", "acknowledged", "verified", "rejected", "failed", "timed-out", "superseded"],
  acknowledged: ["verified", "failed", "timed-out", "superseded"],
};
const REMEMBERED_MS = 24 * 3_600_000;
const PRUNE_MS = 600_000;

export class OperationLog {
  readonly #operations = new Map<string, OperationView>();
  readonly #unfinished = new Map<string, OperationView>();
  readonly #listeners = new Set<Listener>();
  readonly #clock: Clock;
  readonly #memory: OperationMemory | undefined;
  readonly #log: Log | undefined;
  readonly #keepMs: number;
  #prunedAt = 0;

  constructor(options: OperationLogOptions) {
    this.#clock = options.clock;
    this.#memory = options.memory;
    this.#log = options.log;
    this.#keepMs = options.keepMs ?? 60_000;
  }

  /** Of the last day. */
  get(id: string): OperationView | undefined {
    return this.#operations.get(id) ?? this.#memory?.get(id);
  }

  /** Those that rooms show. */
  values(): IterableIterator<OperationView> {
    return this.#operations.values();
  }

  unfinished(): OperationView[] {
    return [...this.#unfinished.values()];
  }

  isUnfinished(id: string): boolean {
    return this.#unfinished.has(id);
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws where it cannot be kept: then there is no operation */
  add(operation: OperationView): void {
    this.#memory?.put(operation, false);
    this.#unfinished.set(operation.id, operation);
    this.#show(operation);
  }

  /** Those that an earlier process left unfinished, taken in as they were. */
  takeOver(): OperationView[] {
    const left = (this.#memory?.unfinished() ?? []).filter(({ id }) => !this.#operations.has(id));
    for (const view of left) {
      this.add(view);
    }
    return left;
  }

  /** Moves on. False when that status cannot follow the one it has, or it has ended. */
  advance(id: string, status: OperationStatus, { reason = "", result, isEnd }: Moved = {}): boolean {
    const operation = this.#unfinished.get(id);
    if (!operation || !NEXT[operation.status]?.includes(status)) {
      return false;
    }
    const next = { ...operation, status, reason, since: this.#clock(), ...(result === undefined ? {} : { result }) };
    const ended = isEnd === true || NEXT[status] === undefined;
    if (ended) {
      this.#unfinished.delete(id);
    } else {
      this.#unfinished.set(id, next);
    }
    this.#keep((memory) => memory.put(next, ended));
    this.#show(next);
    return true;
  }

  /** Ends what is overdue, as `end` says; forgets what ended long ago. Called about once a second. */
  sweep(end: (overdue: OperationView) => void): void {
    const now = this.#clock();
    for (const o of this.unfinished()) {
      if (now >= o.until) {
        end(o);
      }
    }
    for (const [id, o] of this.#operations) {
      if (!this.#unfinished.has(id) && now - o.since >= this.#keepMs) {
        this.#operations.delete(id);
        this.#tell(id, undefined);
      }
    }
    if (now - this.#prunedAt >= PRUNE_MS) {
      this.#prunedAt = now;
      this.#keep((memory) => memory.prune(now - REMEMBERED_MS));
    }
  }

  /** What is under way goes on though it cannot be kept: a full disk is no reason not to tell how it ended. */
  #keep(write: (memory: OperationMemory) => void): void {
    try {
      if (this.#memory) {
        write(this.#memory);
      }
    } catch (error) {
      this.#log?.error({ err: error }, "an operation could not be kept; after a restart it is not known how it stands");
    }
  }

  #show(view: OperationView): void {
    this.#operations.set(view.id, view);
    this.#tell(view.id, view);
  }

  #tell(id: string, view: OperationView | undefined): void {
    for (const listener of this.#listeners) {
      listener(id, view);
    }
  }
}
