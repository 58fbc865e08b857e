/**
 * Events that could not be decoded or applied, with their raw bytes, place and reason: kept, so that a partition goes on
 * and nothing is lost in silence. Bounded: the oldest goes first.
 *
 * Written by the pump before the checkpoint passes them; listed by REST. The same event with the same reason, delivered
 * again after a restart, is kept once.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EventPosition } from "../twins/types.ts";

export interface DeadLetter {
  id: number;
  /** Host and hub. */
  source: string;
  position: EventPosition;
  /** ms since epoch. */
  receivedAt: number;
  /** The body as it came. */
  raw: Uint8Array;
  reason: string;
}

export interface DeadLettersLimits {
  count: number;
  /** Of the raw bytes together. */
  bytes: number;
}

const DEFAULTS: DeadLettersLimits = { count: 10_000, bytes: 64 * 1024 * 1024 };

export class DeadLetters {
  readonly #limits: DeadLettersLimits;
  readonly #insert: StatementSync;
  readonly #oldest: StatementSync;
  readonly #remove: StatementSync;
  readonly #list: StatementSync;
  #count: number;
  #bytes: number;

  constructor(db: DatabaseSync, limits: Partial<DeadLettersLimits> = {}) {
    this.#limits = { ...DEFAULTS, ...limits };
    this.#insert = db.prepare(
      `INSERT INTO dead_letters (source, partition, sequence, generation, received, raw, reason)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    this.#oldest = db.prepare("SELECT id, length(raw) AS size FROM dead_letters ORDER BY id LIMIT 1");
    this.#remove = db.prepare("DELETE FROM dead_letters WHERE id = ?");
    this.#list = db.prepare("SELECT * FROM dead_letters WHERE id < ? ORDER BY id DESC LIMIT ?");
    const there = db
      .prepare("SELECT count(*) AS count, coalesce(sum(length(raw)), 0) AS bytes FROM dead_letters")
      .get();
    this.#count = Number(there?.["count"]);
    this.#bytes = Number(there?.["bytes"]);
  }

  /** Durable when it returns. */
  add({ source, position, receivedAt, raw, reason }: Omit<DeadLetter, "id">): void {
    const { partition, sequence, generation } = position;
    const { changes } = this.#insert.run(source, partition, sequence, generation, receivedAt, raw, reason);
    if (changes === 0) return;
    this.#count++;
    this.#bytes += raw.byteLength;
    while (this.#count > this.#limits.count || (this.#bytes > this.#limits.bytes && this.#count > 1))
      this.#dropOldest();
  }

  /** Newest first; `before` is the id of the last one of the page before. */
  list({ limit = 100, before = Number.MAX_SAFE_INTEGER }: { limit?: number; before?: number } = {}): DeadLetter[] {
    return this.#list.all(before, limit).map((row) => ({
      id: Number(row["id"]),
      source: String(row["source"]),
      position: {
        partition: String(row["partition"]),
        sequence: Number(row["sequence"]),
        generation: String(row["generation"]),
      },
      receivedAt: Number(row["received"]),
      raw: row["raw"] instanceof Uint8Array ? row["raw"] : new Uint8Array(),
      reason: String(row["reason"]),
    }));
  }

  count(): number {
    return this.#count;
  }

  #dropOldest(): void {
    const row = this.#oldest.get();
    if (row === undefined) return;
    this.#remove.run(Number(row["id"]));
    this.#count--;
    this.#bytes -= Number(row["size"]);
  }
}
