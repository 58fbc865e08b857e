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

type Key = [Table, string];

interface Running {
  /** In the order of the tables' pages. */
  keys: Iterator<Key>;
  /** Of a step that failed. */
  again: Key[];
  isWritten: boolean;
  /** Last row of the log that is then of no use. */
  upTo: number;
  /** Characters up to there. */
  length: number;
}

export class Fold {
  readonly #longest: number;
  readonly #upsert: Record<Table, StatementSync>;
  readonly #remove: Record<Table, StatementSync>;
  readonly #trim: StatementSync;
  /** Last row of the log that has been removed. */
  #trimmed: number;
  #dirty = newKeys();
  /** Characters logged since the running fold began. */
  #length = 0;
  /** Keys since the last transaction. */
  #logged = 0;
  #running: Running | undefined;
  /** What the last step did. */
  #done: { running: Running; keys: Key[]; trimmed: number } | undefined;

  /**
   * At `longest` characters of the log a fold no longer waits until nobody writes. `first` is the first row that the log has, or
   * will have.
   */
  constructor(db: DatabaseSync, longest: number, first: number) {
    this.#longest = longest;
    this.#trimmed = first - 1;
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
    return this.#running !== undefined || this.#length >= this.#longest * WORTH_IT;
  }

  /** Notes that the log has a key from before; `length` characters has its entry. */
  found(table: Table, key: string, length: number): void {
    this.#dirty[table].add(key);
    this.#length += length;
  }

  /** Notes that a key has been written to the log in this transaction. */
  logged(table: Table, key: string, length: number): void {
    this.found(table, key, length);
    this.#logged += 1;
  }

  /** Inside a transaction: the next step, if there is one. `last` is the last row of the log. */
  step(instance: Instance, last: number): void {
    this.#done = undefined;
    const rows = Math.max(STEP, this.#logged);
    const mayWait = this.#logged > 0 && this.#length + (this.#running?.length ?? 0) < this.#longest;
    this.#logged = 0;
    if (mayWait || !this.isDue) {
      return;
    }
    const running = this.#running ?? this.#begin(last);
    this.#done = { running, keys: this.#take(running, rows), trimmed: this.#trimmed };
    for (const key of this.#done.keys) {
      this.#write(instance, key);
    }
    if (!running.isWritten) {
      return;
    }
    this.#trimmed = Math.min(this.#trimmed + TRIM_STEP, running.upTo);
    this.#trim.run(this.#trimmed);
    if (this.#trimmed === running.upTo) {
      this.#running = undefined;
    }
  }

  /** The transaction of the last step came to nothing. */
  undo(): void {
    if (this.#done !== undefined) {
      const { running, keys, trimmed } = this.#done;
      running.again.push(...keys);
      running.isWritten = false;
      this.#running = running;
      this.#trimmed = trimmed;
      this.#done = undefined;
    }
  }

  #begin(last: number): Running {
    this.#running = { keys: inOrder(this.#dirty), again: [], isWritten: false, upTo: last, length: this.#length };
    this.#dirty = newKeys();
    this.#length = 0;
    return this.#running;
  }

  #take(running: Running, rows: number): Key[] {
    const taken = running.again.splice(0, rows);
    while (taken.length < rows && !running.isWritten) {
      const next = running.keys.next();
      if (next.done === true) {
        running.isWritten = true;
      } else {
        taken.push(next.value);
      }
    }
    return taken;
  }

  #write(instance: Instance, [table, key]: Key): void {
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

function* inOrder(dirty: Record<Table, SortedKeys>): Generator<Key> {
  for (const table of TABLES) {
    for (const key of dirty[table].drain()) {
      yield [table, key];
    }
  }
}
