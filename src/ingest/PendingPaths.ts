/**
 * What waits to be written to the twin service: per twin its paths, each with the last event that brought a value for it, and
 * who waits for them. Values are not here: they are read from the mirror when they are written.
 *
 * Owned by WriteThrough, which says when; events of partitions that another process reads now are taken out.
 */
import type { Clock, Pointer, TwinEvent, TwinId } from "../twins/types.ts";
import { withOwnBytes } from "./deadLetter.ts";

export interface Pending {
  /** With the last event that brought a value for it: what a dead letter shows. */
  paths: Map<Pointer, TwinEvent>;
  /** Of what is submitted for it now. */
  newest: PromiseWithResolvers<void>;
  /** Of what was submitted before a patch that failed. */
  older: PromiseWithResolvers<void>[];
  /** What dead letters its values have become: each resolves when it is kept. */
  burials: Promise<void>[];
  attempts: number;
}

export class PendingPaths {
  readonly #clock: Clock;
  readonly #byTwin = new Map<TwinId, Pending>();
  /** Source and partition → when it was lost. */
  readonly #lost = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Twins. */
  get size(): number {
    return this.#byTwin.size;
  }

  has(twinId: TwinId): boolean {
    return this.#byTwin.has(twinId);
  }

  /** `written` settles with `settle`; `overtaken`: of the paths, those that waited already. */
  add(twinId: TwinId, paths: readonly Pointer[], event: TwinEvent): { written: Promise<void>; overtaken: number } {
    let pending = this.#byTwin.get(twinId);
    if (!pending) {
      pending = { paths: new Map(), newest: Promise.withResolvers(), older: [], burials: [], attempts: 0 };
      pending.newest.promise.catch(() => undefined); // it may fail before the batch that waits for it is through
      this.#byTwin.set(twinId, pending);
    }
    const kept = withOwnBytes(event);
    let overtaken = 0;
    for (const path of paths) {
      overtaken += pending.paths.has(path) ? 1 : 0;
      pending.paths.set(path, kept);
    }
    return { written: pending.newest.promise, overtaken };
  }

  take(twinId: TwinId): Pending | undefined {
    const pending = this.#byTwin.get(twinId);
    this.#byTwin.delete(twinId);
    return pending;
  }

  /** Joins what could not be written with what came since. */
  putBack(twinId: TwinId, pending: Pending): void {
    this.#dropLost(pending);
    const newer = this.#byTwin.get(twinId);
    for (const [path, event] of newer?.paths ?? []) {
      pending.paths.set(path, event);
    }
    if (newer) {
      pending.older.push(pending.newest, ...newer.older);
      pending.newest = newer.newest;
    }
    this.#byTwin.set(twinId, pending);
  }

  /** Another process reads the partition now, and writes what was not done. */
  forget(source: string, partition: string): void {
    this.#lost.set(`${source} ${partition}`, this.#clock());
    for (const [twinId, pending] of this.#byTwin) {
      this.#dropLost(pending);
      if (pending.paths.size === 0) {
        this.#byTwin.delete(twinId);
        settle(pending);
      }
    }
  }

  #dropLost({ paths }: Pending): void {
    for (const [path, { source, position, receivedAt }] of this.#lost.size > 0 ? paths : []) {
      if (receivedAt <= (this.#lost.get(`${source} ${position.partition}`) ?? -1)) {
        paths.delete(path);
      }
    }
  }
}

/** The service has it, or has refused it: tells all who wait, as soon as what was refused is kept. Never rejects. */
export async function conclude(pending: Pending): Promise<void> {
  try {
    await Promise.all(pending.burials);
    settle(pending);
  } catch (error) {
    settle(pending, error);
  }
}

/** Tells all who wait that it is written; with an error that it will not be. */
export function settle({ newest, older }: Pending, error?: unknown): void {
  for (const { resolve, reject } of [...older, newest]) {
    if (error === undefined) {
      resolve();
    } else {
      reject(error);
    }
  }
}
