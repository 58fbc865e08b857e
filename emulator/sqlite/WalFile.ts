/**
 * The write-ahead log of a SQLite file, kept away from the event loop (ADR 0004): the disk's syncs run on libuv's threads, and
 * what is in the log is copied into the file by a second connection in a worker, while this one goes on writing.
 *
 * Whoever writes gathers a group, commits it, awaits `sync()`, and only then tells anybody. The log can begin anew only when
 * all of it is copied and nobody has written since; hence, after a long copy, one `sync` also waits for the short rest. A log
 * that begins anew keeps its length: a sync of what is overwritten need not wait for the file system's own journal.
 * Used by the twin service's InstanceFile and the event hubs' LogStore.
 */
import { once } from "node:events";
import { closeSync, fdatasync, openSync, readSync } from "node:fs";
import { extname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";

/** Bytes of the log from which on it is copied: what one copy writes at most delays one group by some ms. */
const LONGEST = 8 * 1024 * 1024;
/** A log beyond this, after an import, is cut when it begins anew. */
const KEPT = 64 * 1024 * 1024;
/** Of a page in the log, beside the page itself (SQLite's "WAL file format", 4.1). */
const FRAME_HEADER = 24;
/** Where the log's index has the number of its frames, in the machine's byte order ("WAL-index file format", 2.1). */
const FRAMES_AT = 16;
const WORKER = new URL(`./checkpointer${extname(import.meta.url)}`, import.meta.url);
/** MB: it has a statement to run. */
const MEMORY = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 };

const datasync = promisify(fdatasync);

export class WalFile {
  readonly #path: string;
  readonly #longest: number;
  readonly #log: number;
  readonly #index: number;
  readonly #frameBytes: number;
  /** In the machine's byte order. No DataView: compiled code of Node 24 now and then takes one for none ("ERR_INVALID_ARG_TYPE"). */
  readonly #frames = new Uint32Array(1);
  #worker: { thread: Worker; ended: Promise<unknown> } | undefined;
  #state: "short" | "being copied" | "nearly copied" = "short";

  /** `db` is open on `path`. It no longer syncs by itself, nor copies its log. */
  constructor(db: DatabaseSync, path: string, longest = LONGEST) {
    // NORMAL: SQLite syncs what keeps the file whole; commits are made durable by `sync`.
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0");
    // Reading opens the log and its index.
    db.exec(`PRAGMA journal_size_limit = ${KEPT}; SELECT count(*) FROM sqlite_schema`);
    this.#path = path;
    this.#longest = longest;
    this.#log = openSync(`${path}-wal`, "r+");
    this.#index = openSync(`${path}-shm`, "r");
    this.#frameBytes = Number(db.prepare("PRAGMA page_size").get()?.["page_size"]) + FRAME_HEADER;
  }

  /** Bytes of the log that count. */
  get #length(): number {
    readSync(this.#index, this.#frames, 0, 4, FRAMES_AT);
    return (this.#frames[0] ?? 0) * this.#frameBytes;
  }

  /** Resolves when all that was committed before is durable; nobody may write until then. */
  async sync(): Promise<void> {
    await datasync(this.#log);
    if (this.#state === "nearly copied") {
      this.#state = "short";
      await this.#copy();
    } else if (this.#state === "short" && this.#length > this.#longest) {
      this.#state = "being copied";
      // If it failed, the next one, which is waited for, tells.
      const done = () => {
        this.#state = "nearly copied";
      };
      this.#copy().then(done, done);
    }
  }

  async #copy(): Promise<void> {
    this.#worker ??= startWorker(this.#path);
    const { thread, ended } = this.#worker;
    const copied = once(thread, "message").then(
      () => true,
      () => false,
    );
    thread.postMessage("copy");
    // A worker that cannot go on ends; the next copy gets a new one.
    const isCopied = await Promise.race([copied, ended.then(() => false)]);
    if (!isCopied) {
      this.#worker = undefined;
      throw new Error(`${this.#path}: its write-ahead log could not be copied into it.`, { cause: await ended });
    }
  }

  /** Before the file itself is closed, which copies the rest of the log and removes it. */
  async close(): Promise<void> {
    this.#worker?.thread.postMessage("close");
    await this.#worker?.ended;
    closeSync(this.#log);
    closeSync(this.#index);
  }
}

/** `ended` resolves with the error that ended it, if one did. */
function startWorker(path: string): { thread: Worker; ended: Promise<unknown> } {
  const thread = new Worker(WORKER, { workerData: path, resourceLimits: MEMORY });
  return { thread, ended: once(thread, "exit").catch((error: unknown) => error) };
}
