/**
 * Letters on their way to the dead letters' store, which may be away for a while: its disk full, its file locked by a backup.
 * They wait, bounded, and are tried again; their partitions' checkpoints wait with them, and nothing else does.
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
  store: { add(letter: UndecodableEvent): void };
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
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: LetterBoxOptions) {
    this.#o = { retryMs: 10_000, maxBytes: 32 * 1024 * 1024, ...options };
  }

  /** Resolves when the store holds it; rejects when it does not and too many wait already. */
  async add(letter: UndecodableEvent): Promise<void> {
    if (this.#waiting.length > 0) {
      return this.#wait(letter, undefined);
    }
    try {
      this.#o.store.add(letter);
    } catch (error) {
      this.#o.log.error({ err: error }, "dead letters cannot be kept; they wait, and checkpoints with them");
      return this.#wait(letter, error);
    }
  }

  /** What waits is given up: it was not checkpointed and comes again. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #wait(letter: UndecodableEvent, cause: unknown): Promise<void> {
    const size = sizeOf(letter);
    if (this.#bytes + size > this.#o.maxBytes) {
      return Promise.reject(new Error("Too many dead letters wait for their store.", { cause }));
    }
    this.#bytes += size;
    const own = { ...letter, raw: Buffer.from(letter.raw) }; // the link's buffer, of which it is a part, is not kept alive
    const waiting = { ...Promise.withResolvers<void>(), letter: own };
    this.#waiting.push(waiting);
    this.#retryLater();
    return waiting.promise;
  }

  #retryLater(): void {
    if (!this.#closed) {
      this.#timer ??= setTimeout(() => this.#retry(), this.#o.retryMs).unref();
    }
  }

  #retry(): void {
    this.#timer = undefined;
    const { store, log } = this.#o;
    const due = this.#waiting;
    let kept = 0;
    try {
      for (const { letter, resolve } of due) {
        store.add(letter);
        this.#bytes -= sizeOf(letter);
        kept++;
        resolve();
      }
      log.info({ kept }, "dead letters are kept again");
    } catch (error) {
      log.error({ err: error, waiting: due.length - kept }, "dead letters still cannot be kept");
      this.#retryLater();
    }
    this.#waiting = due.slice(kept);
  }
}

/** Bytes, with what a small one costs beside its body. */
function sizeOf({ raw }: UndecodableEvent): number {
  return raw.byteLength + 1024;
}
