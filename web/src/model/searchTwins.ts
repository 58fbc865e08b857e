/**
 * What the search box understands: words that name, id or model must have in them, and comparisons with values,
 * `speed > 1000`, `state = running`. Pure.
 */
import type { TwinState } from "../live/roomTypes.ts";
import type { TwinModel, ValueDef } from "./TwinModel.ts";
import { formatValue, readValue } from "./values.ts";

export interface Search {
  words: readonly string[];
  comparisons: readonly Comparison[];
}

interface Comparison {
  name: string;
  operator: "<" | ">" | "<=" | ">=" | "=";
  wanted: string;
}

const COMPARISON = /([\p{L}][\p{L}\d_.-]*)\s*(<=|>=|<|>|=)\s*("[^"]*"|\S+)/gu;

export function parseSearch(text: string): Search {
  const comparisons: Comparison[] = [];
  const rest = text
    .toLowerCase()
    .replace(COMPARISON, (_, name: string, operator: Comparison["operator"], wanted: string) => {
      comparisons.push({ name, operator, wanted: wanted.replaceAll('"', "") });
      return " ";
    });
  return { words: rest.split(/\s+/).filter(Boolean), comparisons };
}

/** `facts`: name, id and model in lower case. */
export function matches(search: Search, facts: string, twin: TwinState, model: TwinModel | undefined): boolean {
  return (
    search.words.every((word) => facts.includes(word)) &&
    search.comparisons.every((comparison) => model !== undefined && holds(comparison, twin, model))
  );
}

function holds(comparison: Comparison, twin: TwinState, model: TwinModel): boolean {
  const all = [...model.values, ...model.components.flatMap(({ values }) => values)];
  return all.some((def) => isNamed(def, comparison.name) && compare(comparison, readValue(twin, def), def));
}

/** "speed" is speed and speedSetpoint; "setpoint" is the latter too. */
function isNamed(def: ValueDef, name: string): boolean {
  return def.name.toLowerCase().includes(name) || def.label.toLowerCase().replaceAll(" ", "").includes(name);
}

function compare({ operator, wanted }: Comparison, value: unknown, def: ValueDef): boolean {
  if (value === undefined) {
    return false;
  }
  const [a, b] = [Number(value), Number(wanted)];
  if (def.schema.kind !== "number" || Number.isNaN(b)) {
    return operator === "=" && formatValue(value, def).toLowerCase().includes(wanted);
  }
  switch (operator) {
    case "<":
      return a < b;
    case ">":
      return a > b;
    case "<=":
      return a <= b;
    case ">=":
      return a >= b;
    case "=":
      return Math.abs(a - b) <= Math.max(1e-9, Math.abs(b) * 1e-6);
  }
}
