/**
 * The SQLite file behind an Instance: four tables of JSON by key, and the outbox of notifications not yet published.
 *
 * One transaction per `save`, in WAL mode with synchronous=FULL: when it returns, the changes and their notifications
 * survive the death of the process. The file is locked for one process, since the instance lives in memory.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Changes, Content, Instance } from "../Instance.ts";
import type { EventRoute, Json, JsonObject, ModelRecord, NotificationMessage } from "../types.ts";

const VERSION = 1;
const TABLES = ["models", "twins", "relationships", "routes"] as const;
type Table = (typeof TABLES)[number];

const SCHEMA = `${TABLES.map(
  (table) =>
    `CREATE TABLE ${table} (key TEXT PRIMARY KEY, ordinal INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;`,
).join("\n")}
CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, hub TEXT NOT NULL, properties TEXT NOT NULL, body BLOB NOT NULL);
CREATE INDEX outbox_by_hub ON outbox (hub, seq);
PRAGMA user_version = ${VERSION};`;

export interface OutboxEntry {
  seq: number;
  message: NotificationMessage;
}
type Row = Record<string, unknown>;
/** Everything of a message but its body. */
type Envelope = Omit<NotificationMessage, "body">;

export class InstanceFile {
  readonly #db: DatabaseSync;
  readonly #upsert: Record<Table, StatementSync>;
  readonly #remove: Record<Table, StatementSync>;
  readonly #push: StatementSync;
  readonly #peek: StatementSync;
  readonly #pop: StatementSync;

  /** Throws with one sentence for people when the file cannot be used. */
  constructor(path: string) {
    this.#db = open(path);
    const forEachTable = (sql: (table: Table) => string) =>
      Object.fromEntries(TABLES.map((table) => [table, this.#db.prepare(sql(table))])) as Record<Table, StatementSync>;
    this.#upsert = forEachTable(
      (table) =>
        `INSERT INTO ${table} (key, ordinal, body) VALUES (?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET ordinal = excluded.ordinal, body = excluded.body`,
    );
    this.#remove = forEachTable((table) => `DELETE FROM ${table} WHERE key = ?`);
    this.#push = this.#db.prepare("INSERT INTO outbox (hub, properties, body) VALUES (?, ?, ?)");
    this.#peek = this.#db.prepare(
      "SELECT seq, properties, body FROM outbox WHERE hub = ? AND seq > ? ORDER BY seq LIMIT ?",
    );
    this.#pop = this.#db.prepare("DELETE FROM outbox WHERE hub = ? AND seq <= ?");
  }

  load(): Content {
    const read = <T>(table: Table, record: (ordinal: number, body: JsonObject) => T): T[] =>
      this.#db
        .prepare(`SELECT ordinal, body FROM ${table} ORDER BY ordinal`)
        .all()
        .map((row) => record(Number(row["ordinal"]), JSON.parse(String(row["body"])) as JsonObject));
    return {
      models: read("models", (ordinal, body) => ({ ...(body as unknown as Omit<ModelRecord, "ordinal">), ordinal })),
      twins: read("twins", (ordinal, document) => ({
        ordinal,
        id: String(document["$dtId"]),
        modelId: String((document["$metadata"] as JsonObject)["$model"]),
        etag: String(document["$etag"]),
        document,
      })),
      relationships: read("relationships", (ordinal, document) => ({
        ordinal,
        id: String(document["$relationshipId"]),
        sourceId: String(document["$sourceId"]),
        targetId: String(document["$targetId"]),
        name: String(document["$relationshipName"]),
        etag: String(document["$etag"]),
        document,
      })),
      routes: read("routes", (ordinal, body) => ({ ...(body as unknown as Omit<EventRoute, "ordinal">), ordinal })),
    };
  }

  /** Saves what has changed in `instance`, and takes published notifications from the outbox, as one transaction. */
  save(instance: Instance, changes: Changes, published: ReadonlyMap<string, number>): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      this.#saveTable("models", changes.models, instance.models, ({ ordinal: _, ...body }) => body);
      this.#saveTable("twins", changes.twins, instance.twins, (twin) => twin.document);
      this.#saveTable("relationships", changes.relationships, instance.relationships, (r) => r.document);
      this.#saveTable("routes", changes.routes, instance.routes, ({ id, endpointName, filter }) => {
        return { id, endpointName, filter };
      });
      for (const { hub, message } of changes.notifications) {
        const { body, ...envelope } = message;
        this.#push.run(hub, JSON.stringify(envelope), body);
      }
      for (const [hub, seq] of published) {
        this.#pop.run(hub, seq);
      }
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) {
        this.#db.exec("ROLLBACK");
      }
      throw error;
    }
  }

  #saveTable<T extends { ordinal: number }>(
    table: Table,
    keys: ReadonlySet<string>,
    records: ReadonlyMap<string, T>,
    body: (record: T) => Json | object,
  ): void {
    for (const key of keys) {
      const record = records.get(key);
      if (record === undefined) {
        this.#remove[table].run(key);
      } else {
        this.#upsert[table].run(key, record.ordinal, JSON.stringify(body(record)));
      }
    }
  }

  /** Notifications for a hub after `seq`, oldest first. */
  outbox(hub: string, after: number, limit: number): OutboxEntry[] {
    return this.#peek.all(hub, after, limit).map((row: Row) => ({
      seq: Number(row["seq"]),
      message: { ...(JSON.parse(String(row["properties"])) as Envelope), body: row["body"] as Uint8Array },
    }));
  }

  /** Hubs that notifications wait for. */
  waitingHubs(): string[] {
    return this.#db
      .prepare("SELECT DISTINCT hub FROM outbox")
      .all()
      .map((row) => String(row["hub"]));
  }

  close(): void {
    this.#db.close();
  }
}

function open(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > VERSION) {
      throw new Error(`it was written by a newer version (format ${version}, this is ${VERSION})`);
    }
    db.exec(version === 0 ? `BEGIN; ${SCHEMA} COMMIT;` : "BEGIN IMMEDIATE; COMMIT;");
    return db;
  } catch (error) {
    db?.close();
    throw new Error(`The twin service cannot use ${path}: ${explain(error)}`, { cause: error });
  }
}

function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.includes("locked")
    ? "another process uses it. Stop that one, or choose another data directory."
    : `${text}. Move it away, or choose another data directory.`;
}
