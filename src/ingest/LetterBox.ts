/**
 * Letters on their way to the dead letters' store: those of one turn of the event loop go by one commit, which is a sync of
 * the disk, so that a fleet that sends nonsense holds nobody else up. Where the store is away for a while (its disk full, its
 * file locked by a backup), they wait, bounded, and are tried again; their partitions' checkpoints wait with them.
 *
 * Made by runtime.ts, in the store's place for EventPump and WriteThrough.
 */
import type { Log, UndecodableEvent } from "../twins/types.ts";

/** Where events go that can have no effect: kept with their bytes, so that a person can look and replay. */
export interface DeadLetters {
  /** Durable when it returns, or when what it returns resolves; throws or rejects when it was not kept. */
  add(letter: UndecodableEvent): void | Promise<void>;
}

export interface LetterBoxOptions {
  /** All or none: throws when they are not kept. */
  store: { addAll(letters: readonly UndecodableEvent[]): void };
  log: Log;
  /** Between two tries, ms: one that meets a lock holds everything up for 2 s. */
  retryMs?: number;
  /** Of the messages that wait, together. */
  maxBytes?: number;
}

interface Waiting extends PromiseWithResolvers<void> {
  letter: UndecodableEvent;
}

export class LetterBox implements DeadLetters {
  readonly #o: Required<LetterBoxOptions>;
  /** Oldest first. */
  #waiting: Waiting[] = [];
  #bytes = 0;
  #isDue = false;
  /** Runs while the store is away. */
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: LetterBoxOptions) {
    this.#o = { retryMs: 10_000, maxBytes: 32 * 1024 * 1024, ...options };
  }

  /** Resolves when the store holds it; rejects when too many wait already. */
  async add(letter: UndecodableEvent): Promise<void> {
    const size = sizeOf(letter);
    if (this.#bytes + size > this.#o.maxBytes) {
      throw new Error("Too many dead letters wait for their store.");
    }
    this.#bytes += size;
    const own = { ...letter, raw: Buffer.from(letter.raw) }; // the link's buffer, of which it is a part, is not kept alive
    const waiting = { ...Promise.withResolvers<void>(), letter: own };
    this.#waiting.push(waiting);
    if (!this.#isDue && this.#timer === undefined && !this.#closed) {
      this.#isDue = true;
      setImmediate(() => this.#flush());
    }
    return waiting.promise;
  }

  /** What waits is tried once more, and then given up: it was not checkpointed and comes again. */
  close(): void {
    this.#flush();
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#isDue = false;
    const { store, log, retryMs } = this.#o;
    const due = this.#waiting;
    if (this.#closed || due.length === 0) {
      return;
    }
    clearTimeout(this.#timer);
    try {
      store.addAll(due.map(({ letter }) => letter));
    } catch (error) {
      log.error(
        { err: error, waiting: due.length },
        "dead letters cannot be kept; they wait, and checkpoints with them",
      );
      this.#timer = setTimeout(() => this.#flush(), retryMs).unref();
      return;
    }
    this.#timer = undefined;
    this.#waiting = [];
    this.#bytes = 0;
    for (const { resolve } of due) {
      resolve();
    }
  }
}

/** Bytes, with what a small one costs beside its body. */
function sizeOf({ raw }: UndecodableEvent): number {
  return raw.byteLength + 1024;
}
