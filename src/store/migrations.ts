/**
 * The shape of the store's file, as steps: `PRAGMA user_version` counts how many a file has had.
 *
 * Steps are only ever added; a released one is never changed. Run by Store.open, each in a transaction of its own.
 */
import type { DatabaseSync } from "node:sqlite";

const STEPS = [
  `CREATE TABLE checkpoints (
     namespace TEXT NOT NULL, hub TEXT NOT NULL, consumer_group TEXT NOT NULL, partition TEXT NOT NULL,
     sequence INTEGER NOT NULL, position TEXT NOT NULL,
     PRIMARY KEY (namespace, hub, consumer_group, partition)) STRICT, WITHOUT ROWID;
   CREATE TABLE ownerships (
     namespace TEXT NOT NULL, hub TEXT NOT NULL, consumer_group TEXT NOT NULL, partition TEXT NOT NULL,
     owner TEXT NOT NULL, etag TEXT NOT NULL, modified INTEGER NOT NULL, process TEXT NOT NULL,
     PRIMARY KEY (namespace, hub, consumer_group, partition)) STRICT, WITHOUT ROWID;
   CREATE TABLE dead_letters (
     id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, partition TEXT NOT NULL, sequence INTEGER NOT NULL,
     generation TEXT NOT NULL, received INTEGER NOT NULL, raw BLOB NOT NULL, reason TEXT NOT NULL,
     UNIQUE (source, generation, partition, sequence, reason)) STRICT;
   CREATE TABLE models (id TEXT PRIMARY KEY, position INTEGER NOT NULL, document TEXT NOT NULL) STRICT;`,
  `ALTER TABLE dead_letters ADD COLUMN carried TEXT;
   ALTER TABLE dead_letters ADD COLUMN tries INTEGER NOT NULL DEFAULT 1`,
  `CREATE TABLE operations (
     id TEXT PRIMARY KEY, since INTEGER NOT NULL, ended INTEGER NOT NULL, view TEXT NOT NULL) STRICT;
   CREATE INDEX operations_by_end ON operations (ended, since);
   CREATE TABLE alarms (id TEXT PRIMARY KEY, view TEXT NOT NULL) STRICT;
   CREATE TABLE audit (
     id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
     action TEXT NOT NULL, twin_id TEXT NOT NULL, path TEXT NOT NULL, "before" TEXT NOT NULL, "after" TEXT NOT NULL,
     result TEXT NOT NULL, reason TEXT NOT NULL, operation_id TEXT NOT NULL) STRICT;
   CREATE INDEX audit_by_twin ON audit (twin_id, id);
   CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
     BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
   CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
     BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END`,
  `CREATE TABLE edits (
     id INTEGER PRIMARY KEY AUTOINCREMENT, builder TEXT NOT NULL, space TEXT NOT NULL, label TEXT NOT NULL,
     at INTEGER NOT NULL, undone INTEGER NOT NULL DEFAULT 0, changes TEXT NOT NULL) STRICT;
   CREATE INDEX edits_of ON edits (builder, space, undone, id)`,
  // REPLACE deletes without asking the trigger that refuses deletions.
  `CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
     WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
     BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END`,
];

/** Brings the file up to date. Throws when it was written by a later version of this program. */
export function migrate(db: DatabaseSync): void {
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > STEPS.length) throw new Error("it was written by a later version of this program");
  for (const [step, sql] of STEPS.entries()) {
    if (step < version) continue;
    db.exec(`BEGIN; ${sql}; PRAGMA user_version = ${step + 1}; COMMIT`);
  }
}
