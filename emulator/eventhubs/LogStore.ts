/**
 * The one SQLite file behind all hubs of an endpoint, and the group commit.
 *
 * What is appended while one group is on its way to the disk is the next one: a transaction, and a sync beside the event loop
 * (WalFile). Who appended hears of it after the sync, and only then are the events visible. Without a file the same runs in
 * memory.
 */
import { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { WalFile } from "../sqlite/WalFile.ts";
import { PartitionLog } from "./PartitionLog.ts";
import { PartitionTable } from "./PartitionTable.ts";
import { ProducerLedger } from "./ProducerLedger.ts";
import { type Append, type Clock, HubError, type Log, type Retention } from "./types.ts";

interface Job {
  partition: PartitionLog;
  append: Append;
  resolve: () => void;
  reject: (error: HubError) => void;
}

const TRIM_INTERVAL_MS = 30_000;
/** Appends between two looks at the limits: a trim costs a commit. */
const TRIM_EVERY = 1000;

export interface LogStoreOptions {
  /** Absent: in memory. */
  file?: string;
  retention: Retention;
  clock: Clock;
  log: Log;
}

export class LogStore {
  readonly #db: DatabaseSync;
  /** Absent: in memory. */
  readonly #wal: WalFile | undefined;
  readonly #options: LogStoreOptions;
  readonly #partitions: PartitionLog[] = [];
  readonly #trimmer: NodeJS.Timeout;
  #jobs: Job[] = [];
  #flushing: Promise<void> | undefined;
  #untrimmed = 0;
  #closed = false;
  /** After a sync that failed: nobody knows what is on the disk, until the file is opened again. */
  #failure: HubError | undefined;

  private constructor(db: DatabaseSync, wal: WalFile | undefined, options: LogStoreOptions) {
    this.#db = db;
    this.#wal = wal;
    this.#options = options;
    this.#trimmer = setInterval(() => this.#trimAll(), TRIM_INTERVAL_MS).unref();
  }

  /** Throws an Error that names the file when it cannot be opened or is not ours. */
  static open(options: LogStoreOptions): LogStore {
    try {
      const { file } = options;
      const db = new DatabaseSync(file ?? ":memory:");
      db.exec("PRAGMA busy_timeout = 2000");
      const wal = file === undefined ? undefined : new WalFile(db, file);
      db.exec(
        `CREATE TABLE IF NOT EXISTS hubs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL) STRICT;
         CREATE TABLE IF NOT EXISTS partitions (id INTEGER PRIMARY KEY, hub INTEGER NOT NULL, number INTEGER NOT NULL,
           first INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0, next_off INTEGER NOT NULL DEFAULT 0,
           last_off INTEGER NOT NULL DEFAULT -1, last_enq INTEGER NOT NULL DEFAULT 0, UNIQUE (hub, number)) STRICT;
         CREATE TABLE IF NOT EXISTS producers (partition INTEGER NOT NULL, producer INTEGER NOT NULL,
           epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (partition, producer)) STRICT, WITHOUT ROWID`,
      );
      return new LogStore(db, wal, options);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `The event hub's file ${options.file} cannot be used (${why}). Delete it, or choose another data directory.`,
        { cause },
      );
    }
  }

  /** The hub's creation time and its partitions: those of the file, and new ones up to `count`. */
  hub(name: string, count: number): { createdAt: number; partitions: PartitionLog[] } {
    const key = name.toLowerCase();
    this.#db
      .prepare("INSERT INTO hubs (name, created) VALUES (?, ?) ON CONFLICT DO NOTHING")
      .run(key, this.#options.clock());
    const hub = this.#db.prepare("SELECT id, created FROM hubs WHERE name = ?").get(key);
    const id = Number(hub?.["id"]);
    const add = this.#db.prepare("INSERT INTO partitions (hub, number) VALUES (?, ?) ON CONFLICT DO NOTHING");
    for (let number = 0; number < count; number++) add.run(id, number);
    const rows = this.#db.prepare("SELECT id, number FROM partitions WHERE hub = ? ORDER BY number").all(id);
    const partitions = rows.map((row) => this.#partition(Number(row["id"]), String(row["number"])));
    return { createdAt: Number(hub?.["created"]), partitions };
  }

  #partition(id: number, number: string): PartitionLog {
    const partition = new PartitionLog(number, {
      table: new PartitionTable(this.#db, id),
      producers: new ProducerLedger(this.#db, id),
      clock: this.#options.clock,
    });
    this.#partitions.push(partition);
    while (partition.trim(this.#options.retention));
    return partition;
  }

  /** Resolves when it is durable. Rejects with HubError when the message is no AMQP message or the disk refuses. */
  append(partition: PartitionLog, append: Append): Promise<void> {
    if (this.#closed) return Promise.reject(new HubError("amqp:connection:forced", "The event hub is closing."));
    return new Promise((resolve, reject) => {
      this.#jobs.push({ partition, append, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Group after group, until there is none; the first gathers for a turn of the event loop, the others while one is written. */
  async #flush(): Promise<void> {
    await turn();
    while (this.#jobs.length > 0) {
      const jobs = this.#jobs;
      this.#jobs = [];
      await this.#write(jobs);
    }
    this.#flushing = undefined;
  }

  async #write(jobs: readonly Job[]): Promise<void> {
    const staged = jobs.filter((job) => stageOrReject(job));
    if (staged.length === 0) return;
    const touched = new Set(staged.map((job) => job.partition));
    const failure = this.#failure ?? (await this.#commit(touched));
    for (const partition of touched) {
      if (failure) partition.discard();
      else partition.publish();
    }
    for (const job of staged) {
      if (failure) job.reject(failure);
      else job.resolve();
    }
    this.#untrimmed += staged.reduce((sum, job) => sum + job.append.raws.length, 0);
    if (this.#untrimmed < TRIM_EVERY) return;
    this.#untrimmed = 0;
    this.#trimAll();
  }

  async #commit(touched: Iterable<PartitionLog>): Promise<HubError | undefined> {
    const refuse = (error: unknown, what: string) => {
      this.#options.log.warn({ err: error, file: this.#options.file }, `event hub: ${what} failed`);
      return new HubError("amqp:internal-error", "The event hub could not write to its file.");
    };
    try {
      this.#transaction(() => {
        for (const partition of touched) partition.writeStaged();
      });
    } catch (error) {
      return refuse(error, "append");
    }
    try {
      await this.#wal?.sync();
    } catch (error) {
      this.#failure = refuse(error, "sync");
    }
    return this.#failure;
  }

  #transaction(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  #trimAll(): void {
    if (this.#closed) return;
    let more = false;
    try {
      this.#transaction(() => {
        for (const partition of this.#partitions) more = partition.trim(this.#options.retention) || more;
      });
    } catch (error) {
      this.#options.log.warn({ err: error, file: this.#options.file }, "event hub: retention failed");
      return;
    }
    if (more) setImmediate(() => this.#trimAll());
  }

  /** Retention takes the oldest of a partition, down to `keep` events, at once. */
  expire(partition: PartitionLog, keep: number): void {
    this.#transaction(() => {
      while (partition.trim({ ...this.#options.retention, events: keep }));
    });
  }

  /** Writes what is queued, then closes the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#trimmer);
    await this.#flushing;
    await this.#wal?.close();
    this.#db.close();
  }
}

function stageOrReject(job: Job): boolean {
  try {
    job.partition.stage(job.append);
    return true;
  } catch (error) {
    job.reject(error instanceof HubError ? error : new HubError("amqp:internal-error", String(error)));
    return false;
  }
}
