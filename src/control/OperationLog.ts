/**
 * The operations that are unfinished, and those that ended within the last minute: what rooms show and REST tells.
 * TwinControl writes it; every change is told to the listeners (TwinControlPlugin copies it into room state).
 */
import { FINAL_STATUSES, type OperationStatus } from "../protocol/names.ts";
import type { OperationView } from "../services.ts";
import type { Clock } from "../twins/types.ts";

type Listener = (id: string, view: OperationView | undefined) => void;

export interface OperationLogOptions {
  clock: Clock;
  /** How long an ended operation stays to be seen, ms. */
  keepMs?: number;
}

export class OperationLog {
  readonly #operations = new Map<string, OperationView>();
  readonly #endedAt = new Map<string, number>();
  readonly #listeners = new Set<Listener>();
  readonly #clock: Clock;
  readonly #keepMs: number;

  constructor(options: OperationLogOptions) {
    this.#clock = options.clock;
    this.#keepMs = options.keepMs ?? 60_000;
  }

  get(id: string): OperationView | undefined {
    return this.#operations.get(id);
  }

  values(): IterableIterator<OperationView> {
    return this.#operations.values();
  }

  unfinished(): OperationView[] {
    return [...this.#operations.values()].filter((o) => !FINAL_STATUSES.has(o.status));
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(operation: OperationView): void {
    this.#operations.set(operation.id, operation);
    this.#tell(operation.id, operation);
  }

  /** Moves on; an ended operation never changes again (answers false). */
  advance(id: string, status: OperationStatus, reason = ""): boolean {
    const operation = this.#operations.get(id);
    if (!operation || FINAL_STATUSES.has(operation.status)) {
      return false;
    }
    const next = { ...operation, status, reason };
    this.#operations.set(id, next);
    if (FINAL_STATUSES.has(status)) {
      this.#endedAt.set(id, this.#clock());
    }
    this.#tell(id, next);
    return true;
  }

  /** Ends what is overdue, forgets what ended long ago. Called about once a second. */
  sweep(): void {
    const now = this.#clock();
    for (const o of this.unfinished()) {
      if (now >= o.until) {
        this.advance(o.id, "timed-out", timeoutReason(o));
      }
    }
    for (const [id, at] of this.#endedAt) {
      if (now - at >= this.#keepMs) {
        this.#endedAt.delete(id);
        this.#operations.delete(id);
        this.#tell(id, undefined);
      }
    }
  }

  #tell(id: string, view: OperationView | undefined): void {
    for (const listener of this.#listeners) {
      listener(id, view);
    }
  }
}

function timeoutReason(o: OperationView): string {
  const seconds = Math.round((o.until - o.at) / 1000);
  return o.status === "requested"
    ? `The twin service did not answer within ${seconds} s; whether it took the write is not known.`
    : `The twin service took the write, but no notification of it came within ${seconds} s.`;
}
