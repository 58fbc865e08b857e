/**
 * What must outlive the process and is not a twin, in one SQLite file: checkpoints, dead letters, models, operations,
 * alarms, the audit, builders' edits.
 *
 * Opened once by the composition root. The event source keeps its place here, the pump puts aside here what cannot be
 * applied. synchronous=FULL: what was acknowledged survives a power cut too; a commit costs about 0.3 ms.
 */
import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { TwinError } from "../errors.ts";
import type { Clock } from "../twins/types.ts";
import { AlarmStore } from "./AlarmStore.ts";
import { AuditStore } from "./AuditStore.ts";
import { DeadLetters, type DeadLettersLimits } from "./DeadLetters.ts";
import { EditHistory } from "./EditHistory.ts";
import { ModelStore } from "./ModelStore.ts";
import { migrate } from "./migrations.ts";
import { OperationStore } from "./OperationStore.ts";
import { SqliteCheckpointStore } from "./SqliteCheckpointStore.ts";

export interface StoreOptions {
  /** Path of the SQLite file, made with its directory when it is not there. Absent: in memory. */
  file?: string;
  clock?: Clock;
  deadLetters?: Partial<DeadLettersLimits>;
}

export class Store {
  readonly checkpoints: SqliteCheckpointStore;
  readonly deadLetters: DeadLetters;
  readonly models: ModelStore;
  readonly operations: OperationStore;
  readonly alarms: AlarmStore;
  readonly audit: AuditStore;
  readonly edits: EditHistory;
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync, options: StoreOptions) {
    this.#db = db;
    this.checkpoints = new SqliteCheckpointStore(db, options.clock ?? Date.now);
    this.deadLetters = new DeadLetters(db, options.deadLetters);
    this.models = new ModelStore(db);
    this.operations = new OperationStore(db);
    this.alarms = new AlarmStore(db);
    this.audit = new AuditStore(db);
    this.edits = new EditHistory(db, { clock: options.clock ?? Date.now });
  }

  /** Throws TwinError UNAVAILABLE with a sentence that names the path and says what to do. */
  static open(options: StoreOptions = {}): Store {
    const { file } = options;
    let db: DatabaseSync | undefined;
    try {
      if (file !== undefined) mkdirSync(dirname(file), { recursive: true });
      db = new DatabaseSync(file ?? ":memory:");
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000");
      migrate(db);
      return new Store(db, options);
    } catch (cause) {
      db?.close();
      throw new TwinError("UNAVAILABLE", sentence(file ?? ":memory:", cause), { cause });
    }
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

function sentence(file: string, cause: unknown): string {
  const why = cause instanceof Error ? cause.message : String(cause);
  const path = resolve(file);
  if (/EEXIST|ENOTDIR/.test(why)) {
    return `${dirname(path)} is not a folder. Choose another data directory.`;
  }
  if (/not a database|malformed|later version/i.test(why)) {
    return `The data file ${path} cannot be used (${why}). Move it away to start with an empty one, or choose another data directory.`;
  }
  return `The data file ${path} cannot be opened (${why}). Make its directory writable for this user, or choose another data directory.`;
}
