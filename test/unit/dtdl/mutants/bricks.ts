// What the mutants are made with: where an object is, what to do to it, and building bricks of models.
import type { Random } from "../../../support/Random.ts";

export type Json = Record<string, unknown>;

export type Change = (target: Json, random: Random, documents: Json[]) => unknown;
export interface Rule {
  name: string;
  where: (object: Json) => boolean;
  change: Change;
}

export const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === "object" && !Array.isArray(value);

export const asList = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** Every object below, itself included. */
export function objectsIn(value: unknown, found: Json[] = []): Json[] {
  if (Array.isArray(value)) {
    for (const item of value) {
      objectsIn(item, found);
    }
  } else if (isObject(value)) {
    found.push(value);
    for (const item of Object.values(value)) {
      objectsIn(item, found);
    }
  }
  return found;
}

export const typed = (type: string) => (object: Json) => asList(object["@type"]).includes(type);
export const withKey = (key: string) => (object: Json) => key in object;
export const version = (documents: readonly unknown[]): 2 | 3 =>
  JSON.stringify(documents).includes("dtmi:dtdl:context;3") ? 3 : 2;

export const named = (object: Json): boolean => typeof object["name"] === "string";
export const valued = (object: Json): boolean => typed("Property")(object) || typed("Telemetry")(object);
export const anyContent = (object: Json): boolean =>
  ["Property", "Telemetry", "Command", "Relationship", "Component"].some((type) => typed(type)(object));
export const anything = (): boolean => true;

export const set =
  (key: string, value: unknown | ((random: Random, target: Json) => unknown)): Change =>
  (target, random) => {
    target[key] = typeof value === "function" ? value(random, target) : value;
  };
export const remove =
  (key: string): Change =>
  (target) => {
    delete target[key];
  };
export const listOf = (n: number, make: (i: number) => unknown): unknown[] =>
  Array.from({ length: n }, (_, i) => make(i));
export const double = (name: string): Json => ({ name, schema: "double" });
export const property = (i: number): Json => ({ "@type": "Property", name: `extra${i}`, schema: "double" });
export const wrap = (levels: number, schema: unknown, how: (inner: unknown) => unknown): unknown =>
  levels === 0 ? schema : how(wrap(levels - 1, schema, how));
export const array = (inner: unknown): unknown => ({ "@type": "Array", elementSchema: inner });
export const object = (inner: unknown): unknown => ({ "@type": "Object", fields: [{ name: "f", schema: inner }] });
export const map = (inner: unknown): unknown => ({
  "@type": "Map",
  mapKey: { name: "k", schema: "string" },
  mapValue: { name: "v", schema: inner },
});
export const integers = (n: number): Json => ({
  "@type": "Enum",
  valueSchema: "integer",
  enumValues: listOf(n, (i) => ({ name: `v${i}`, enumValue: i })),
});
