/**
 * Streams an Avro file of Event Hubs Capture. Cells are the members of the JSON body (`a.b` for nested ones) and, with a
 * `$`, those of the envelope: `$EnqueuedTimeUtc`, `$SequenceNumber`, `$Offset`, `$Properties.x`, `$SystemProperties.x`.
 */
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import avro from "avsc";
import type { Row, RowFile } from "./rows.ts";
import { UserError } from "./UserError.ts";

type Json = Record<string, unknown>;

export function readAvro(path: string, size: number): RowFile {
  let bytes = 0;
  async function* rows(): AsyncGenerator<Row> {
    const source = createReadStream(path);
    const decoder = new avro.streams.BlockDecoder();
    source.on("error", (error) => decoder.destroy(error));
    let sync: Buffer | undefined;
    decoder.on("metadata", (_type, _codec, header: { sync: Buffer }) => {
      sync = header.sync;
    });
    let number = 0;
    try {
      for await (const record of source.pipe(decoder)) {
        bytes = source.bytesRead;
        yield toRow(record as Json, ++number);
      }
      // The decoder says nothing about a torn last block; a whole file ends with its sync marker.
      if (sync === undefined || !lastBytes(path, size).equals(sync)) throw new Error("its end is missing");
    } catch (error) {
      throw new UserError(
        `${path} breaks off after record ${number}: ${(error as Error).message}; get the whole file.`,
      );
    } finally {
      source.destroy();
    }
  }
  return { unit: "record", rows: rows(), progress: () => bytes / size };
}

function lastBytes(path: string, size: number): Buffer {
  const file = openSync(path, "r");
  const end = Buffer.alloc(16);
  readSync(file, end, { position: Math.max(0, size - end.length) });
  closeSync(file);
  return end;
}

function toRow(record: Json, number: number): Row {
  const body = parseBody(record["Body"]);
  const cells = (column: string) =>
    column.startsWith("$") ? lookUp(record, column.slice(1)) : lookUp(body ?? {}, column);
  return body === undefined ? { number, cells, problem: "its body is not a JSON object" } : { number, cells };
}

function parseBody(body: unknown): Json | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(body as Uint8Array).toString());
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** The member of that whole name, else along its dots at any depth. */
function lookUp(object: Json, name: string): unknown {
  if (Object.hasOwn(object, name)) return unwrap(object[name]);
  const dot = name.indexOf(".");
  const inner = dot < 0 ? undefined : object[name.slice(0, dot)];
  return typeof inner === "object" && inner !== null ? lookUp(inner as Json, name.slice(dot + 1)) : undefined;
}

/** avsc wraps the values of Capture's property maps: `{ string: "x" }`. */
function unwrap(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value.constructor === Object) return value;
  const inner: unknown[] = Object.values(value);
  return inner.length === 1 ? inner[0] : value;
}
