/**
 * From room state to text: reading a value by its definition, formatting it, its age. Pure; the components and the
 * scene's labels use the same words for the same value.
 */
import type { LiveMap, TwinState } from "../live/roomTypes.ts";
import { S } from "../strings.ts";
import type { TwinModel, ValueDef } from "./TwinModel.ts";

/** The value in room state; undefined while it is not known. Enums are the index of their choice. */
export function readValue(twin: TwinState, def: ValueDef): unknown {
  if ("$numbers" in twin) {
    return readGeneric(twin, def);
  }
  let value: unknown = twin;
  for (const field of def.fields) {
    value = (value as Record<string, unknown> | null | undefined)?.[field];
  }
  return value ?? undefined;
}

/** Twins of models that came after the room opened hold their values in maps, by pointer, enums as in the model. */
function readGeneric(twin: TwinState, def: ValueDef): unknown {
  const maps = [twin["$numbers"], twin["$texts"], twin["$flags"]] as (LiveMap<unknown> | undefined)[];
  const value = maps.map((map) => map?.get(def.pointer.slice(1))).find((found) => found !== undefined);
  if (def.schema.kind !== "enum" || value === undefined) {
    return value;
  }
  const index = def.schema.choices.findIndex((choice) => choice.value === value);
  return index < 0 ? value : index;
}

/** One line without the unit. */
export function formatValue(value: unknown, def: ValueDef): string {
  if (value === undefined || value === "") {
    return S.values.unknown;
  }
  switch (def.schema.kind) {
    case "number":
      return formatNumber(Number(value), def.schema.integer);
    case "boolean":
      return value === true ? S.values.yes : S.values.no;
    case "enum":
      return def.schema.choices[Number(value)]?.label ?? String(value);
    case "json":
      return compactJson(value);
    case "text":
      return def.schema.type === "dateTime" ? formatDateTime(String(value)) : String(value);
  }
}

/** With the unit, for labels and screen readers. */
export function formatWithUnit(value: unknown, def: ValueDef): string {
  const shown = formatValue(value, def);
  return def.unit === "" || value === undefined ? shown : `${shown}${def.unit === "%" ? "" : " "}${def.unit}`;
}

/** Set-points are shown with all their digits: what was asked for and what is reported must not differ by rounding. */
export function formatExact(value: unknown, def: ValueDef): string {
  const shown = def.schema.kind === "number" && value !== undefined ? editText(value, def) : formatValue(value, def);
  return def.unit === "" || value === undefined ? shown : `${shown} ${def.unit}`;
}

const formats = [0, 1, 2, 3].map(
  (digits) => new Intl.NumberFormat(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });

/** As many decimals as a reader can use; the same number of them at the same magnitude, so that digits do not jump. */
export function formatNumber(value: number, integer: boolean): string {
  if (!Number.isFinite(value)) {
    return S.values.unknown;
  }
  const size = Math.abs(value);
  if (integer || size >= 1000) {
    return whole.format(value);
  }
  if (size !== 0 && size < 0.001) {
    return value.toExponential(2);
  }
  return (formats[size >= 10 ? 1 : 2] ?? whole).format(value);
}

/** What a person edits: all digits that mean something, no grouping. Floats lose their binary noise. */
export function editText(value: unknown, def: ValueDef): string {
  if (value === undefined) {
    return "";
  }
  if (def.schema.kind === "number") {
    return String(Number(Number(value).toPrecision(7)));
  }
  return def.schema.kind === "json" ? prettyJson(value) : String(value);
}

export function prettyJson(value: unknown): string {
  try {
    return JSON.stringify(JSON.parse(String(value)), null, 2);
  } catch {
    return String(value);
  }
}

function compactJson(value: unknown): string {
  return prettyJson(value).replace(/\s*\n\s*/g, " ");
}

function formatDateTime(value: string): string {
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? value : time.toLocaleString();
}

/** "now", "12 s ago", "3 min ago". Times ahead of our clock count as now. */
export function formatAge(since: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - since) / 1000));
  if (seconds < 2) {
    return S.values.now;
  }
  if (seconds < 100) {
    return S.values.ago(`${seconds} s`);
  }
  if (seconds < 100 * 60) {
    return S.values.ago(`${Math.round(seconds / 60)} min`);
  }
  return seconds < 48 * 3600
    ? S.values.ago(`${Math.round(seconds / 3600)} h`)
    : S.values.ago(`${Math.round(seconds / 86400)} d`);
}

export function formatTime(ms: number): string {
  return new Date(ms).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

const keyValues = new WeakMap<TwinModel, ValueDef | undefined>();

/** The one value that stands for the twin in lists and labels; undefined where a model has only texts. */
export function keyValue(model: TwinModel): ValueDef | undefined {
  if (!keyValues.has(model)) {
    const all = [...model.values, ...model.components.flatMap((component) => component.values)];
    const telling = all.filter(({ schema }) => schema.kind !== "text" && schema.kind !== "json");
    keyValues.set(model, telling.map((def, at) => ({ def, score: keyScore(def, at) })).sort(byScore)[0]?.def);
  }
  return keyValues.get(model);
}

/** Names of ratings and dimensions: they do not change, so they tell nothing in a list. */
const FIXED =
  /^(rated|nominal|max|min|capacity|volume|area|height|width|length|diameter|serial|install|floorArea|year)/i;

/** Measured numbers with a unit first, Telemetry before Properties, the twin's own before its components'. */
function keyScore(def: ValueDef, at: number): number {
  const shape = def.schema.kind === "number" ? (def.unit === "" ? 20 : 40) : def.schema.kind === "enum" ? 10 : 0;
  const measured = def.writable || FIXED.test(def.name) ? 0 : 25;
  const transient = def.kind === "Telemetry" ? 8 : 0;
  return shape + measured + transient - (def.fields.length > 1 ? 12 : 0) - at * 0.01;
}

function byScore(a: { score: number }, b: { score: number }): number {
  return b.score - a.score;
}
