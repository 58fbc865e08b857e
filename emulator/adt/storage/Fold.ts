/**
 * Moves what the log of an InstanceFile has gathered into its tables, a step with each transaction, so that the log stays
 * short and no turn of the event loop gets long.
 *
 * The instance in memory is newer than the log, so a fold takes records from there: one row per changed key, however often
 * it was written. Replaying a log over tables that are already newer changes nothing, hence a crash may come at any step.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Instance } from "../Instance.ts";
import { TABLES, type Table, toRow } from "./rows.ts";
import { SortedKeys } from "./SortedKeys.ts";

/** Rows per transaction at least; as many as it logged, if they are more: so a fold keeps pace with an import. */
const STEP = 100;
/** Log rows that go with one transaction; each holds a whole group of writes. */
const TRIM_STEP = 10;

interface Running {
  /** In the order of the tables' pages. */
  keys: Iterator<[Table, string]>;
  isWritten: boolean;
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
  /** Keys since the last step. */
  #logged = 0;
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
    this.#logged += 1;
  }

  /** Inside a transaction: the next step, if there is one. `first` and `last` are rows of the log. */
  step(instance: Instance, first: number, last: number): void {
    const rows = Math.max(STEP, this.#logged);
    this.#logged = 0;
    if (this.#running === undefined && this.#bytes < this.#longest) {
      return;
    }
    const running = this.#running ?? this.#begin(first, last);
    for (let row = 0; row < rows && !running.isWritten; row++) {
      const next = running.keys.next();
      if (next.done === true) {
        running.isWritten = true;
      } else {
        this.#write(instance, next.value);
      }
    }
    if (!running.isWritten) {
      return;
    }
    running.trimmed = Math.min(running.trimmed + TRIM_STEP, running.upTo);
    this.#trim.run(running.trimmed);
    if (running.trimmed === running.upTo) {
      this.#running = undefined;
    }
  }

  #begin(first: number, last: number): Running {
    this.#running = { keys: inOrder(this.#dirty), isWritten: false, upTo: last, trimmed: first };
    this.#dirty = newKeys();
    this.#bytes = 0;
    return this.#running;
  }

  #write(instance: Instance, [table, key]: [Table, string]): void {
    const row = toRow(instance, table, key);
    if (row === undefined) {
      this.#remove[table].run(key);
    } else {
      this.#upsert[table].run(key, row.ordinal, row.body);
    }
  }
}

function newKeys(): Record<Table, SortedKeys> {
  return {
    models: new SortedKeys(),
    twins: new SortedKeys(),
    relationships: new SortedKeys(),
    routes: new SortedKeys(),
  };
}

function* inOrder(dirty: Record<Table, SortedKeys>): Generator<[Table, string]> {
  for (const table of TABLES) {
    for (const key of dirty[table].drain()) {
      yield [table, key];
    }
  }
}
