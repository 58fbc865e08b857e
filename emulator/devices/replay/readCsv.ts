/**
 * Streams a CSV file with a header line. A line that is no CSV, or has too many or too few cells, is a row with a problem.
 * Every row is one line: so one stray quote costs its own line, and not all up to the next quote of the file.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { type Info, parse } from "csv-parse";
import type { Row, RowFile } from "./rows.ts";
import { UserError } from "./UserError.ts";

interface Parsed {
  record: string[];
  info: Info;
}
/** Bad lines that the parser, which reads ahead, has met and nobody has seen yet. */
type Broken = Row[];

export function readCsv(
  path: string,
  size: number,
  options: { columns: readonly string[]; delimiter?: string },
): RowFile {
  let bytes = 0;
  async function* rows(): AsyncGenerator<Row> {
    const broken: Broken = [];
    let columns: Map<string, number> | undefined;
    let width = 0;
    for await (const { record, info } of parsed(path, options.delimiter ?? ",", broken)) {
      yield* takeBefore(broken, info.lines);
      bytes = info.bytes;
      if (columns === undefined) {
        columns = checkHeader(path, record, options.columns);
        width = record.length;
        continue;
      }
      // Files written by R have no name over their column of row names.
      const shift = record.length === width + 1 ? 1 : 0;
      yield toRow(record, columns, width, shift, info.lines);
    }
    yield* takeBefore(broken, Number.POSITIVE_INFINITY);
    if (columns === undefined) throw new UserError(`${path} has no header line; is it a CSV file?`);
    bytes = size;
  }
  return { unit: "line", rows: rows(), progress: () => bytes / size };
}

function takeBefore(broken: Broken, line: number): Row[] {
  broken.sort((a, b) => a.number - b.number);
  const end = broken.findIndex((it) => it.number >= line);
  return broken.splice(0, end < 0 ? broken.length : end);
}

function parsed(path: string, delimiter: string, broken: Broken): AsyncIterable<Parsed> {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      const reason = error?.message.split(/ at line | instead of /)[0] ?? "unknown fault";
      broken.push(brokenRow(Number(error?.["lines"] ?? 0), reason));
      return undefined;
    },
  });
  const lines = Readable.from(wholeLines(path, broken));
  lines.on("error", (error) => parser.destroy(error));
  parser.on("close", () => lines.destroy());
  return lines.pipe(parser);
}

/** The file's lines; one with an open quote is left empty, so that the parser still counts it. */
async function* wholeLines(path: string, broken: Broken): AsyncGenerator<string> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    const closed = !line.includes('"') || line.split('"').length % 2 === 1;
    if (!closed) broken.push(brokenRow(number, "a quote is not closed"));
    yield closed ? `${line}\n` : "\n";
  }
}

const brokenRow = (number: number, reason: string): Row => ({
  number,
  cells: () => undefined,
  problem: `it is not CSV (${reason})`,
});

function checkHeader(path: string, header: string[], needed: readonly string[]): Map<string, number> {
  const columns = new Map(header.map((name, i) => [name.trim(), i]));
  const missing = needed.filter((it) => !columns.has(it)).map((it) => `"${it}"`);
  if (missing.length === 0) return columns;
  const noun = missing.length === 1 ? "no column" : "no columns";
  throw new UserError(
    `${path} has ${noun} ${missing.join(", ")}, which the mapping names; it has: ${[...columns.keys()].join(", ")}.`,
  );
}

function toRow(record: string[], columns: Map<string, number>, width: number, shift: number, line: number): Row {
  const cells = (column: string) => record[(columns.get(column) ?? Number.NaN) + shift]?.trim();
  if (record.length === width + shift) return { number: line, cells };
  return { number: line, cells, problem: `it has ${record.length} cells where the header has ${width}` };
}
