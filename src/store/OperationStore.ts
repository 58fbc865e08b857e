/**
 * Operations of the last day, so that a process that was killed leaves none unfinished for ever, and a repeated operation
 * id is known. Written by OperationLog at each change, before the change is told to anybody.
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { OperationView } from "../services.ts";

export class OperationStore {
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #unfinished: StatementSync;
  readonly #prune: StatementSync;

  constructor(db: DatabaseSync) {
    this.#put = db.prepare(
      `INSERT INTO operations (id, since, ended, view) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET since = excluded.since, ended = excluded.ended, view = excluded.view`,
    );
    this.#get = db.prepare("SELECT view FROM operations WHERE id = ?");
    this.#unfinished = db.prepare("SELECT view FROM operations WHERE ended = 0 ORDER BY since");
    this.#prune = db.prepare("DELETE FROM operations WHERE ended = 1 AND since < ?");
  }

  put(view: OperationView, isEnded: boolean): void {
    this.#put.run(view.id, view.since, isEnded ? 1 : 0, JSON.stringify(view));
  }

  get(id: string): OperationView | undefined {
    const row = this.#get.get(id);
    return row && viewOf(row);
  }

  unfinished(): OperationView[] {
    return this.#unfinished.all().map(viewOf);
  }

  prune(endedBefore: number): void {
    this.#prune.run(endedBefore);
  }
}

function viewOf(row: Record<string, SQLOutputValue>): OperationView {
  return JSON.parse(String(row["view"])) as OperationView;
}
