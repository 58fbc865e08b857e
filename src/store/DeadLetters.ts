/**
 * Events that could not be decoded or applied, with their raw bytes, place and reason: kept, so that a partition goes on
 * and nothing is lost in silence. Bounded: the oldest goes first.
 *
 * Written by the pump before the checkpoint passes them; listed and replayed by REST (src/control/DeadLetterControl.ts). The same event with the same reason, delivered
 * again after a restart, is kept once.
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { EventPosition, UndecodableEvent } from "../twins/types.ts";

export interface DeadLetter extends UndecodableEvent {
  id: number;
  /** How often it came to this: deliveries and replays. */
  tries: number;
}

export interface DeadLettersLimits {
  count: number;
  /** Of what is kept of the messages together. */
  bytes: number;
}

/** Beside the body: JSON, so binary properties are not kept as they were. */
type Carried = Pick<UndecodableEvent, "properties" | "systemProperties" | "enqueuedAt">;

const DEFAULTS: DeadLettersLimits = { count: 10_000, bytes: 64 * 1024 * 1024 };
const SIZE = "length(raw) + coalesce(length(carried), 0)";

export class DeadLetters {
  readonly #db: DatabaseSync;
  readonly #limits: DeadLettersLimits;
  readonly #insert: StatementSync;
  readonly #oldest: StatementSync;
  readonly #remove: StatementSync;
  readonly #list: StatementSync;
  readonly #get: StatementSync;
  readonly #at: StatementSync;
  #count: number;
  #bytes: number;

  constructor(db: DatabaseSync, limits: Partial<DeadLettersLimits> = {}) {
    this.#db = db;
    this.#limits = { ...DEFAULTS, ...limits };
    this.#insert = db.prepare(
      `INSERT INTO dead_letters (source, partition, sequence, generation, received, raw, reason, carried)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET tries = tries + 1 RETURNING tries, ${SIZE} AS size`,
    );
    this.#oldest = db.prepare("SELECT id FROM dead_letters ORDER BY id LIMIT 1");
    this.#remove = db.prepare(`DELETE FROM dead_letters WHERE id = ? RETURNING ${SIZE} AS size`);
    this.#list = db.prepare("SELECT * FROM dead_letters WHERE id < ? ORDER BY id DESC LIMIT ?");
    this.#get = db.prepare("SELECT * FROM dead_letters WHERE id = ?");
    this.#at = db.prepare(
      "SELECT * FROM dead_letters WHERE source = ? AND generation = ? AND partition = ? AND sequence = ?",
    );
    const there = db.prepare(`SELECT count(*) AS count, coalesce(sum(${SIZE}), 0) AS bytes FROM dead_letters`).get();
    this.#count = Number(there?.["count"]);
    this.#bytes = Number(there?.["bytes"]);
  }

  /** Durable when it returns, all by one commit; throws when none was kept. */
  addAll(letters: Iterable<UndecodableEvent>): void {
    const before = { count: this.#count, bytes: this.#bytes };
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      for (const letter of letters) this.add(letter);
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      this.#count = before.count;
      this.#bytes = before.bytes;
      throw error;
    }
  }

  /** Durable when it returns. */
  add({ source, position, receivedAt, raw, reason, ...carried }: UndecodableEvent): void {
    const { partition, sequence, generation } = position;
    const json = Object.keys(carried).length === 0 ? null : JSON.stringify(carried satisfies Carried);
    const row = this.#insert.get(source, partition, sequence, generation, receivedAt, raw, reason, json);
    if (row?.["tries"] !== 1) return;
    this.#count++;
    this.#bytes += Number(row["size"]);
    while (this.#count > this.#limits.count || (this.#bytes > this.#limits.bytes && this.#count > 1))
      this.#dropOldest();
  }

  /** Newest first; `before` is the id of the last one of the page before. */
  list({ limit = 100, before = Number.MAX_SAFE_INTEGER }: { limit?: number; before?: number } = {}): DeadLetter[] {
    return this.#list.all(before, limit).map(letterOf);
  }

  get(id: number): DeadLetter | undefined {
    const row = this.#get.get(id);
    return row && letterOf(row);
  }

  /** All of one event: one for each reason. */
  at(source: string, { generation, partition, sequence }: EventPosition): DeadLetter[] {
    return this.#at.all(source, generation, partition, sequence).map(letterOf);
  }

  remove(id: number): void {
    const row = this.#remove.get(id);
    if (row === undefined) return;
    this.#count--;
    this.#bytes -= Number(row["size"]);
  }

  count(): number {
    return this.#count;
  }

  #dropOldest(): void {
    const row = this.#oldest.get();
    if (row !== undefined) this.remove(Number(row["id"]));
  }
}

function letterOf(row: Record<string, SQLOutputValue>): DeadLetter {
  const { carried } = row;
  return {
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
    tries: Number(row["tries"]),
    ...(typeof carried === "string" ? (JSON.parse(carried) as Carried) : {}),
  };
}
