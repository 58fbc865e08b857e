/**
 * Schemas and texts of a model as TypeScript source. Used by codegen.ts.
 */
import type { EnumValue, Field, GeospatialKind, Schema } from "../types.ts";

const PRIMITIVES: Partial<Record<Schema["kind"], string>> = {
  boolean: "boolean",
  integer: "number",
  long: "number",
  float: "number",
  double: "number",
  string: "string",
  date: "string",
  dateTime: "string",
  time: "string",
  duration: "string",
};

/** GeoJSON's `coordinates` by geospatial schema. */
const COORDINATES: Readonly<Record<GeospatialKind, string>> = {
  point: "number[]",
  multiPoint: "number[][]",
  lineString: "number[][]",
  multiLineString: "number[][][]",
  polygon: "number[][][]",
  multiPolygon: "number[][][][]",
};

/** The type of a value as a twin holds it; nested objects are indented by `indent` and what is inside them further. */
export function typeText(schema: Schema, indent: string): string {
  switch (schema.kind) {
    case "Enum":
      return enumText(schema.values);
    case "Object":
      return objectText(schema.fields, indent);
    case "Map":
      return `Record<string, ${typeText(schema.value.schema, indent)}>`;
    case "Array":
      return `Array<${typeText(schema.element, indent)}>`;
    case "point":
    case "multiPoint":
    case "lineString":
    case "multiLineString":
    case "polygon":
    case "multiPolygon": {
      const type = schema.kind.slice(0, 1).toUpperCase() + schema.kind.slice(1);
      return `{ type: "${type}"; coordinates: ${COORDINATES[schema.kind]}; bbox?: number[] }`;
    }
    default:
      return PRIMITIVES[schema.kind] ?? "unknown";
  }
}

function enumText(values: readonly EnumValue[]): string {
  return values.length === 0 ? "never" : values.map(({ value }) => JSON.stringify(value)).join(" | ");
}

function objectText(fields: readonly Field[], indent: string): string {
  if (fields.length === 0) {
    return "Record<string, never>";
  }
  const inner = `${indent}  `;
  const lines = fields.map((field) => {
    const optional = field.required === true ? "" : "?";
    return `${docText(field, inner)}${inner}${field.name}${optional}: ${typeText(field.schema, inner)};\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

/** How room state carries it (the wire): an Enum as its index, what is nested as JSON, the rest as such. */
export function wireText(schema: Schema): string {
  if (schema.kind === "Enum") {
    return "number";
  }
  return PRIMITIVES[schema.kind] ?? "string";
}

interface Described {
  displayName?: string;
  description?: string;
  comment?: string;
  unit?: string;
  writable?: boolean;
  schema?: Schema | undefined;
}

/** A doc comment with its line end, or nothing: what it is, its unit, what its values are called. */
export function docText(described: Described, indent: string, first = ""): string {
  const { displayName, description, comment, unit, writable, schema } = described;
  const named = schema?.kind === "Enum" ? schema.values.filter((value) => value.name !== value.value) : [];
  const lines = [
    first,
    sentence(displayName),
    sentence(description),
    sentence(comment),
    unit === undefined ? "" : `Unit: ${unit}.`,
    schema?.kind === "long" ? "64 bits: exact up to 2^53 only." : "",
    isTemporal(schema) ? `A ${schema?.kind}.` : "",
    named.length === 0 ? "" : `${named.map(({ name, value }) => `${value} = ${name}`).join(", ")}.`,
    writable === false ? "Read-only." : "",
  ].filter((line) => line !== "");
  if (lines.length === 0) {
    return "";
  }
  const text = lines.map((line) => line.replaceAll("*/", "*\\/").replace(/\s+/g, " "));
  return text.length === 1
    ? `${indent}/** ${text[0]} */\n`
    : `${indent}/**\n${text.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}

function isTemporal(schema: Schema | undefined): boolean {
  return schema !== undefined && ["date", "dateTime", "time", "duration"].includes(schema.kind);
}

function sentence(text: string | undefined): string {
  const trimmed = (text ?? "").trim();
  return trimmed === "" || /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
