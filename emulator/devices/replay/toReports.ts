/** A row and the mapping → what a device would have sent, or why it cannot be. Pure; used for every row of a replay. */
import type { DeviceReport } from "../deviceMessage.ts";
import type { FieldMapping, Mapping } from "./mapping.ts";
import type { TimeParser } from "./parseTime.ts";
import type { Row } from "./rows.ts";

export interface RowReports {
  deviceId: string;
  /** As recorded, ms since epoch. */
  time: number;
  /** One for the device itself, one for each component; their times are the row's. */
  reports: DeviceReport[];
}

/** `previous`: time of the row before, which tells the two runs of a doubled hour apart. A string says what is wrong. */
export function toReports(
  row: Row,
  mapping: Mapping,
  parseTime: TimeParser,
  previous: number | undefined,
): RowReports | string {
  if (row.problem !== undefined) return row.problem;
  const problems: string[] = [];
  const time = readTime(row.cells(mapping.time.column), parseTime, previous);
  if (time === undefined)
    problems.push(`${mapping.time.column} is ${show(row.cells(mapping.time.column))}, not a time`);
  const deviceId = typeof mapping.device === "string" ? mapping.device : readDevice(row.cells(mapping.device.column));
  if (deviceId === undefined) problems.push("it names no device");
  const values = readFields(row, mapping, problems);
  if (values.size === 0 && problems.length === 0) problems.push("it has no values");
  if (time === undefined || deviceId === undefined || problems.length > 0) return problems.join("; ");
  const model = mapping.model === undefined ? {} : { modelId: mapping.model };
  const reports = [...values].map(([component, fields]): DeviceReport => {
    return { deviceId, time, values: fields, ...model, ...(component === "" ? {} : { component }) };
  });
  return { deviceId, time, reports };
}

function readTime(value: unknown, parseTime: TimeParser, previous: number | undefined): number | undefined {
  const instants = isEmpty(value) ? undefined : parseTime(value);
  return instants?.find((it) => previous === undefined || it >= previous) ?? instants?.[0];
}

function readDevice(value: unknown): string | undefined {
  return isEmpty(value) ? undefined : String(value);
}

/** Component ("" for none) → name → value. An empty cell is a value that was not measured. */
function readFields(row: Row, mapping: Mapping, problems: string[]): Map<string, Record<string, unknown>> {
  const found = new Map<string, Record<string, unknown>>();
  for (const [column, field] of Object.entries(mapping.fields)) {
    const cell = row.cells(column);
    if (isEmpty(cell)) continue;
    const value = convert(cell, field);
    if (value === undefined) {
      problems.push(`${column} is ${show(cell)}, not ${EXPECTED[field.type]}`);
      continue;
    }
    const [first = "", second] = field.to.split("/");
    const [component, name] = second === undefined ? ["", first] : [first, second];
    found.set(component, { ...found.get(component), [name]: value });
  }
  return found;
}

const EXPECTED: Record<FieldMapping["type"], string> = {
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  string: "a text",
};
const BOOLEANS = new Map([
  ...["1", "true", "yes", "on"].map((it) => [it, true] as const),
  ...["0", "false", "no", "off"].map((it) => [it, false] as const),
]);

/** undefined: the cell is not what the field's type wants. */
function convert(cell: unknown, field: FieldMapping): unknown {
  if (field.type === "string") return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
  if (field.type === "boolean") return BOOLEANS.get(String(cell).toLowerCase());
  if (typeof cell !== "number" && typeof cell !== "string") return undefined;
  const value = Number(cell) * (field.scale ?? 1) + (field.offset ?? 0);
  const fits = field.type === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value);
  return fits ? value : undefined;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "");

function show(value: unknown): string {
  if (isEmpty(value)) return "empty";
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
