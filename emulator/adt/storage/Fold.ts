/**
 * Moves what the log of an InstanceFile has gathered into its tables, a step with each transaction, so that the log stays
 * short and no turn of the event loop gets long.
 *
 * The instance in memory is newer than the log, so a fold takes records from there: one row per changed key, however often
 * it was written. Replaying a log over tables that are already newer changes nothing, hence a crash may come at any step.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Instance } from "../Instance.ts";
import { TABLES, type Table, toRow } from "./records.ts";

/** Rows per transaction. */
const STEP = 400;
/** Log rows that go with one transaction; each holds a whole group of writes. */
const TRIM_STEP = 40;

interface Running {
  /** Of each table, in the order of the table's pages. */
  keys: [Table, string][];
  at: number;
  /** Last row of the log that is then of no use. */
  upTo: number;
  trimmed: number;
}

export class Fold {
  readonly #longest: number;
  readonly #upsert: Record<Table, StatementSync>;
  readonly #remove: Record<Table, StatementSync>;
  readonly #trim: StatementSync;
  #dirty = newKeys();
  #bytes = 0;
  #running: Running | undefined;

  /** A fold begins when the log has `longest` bytes. */
  constructor(db: DatabaseSync, longest: number) {
    this.#longest = longest;
    const forEachTable = (sql: (table: Table) => string) =>
      Object.fromEntries(TABLES.map((table) => [table, db.prepare(sql(table))])) as Record<Table, StatementSync>;
    this.#upsert = forEachTable(
      (table) =>
        `INSERT INTO ${table} (key, ordinal, body) VALUES (?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET ordinal = excluded.ordinal, body = excluded.body`,
    );
    this.#remove = forEachTable((table) => `DELETE FROM ${table} WHERE key = ?`);
    this.#trim = db.prepare("DELETE FROM log WHERE seq <= ?");
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Notes that the log has a key; `bytes` long is its entry. */
  logged(table: Table, key: string, bytes: number): void {
    this.#dirty[table].add(key);
    this.#bytes += bytes;
  }

  /** Inside a transaction: the next step, if there is one. `first` and `last` are rows of the log. */
  step(instance: Instance, first: number, last: number): void {
    if (this.#running === undefined && this.#bytes < this.#longest) {
      return;
    }
    const running = this.#running ?? this.#begin(first, last);
    const end = Math.min(running.at + STEP, running.keys.length);
    for (; running.at < end; running.at++) {
      this.#write(instance, running.keys[running.at]);
    }
    if (running.at < running.keys.length) {
      return;
    }
    running.trimmed = Math.min(running.trimmed + TRIM_STEP, running.upTo);
    this.#trim.run(running.trimmed);
    if (running.trimmed === running.upTo) {
      this.#running = undefined;
    }
  }

  #begin(first: number, last: number): Running {
    const keys = TABLES.flatMap((table) => [...this.#dirty[table]].sort().map((key): [Table, string] => [table, key]));
    this.#dirty = newKeys();
    this.#bytes = 0;
    this.#running = { keys, at: 0, upTo: last, trimmed: first };
    return this.#running;
  }

  #write(instance: Instance, item: [Table, string] | undefined): void {
    if (item === undefined) {
      return;
    }
    const [table, key] = item;
    const row = toRow(instance, table, key);
    if (row === undefined) {
      this.#remove[table].run(key);
    } else {
      this.#upsert[table].run(key, row.ordinal, row.body);
    }
  }
}

function newKeys(): Record<Table, Set<string>> {
  return { models: new Set(), twins: new Set(), relationships: new Set(), routes: new Set() };
}
