/**
 * The SQLite file behind an Instance: a log of changes, tables of JSON by key into which it is folded from time to time, and
 * the outbox of notifications not yet published.
 *
 * A transaction appends one row to the log and one per hub to the outbox, whatever the number of its writes, so that it costs
 * a few pages; tables would cost a page for each twin. SQLite writes into its write-ahead log on the event loop, `sync` brings
 * that to the disk beside it (WalFile). One process has the file to itself, since the instance lives in memory.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { FileLock } from "../../sqlite/FileLock.ts";
import { WalFile } from "../../sqlite/WalFile.ts";
import type { Changes, Content, Instance } from "../Instance.ts";
import type { JsonObject, NotificationMessage } from "../types.ts";
import { Fold } from "./Fold.ts";
import { OutboxTail } from "./OutboxTail.ts";
import { ContentReader, TABLES, type Table, toRow } from "./rows.ts";
import type { OutboxEntry, Storage } from "./Storage.ts";

const VERSION = 2;
/** Characters. At the start a log is read as fast as the tables are. */
const LONGEST_LOG = 256 * 1024 * 1024;
/** Notifications per hub that are kept in memory beside the file. */
const LONGEST_TAIL = 4_096;

const SCHEMA = `${TABLES.map(
  (table) =>
    `CREATE TABLE IF NOT EXISTS ${table} (key TEXT PRIMARY KEY, ordinal INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;`,
).join("\n")}
DROP TABLE IF EXISTS outbox;
CREATE TABLE log (seq INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE outbox (last INTEGER PRIMARY KEY, hub TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX outbox_by_hub ON outbox (hub, last);
PRAGMA user_version = ${VERSION};`;

/** A notification in the outbox: its seq, everything but its body, its body as text. */
type Stored = [number, Omit<NotificationMessage, "body">, string];

export class InstanceFile implements Storage {
  readonly #db: DatabaseSync;
  readonly #wal: WalFile;
  readonly #lock: FileLock;
  readonly #log: StatementSync;
  readonly #push: StatementSync;
  readonly #peek: StatementSync;
  readonly #pop: StatementSync;
  readonly #tail: OutboxTail;
  readonly #longestLog: number;
  #fold: Fold;
  #lastLog = 0;
  #lastSeq: number;
  /** Notifications after this one are written, but not yet durable. */
  #durable: number;

  /** `longestLog` in characters. Throws with one sentence for people when the file cannot be used. */
  constructor(path: string, longestLog = LONGEST_LOG) {
    const { db, wal, lock } = open(path);
    this.#db = db;
    this.#wal = wal;
    this.#lock = lock;
    this.#longestLog = longestLog;
    this.#fold = new Fold(db, longestLog, 1);
    this.#log = db.prepare("INSERT INTO log (seq, body) VALUES (?, ?)");
    this.#push = db.prepare("INSERT INTO outbox (last, hub, body) VALUES (?, ?, ?)");
    this.#peek = db.prepare("SELECT body FROM outbox WHERE hub = ? AND last > ? ORDER BY last LIMIT ?");
    this.#pop = db.prepare("DELETE FROM outbox WHERE hub = ? AND last <= ?");
    this.#lastSeq = Number(db.prepare("SELECT max(last) AS last FROM outbox").get()?.["last"] ?? 0);
    this.#durable = this.#lastSeq;
    this.#tail = new OutboxTail(LONGEST_TAIL, this.#hubsInFile());
  }

  get isUntidy(): boolean {
    return this.#fold.isDue;
  }

  load(): Content {
    const reader = new ContentReader();
    const first = Number(this.#db.prepare("SELECT min(seq) AS first FROM log").get()?.["first"] ?? this.#lastLog + 1);
    this.#fold = new Fold(this.#db, this.#longestLog, first);
    for (const table of TABLES) {
      for (const row of this.#db.prepare(`SELECT ordinal, body FROM ${table}`).iterate()) {
        const body = String(row["body"]);
        reader.put(table, Number(row["ordinal"]), JSON.parse(body) as JsonObject, { text: body, size: body.length });
      }
    }
    for (const row of this.#db.prepare("SELECT seq, body FROM log ORDER BY seq").iterate()) {
      this.#lastLog = Number(row["seq"]);
      this.#replay(String(row["body"]), reader);
    }
    return reader.content();
  }

  #replay(body: string, reader: ContentReader): void {
    for (const line of body.split("\n")) {
      const [table, key, ordinal, record] = JSON.parse(line) as [Table, string, number, JsonObject | null];
      if (record === null) {
        reader.remove(table, key);
      } else {
        reader.put(table, ordinal, record, { size: line.length });
      }
      this.#fold.found(table, key, line.length);
    }
  }

  save(instance: Instance, changes: Changes, published: ReadonlyMap<string, number>): void {
    const notifications: { hub: string; entry: OutboxEntry }[] = [];
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      this.#append(instance, changes);
      // Before what else can fail without a change: `undo` is of this step.
      this.#fold.step(instance, this.#lastLog);
      notifications.push(...this.#store(changes));
      for (const [hub, seq] of published) {
        this.#pop.run(hub, seq);
      }
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) {
        this.#db.exec("ROLLBACK");
      }
      this.#fold.undo();
      throw error;
    }
    for (const { hub, entry } of notifications) {
      this.#tail.push(hub, entry);
    }
    for (const [hub, seq] of published) {
      this.#tail.drop(hub, seq);
    }
  }

  #append(instance: Instance, changes: Changes): void {
    const lines = TABLES.flatMap((table) =>
      Array.from(changes[table], (key) => {
        const row = toRow(instance, table, key);
        const line = `["${table}",${JSON.stringify(key)},${row?.ordinal ?? 0},${row?.body ?? "null"}]`;
        this.#fold.logged(table, key, line.length);
        return line;
      }),
    );
    if (lines.length > 0) {
      this.#lastLog += 1;
      this.#log.run(this.#lastLog, lines.join("\n"));
    }
  }

  #store({ notifications }: Changes): { hub: string; entry: OutboxEntry }[] {
    const entries: { hub: string; entry: OutboxEntry }[] = [];
    const rows = new Map<string, Stored[]>();
    for (const { hub, message } of notifications) {
      this.#lastSeq += 1;
      const { applicationProperties, contentType, messageId, partitionKey, body } = message;
      const stored: Stored = [this.#lastSeq, { applicationProperties, contentType, messageId, partitionKey }, body];
      const row = rows.get(hub);
      if (row === undefined) {
        rows.set(hub, [stored]);
      } else {
        row.push(stored);
      }
      entries.push({ hub, entry: { seq: this.#lastSeq, message } });
    }
    for (const [hub, row] of rows) {
      this.#push.run(row.at(-1)?.[0] ?? 0, hub, JSON.stringify(row));
    }
    return entries;
  }

  async sync(): Promise<void> {
    const written = this.#lastSeq;
    await this.#wal.sync();
    this.#durable = Math.max(this.#durable, written);
  }

  outbox(hub: string, after: number, limit: number): OutboxEntry[] {
    const known = this.#tail.after(hub, after, limit) ?? this.#read(hub, after, limit);
    return known.filter(({ seq }) => seq <= this.#durable);
  }

  #read(hub: string, after: number, limit: number): OutboxEntry[] {
    const rows = this.#peek.all(hub, after, limit).flatMap((row) => JSON.parse(String(row["body"])) as Stored[]);
    if (rows.length === 0) {
      this.#tail.caughtUp(hub);
    }
    return rows
      .filter(([seq]) => seq > after)
      .slice(0, limit)
      .map(([seq, envelope, body]) => ({ seq, message: { ...envelope, body } }));
  }

  waitingHubs(): string[] {
    return this.#hubsInFile();
  }

  #hubsInFile(): string[] {
    return this.#db
      .prepare("SELECT DISTINCT hub FROM outbox")
      .all()
      .map((row) => String(row["hub"]));
  }

  async close(): Promise<void> {
    await this.#wal.close();
    this.#db.close();
    this.#lock.release();
  }
}

const IN_USE = "another process uses it. Stop that one, or choose another data directory";

function open(path: string): { db: DatabaseSync; wal: WalFile; lock: FileLock } {
  let lock: FileLock | undefined;
  let db: DatabaseSync | undefined;
  try {
    lock = new FileLock(`${path}.lock`, IN_USE);
    db = new DatabaseSync(path);
    const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > VERSION) {
      throw new Error(`it was written by a newer version (format ${version}, this is ${VERSION})`);
    }
    const wal = new WalFile(db, path);
    if (version < VERSION) {
      db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    }
    return { db, wal, lock };
  } catch (error) {
    db?.close();
    lock?.release();
    throw new Error(`The twin service cannot use ${path}: ${explain(error)}.`, { cause: error });
  }
}

function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text === IN_USE ? text : `${text}. Move it away, or choose another data directory`;
}
