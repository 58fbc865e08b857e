/**
 * Who did what, when, and what came of it. Append-only: the table itself refuses changes and deletions.
 *
 * Written by src/control/Audit.ts, read by REST. An entry that was written survives the process; a power cut may take the
 * last moment's (synchronous=FULL commits as the rest of the store, but entries of one turn are one commit).
 */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";

export interface AuditEntry {
  id: number;
  /** ms since epoch. */
  at: number;
  /** Session id, or what sign-in calls the caller. */
  actor: string;
  name: string;
  role: string;
  /** patch, command, create, delete, relationship, model, telemetry, lease, alarm, placement … */
  action: string;
  twinId: string;
  path: string;
  /** JSON; "" where there is nothing to tell. */
  before: string;
  after: string;
  /** done, refused, or the status of an operation. */
  result: string;
  reason: string;
  operationId: string;
}

export interface AuditFilter {
  twinId?: string | undefined;
  name?: string | undefined;
  action?: string | undefined;
  result?: string | undefined;
  operationId?: string | undefined;
  /** ms since epoch: at or after, and before. */
  from?: number | undefined;
  to?: number | undefined;
  /** Entries before this one. */
  before?: number | undefined;
}

const COLUMNS = ["twin_id", "name", "action", "result", "operation_id"] as const;

export class AuditStore {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare(
      `INSERT INTO audit (at, actor, name, role, action, twin_id, path, "before", "after", result, reason, operation_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** All in one commit. */
  add(entries: readonly Omit<AuditEntry, "id">[]): void {
    this.#db.exec("BEGIN");
    try {
      for (const e of entries) {
        const { before, after, result, reason } = e;
        this.#insert.run(
          e.at,
          e.actor,
          e.name,
          e.role,
          e.action,
          e.twinId,
          e.path,
          before,
          after,
          result,
          reason,
          e.operationId,
        );
      }
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Newest first. */
  list(filter: AuditFilter, limit: number): AuditEntry[] {
    const { from = 0, to = Number.MAX_SAFE_INTEGER, before = Number.MAX_SAFE_INTEGER } = filter;
    const wanted = [filter.twinId, filter.name, filter.action, filter.result, filter.operationId];
    const given = COLUMNS.map((column, i) => [column, wanted[i]] as const).filter(([, value]) => value !== undefined);
    const where = ["id < ?", "at >= ?", "at < ?", ...given.map(([column]) => `${column} = ?`)].join(" AND ");
    const values: SQLInputValue[] = [before, from, to, ...given.map(([, value]) => String(value)), limit];
    return this.#db
      .prepare(`SELECT * FROM audit WHERE ${where} ORDER BY id DESC LIMIT ?`)
      .all(...values)
      .map(entryOf);
  }
}

function entryOf(row: Record<string, SQLOutputValue>): AuditEntry {
  const text = (name: string) => String(row[name]);
  return {
    id: Number(row["id"]),
    at: Number(row["at"]),
    actor: text("actor"),
    name: text("name"),
    role: text("role"),
    action: text("action"),
    twinId: text("twin_id"),
    path: text("path"),
    before: text("before"),
    after: text("after"),
    result: text("result"),
    reason: text("reason"),
    operationId: text("operation_id"),
  };
}
