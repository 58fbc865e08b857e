/**
 * The rows of one partition in SQLite: one table each, so that every append goes to the right edge of its own tree.
 *
 * Sequence numbers are dense from the first kept row to the last. Used by PartitionLog and, inside its transactions, by LogStore.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Entry } from "./types.ts";

/** Counters that must survive when retention has removed every row. */
export interface Counters {
  first: number;
  next: number;
  nextOffset: number;
  /** Offset of the last event, -1 when there was none. */
  lastOffset: number;
  lastEnqueuedAt: number;
}

export class PartitionTable {
  readonly #id: number;
  readonly #insert: StatementSync;
  readonly #page: StatementSync;
  readonly #one: StatementSync;
  readonly #trim: StatementSync;
  readonly #bounds: StatementSync;
  readonly #counters: StatementSync;
  readonly #saveCounters: StatementSync;

  constructor(db: DatabaseSync, id: number) {
    this.#id = id;
    const table = `log_${id}`;
    db.exec(
      `CREATE TABLE IF NOT EXISTS ${table} (seq INTEGER PRIMARY KEY, off INTEGER NOT NULL, enq INTEGER NOT NULL,
        at INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT`,
    );
    this.#insert = db.prepare(`INSERT INTO ${table} (seq, off, enq, at, bytes) VALUES (?, ?, ?, ?, ?)`);
    this.#page = db.prepare(`SELECT seq, off, enq, at, bytes FROM ${table} WHERE seq >= ? ORDER BY seq LIMIT ?`);
    this.#one = db.prepare(`SELECT off, enq FROM ${table} WHERE seq = ?`);
    this.#trim = db.prepare(`DELETE FROM ${table} WHERE seq < ?`);
    this.#bounds = db.prepare(`SELECT min(seq) AS first, max(seq) AS last FROM ${table}`);
    this.#counters = db.prepare("SELECT first, next, next_off, last_off, last_enq FROM partitions WHERE id = ?");
    this.#saveCounters = db.prepare(
      "UPDATE partitions SET first = ?, next = ?, next_off = ?, last_off = ?, last_enq = ? WHERE id = ?",
    );
  }

  insert(entry: Entry): void {
    this.#insert.run(entry.sequence, entry.offset, entry.enqueuedAt, entry.annotationsAt, entry.bytes);
  }

  page(from: number, limit: number): Entry[] {
    return this.#page.all(from, limit).map((row) => ({
      sequence: Number(row["seq"]),
      offset: Number(row["off"]),
      enqueuedAt: Number(row["enq"]),
      annotationsAt: Number(row["at"]),
      bytes: asBuffer(row["bytes"]),
    }));
  }

  /** Offset and enqueued time of one row. */
  place(sequence: number): { offset: number; enqueuedAt: number } | undefined {
    const row = this.#one.get(sequence);
    return row && { offset: Number(row["off"]), enqueuedAt: Number(row["enq"]) };
  }

  /** Removes the rows before `first` and keeps the counters, which may outlive all rows. */
  trim(counters: Counters): void {
    this.#trim.run(counters.first);
    this.saveCounters(counters);
  }

  saveCounters(c: Counters): void {
    this.#saveCounters.run(c.first, c.next, c.nextOffset, c.lastOffset, c.lastEnqueuedAt, this.#id);
  }

  /** From the saved counters and the rows written since they were saved. */
  load(): Counters {
    const saved = this.#counters.get(this.#id);
    const bounds = this.#bounds.get();
    const counters = {
      first: Number(saved?.["first"] ?? 0),
      next: Number(saved?.["next"] ?? 0),
      nextOffset: Number(saved?.["next_off"] ?? 0),
      lastOffset: Number(saved?.["last_off"] ?? -1),
      lastEnqueuedAt: Number(saved?.["last_enq"] ?? 0),
    };
    if (bounds?.["last"] === null || bounds?.["last"] === undefined) return { ...counters, first: counters.next };
    const [last] = this.page(Number(bounds["last"]), 1);
    if (last === undefined) return counters;
    return {
      first: Number(bounds["first"]),
      next: last.sequence + 1,
      nextOffset: last.offset + footprint(last.bytes),
      lastOffset: last.offset,
      lastEnqueuedAt: last.enqueuedAt,
    };
  }
}

/** How far an event of these bytes moves the offset. */
export function footprint(bytes: Uint8Array): number {
  return bytes.length + 16;
}

function asBuffer(value: unknown): Buffer {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.alloc(0);
}
