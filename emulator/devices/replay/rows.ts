/** What the two readers give: rows with named cells, and how far the file is read. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { readAvro } from "./readAvro.ts";
import { readCsv } from "./readCsv.ts";
import { UserError } from "./UserError.ts";

/** One row; `problem` says why it cannot be used. */
export interface Row {
  /** Line of a CSV file (its last line, if quotes span several), record of an Avro file; from 1. */
  number: number;
  cells: (column: string) => unknown;
  problem?: string;
}

export interface RowFile {
  /** What `number` counts. */
  unit: "line" | "record";
  rows: AsyncIterable<Row>;
  /** 0 to 1. */
  progress: () => number;
}

/**
 * Opens a CSV or Avro file, told apart by its first bytes. `columns`: those that must be there; a CSV file that lacks one
 * is a `UserError` at the first row, as is a file that cannot be read.
 */
export function openRows(path: string, options: { columns: readonly string[]; delimiter?: string }): RowFile {
  const size = checkedSize(path);
  return startsLikeAvro(path) ? readAvro(path, size) : readCsv(path, size, options);
}

function checkedSize(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new UserError(`There is no file ${path}; check the path.`);
  if (!stats.isFile()) throw new UserError(`${path} is not a file; give a CSV or an Avro file.`);
  if (stats.size === 0) throw new UserError(`${path} is empty; give a CSV or an Avro file with rows.`);
  return stats.size;
}

function startsLikeAvro(path: string): boolean {
  try {
    const file = openSync(path, "r");
    const start = Buffer.alloc(4);
    readSync(file, start);
    closeSync(file);
    return start.equals(Buffer.from([0x4f, 0x62, 0x6a, 0x01]));
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${(error as Error).message}; check its permissions.`);
  }
}
