/**
 * Alarms that are active or not acknowledged, so that what somebody acknowledged or shelved is so after a restart too.
 * Written and read by src/control/Alarms.ts.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { AlarmView } from "../services.ts";

export class AlarmStore {
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync) {
    this.#put = db.prepare(
      "INSERT INTO alarms (id, view) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET view = excluded.view",
    );
    this.#remove = db.prepare("DELETE FROM alarms WHERE id = ?");
    this.#all = db.prepare("SELECT view FROM alarms");
  }

  put(view: AlarmView): void {
    this.#put.run(view.id, JSON.stringify(view));
  }

  remove(id: string): void {
    this.#remove.run(id);
  }

  all(): AlarmView[] {
    return this.#all.all().map((row) => JSON.parse(String(row["view"])) as AlarmView);
  }
}
