/**
 * The models as they were last known, full documents: so that the server can start while the cloud is away, and so that
 * Commands, which Azure does not take, are still known after a restart. Read and written by src/twins/loadGraph.ts.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { StoredModel } from "../twins/types.ts";

export class ModelStore {
  readonly #db: DatabaseSync;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #clear: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#select = db.prepare("SELECT id, document FROM models ORDER BY position");
    this.#insert = db.prepare("INSERT OR REPLACE INTO models (id, position, document) VALUES (?, ?, ?)");
    this.#clear = db.prepare("DELETE FROM models");
  }

  read(): StoredModel[] {
    return this.#select.all().map((row) => ({
      id: String(row["id"]),
      model: JSON.parse(String(row["document"])) as object,
    }));
  }

  /** Replaces what was there. */
  write(models: Iterable<StoredModel>): void {
    this.#db.exec("BEGIN");
    this.#clear.run();
    let position = 0;
    for (const { id, model } of models) {
      this.#insert.run(id, position++, JSON.stringify(model));
    }
    this.#db.exec("COMMIT");
  }
}
