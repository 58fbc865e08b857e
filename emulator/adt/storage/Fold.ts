/**
 * Moves what the log of an InstanceFile has gathered into its tables, in steps, so that the log stays short and no turn of the
 * event loop gets long: while nobody writes, or with each transaction once the log has become too long to wait for that.
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

/** Of the longest log: from there on it is folded while nobody writes. */
const WORTH_IT = 1 / 4;

interface Running {
  /** Of the log, which will then be free. */
  bytes: number;
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
  /** Logged since the running fold began. */
  #bytes = 0;
  /** Keys since the last transaction. */
  #logged = 0;
  #running: Running | undefined;

  /** At `longest` bytes of the log a fold no longer waits until nobody writes. */
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

  /** There is something to do as soon as nobody writes. */
  get isDue(): boolean {
    return this.#running !== undefined || this.#bytes >= this.#longest * WORTH_IT;
  }

  /** Notes that the log has a key from before; `bytes` long is its entry. */
  found(table: Table, key: string, bytes: number): void {
    this.#dirty[table].add(key);
    this.#bytes += bytes;
  }

  /** Notes that a key has been written to the log in this transaction. */
  logged(table: Table, key: string, bytes: number): void {
    this.found(table, key, bytes);
    this.#logged += 1;
  }

  /** Inside a transaction: the next step, if there is one. `first` and `last` are rows of the log. */
  step(instance: Instance, first: number, last: number): void {
    const rows = Math.max(STEP, this.#logged);
    const mayWait = this.#logged > 0 && this.#bytes + (this.#running?.bytes ?? 0) < this.#longest;
    this.#logged = 0;
    if (mayWait || !this.isDue) {
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
    this.#running = { bytes: this.#bytes, keys: inOrder(this.#dirty), isWritten: false, upTo: last, trimmed: first };
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
