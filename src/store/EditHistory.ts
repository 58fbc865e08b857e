/**
 * What builders did to the layout, step by step, so that each can take his own steps back, after a reconnect or a restart
 * too. Written by src/world/WorldEditor.ts before the step itself. Bounded: of one builder in one space, and of all.
 *
 * The steps of a builder in a space are a stack: undone ones are on top, and gone once he does something new.
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Clock } from "../twins/types.ts";

export interface StoredEdit {
  id: number;
  /** What was done, for people: "moved pump-101". */
  label: string;
  /** As it was given; this file does not look into it. */
  changes: unknown;
}

export interface EditHistoryOptions {
  clock: Clock;
  /** Steps of one builder in one space. */
  steps?: number;
  /** Of the changes of all steps together. */
  bytes?: number;
}

export class EditHistory {
  readonly #clock: Clock;
  readonly #steps: number;
  readonly #maxBytes: number;
  readonly #insert: StatementSync;
  readonly #forgetUndone: StatementSync;
  readonly #forgetOld: StatementSync;
  readonly #oldest: StatementSync;
  readonly #last: StatementSync;
  readonly #next: StatementSync;
  readonly #set: StatementSync;
  readonly #drop: StatementSync;
  readonly #size: StatementSync;
  #bytes: number;

  constructor(db: DatabaseSync, { clock, steps = 100, bytes = 64 * 1024 * 1024 }: EditHistoryOptions) {
    this.#clock = clock;
    this.#steps = steps;
    this.#maxBytes = bytes;
    const of = "builder = ? AND space = ?";
    const size = "RETURNING length(changes) AS size";
    this.#insert = db.prepare("INSERT INTO edits (builder, space, label, at, changes) VALUES (?, ?, ?, ?, ?)");
    this.#forgetUndone = db.prepare(`DELETE FROM edits WHERE ${of} AND undone = 1 ${size}`);
    this.#forgetOld = db.prepare(
      `DELETE FROM edits WHERE id IN (SELECT id FROM edits WHERE ${of} ORDER BY id DESC LIMIT -1 OFFSET ?) ${size}`,
    );
    this.#oldest = db.prepare(`DELETE FROM edits WHERE id = (SELECT min(id) FROM edits) ${size}`);
    this.#last = db.prepare(`SELECT * FROM edits WHERE ${of} AND undone = 0 ORDER BY id DESC LIMIT 1`);
    this.#next = db.prepare(`SELECT * FROM edits WHERE ${of} AND undone = 1 ORDER BY id LIMIT 1`);
    this.#set = db.prepare("UPDATE edits SET undone = ?, changes = ? WHERE id = ?");
    this.#drop = db.prepare(`DELETE FROM edits WHERE id = ? ${size}`);
    this.#size = db.prepare("SELECT coalesce(sum(length(changes)), 0) AS size FROM edits");
    this.#bytes = sizeOf(this.#size.all());
  }

  /** A new step; what was undone can no longer be done again. Durable when it returns. */
  push(builder: string, space: string, { label, changes }: Omit<StoredEdit, "id">): void {
    const text = JSON.stringify(changes);
    this.#bytes -= sizeOf(this.#forgetUndone.all(builder, space));
    this.#insert.run(builder, space, label, this.#clock(), text);
    this.#bytes += text.length;
    this.#bytes -= sizeOf(this.#forgetOld.all(builder, space, this.#steps));
    while (this.#bytes > this.#maxBytes) {
      const freed = sizeOf(this.#oldest.all());
      if (freed === 0) {
        return;
      }
      this.#bytes -= freed;
    }
  }

  /** The step that undo takes back. */
  last(builder: string, space: string): StoredEdit | undefined {
    return editOf(this.#last.get(builder, space));
  }

  /** The step that redo does again. */
  next(builder: string, space: string): StoredEdit | undefined {
    return editOf(this.#next.get(builder, space));
  }

  /** Undone or done again; `changes` as far as they were. */
  turn(edit: StoredEdit, undone: boolean): void {
    const text = JSON.stringify(edit.changes);
    this.#set.run(undone ? 1 : 0, text, edit.id);
    this.#bytes = sizeOf(this.#size.all());
  }

  /** Can be neither undone nor done again. */
  drop(id: number): void {
    this.#bytes -= sizeOf(this.#drop.all(id));
  }
}

function sizeOf(rows: Record<string, SQLOutputValue>[]): number {
  return rows.reduce((sum, row) => sum + Number(row["size"]), 0);
}

function editOf(row: Record<string, SQLOutputValue> | undefined): StoredEdit | undefined {
  return row && { id: Number(row["id"]), label: String(row["label"]), changes: JSON.parse(String(row["changes"])) };
}
