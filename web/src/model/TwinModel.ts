/**
 * DTDL for the page: what a twin of a model shows and which of it can be written. `resolveModels` flattens `extends` into
 * one list per model, own contents before inherited ones. A reader of valid documents (the server has validated them),
 * small enough for the first view; unknown things are left out, never thrown at.
 */
import { fieldName } from "../../../src/protocol/names.ts";
import { unitSymbol } from "./units.ts";

export type ValueSchema =
  | { kind: "boolean" }
  | { kind: "number"; integer: boolean }
  | { kind: "text"; type: string }
  | { kind: "enum"; choices: readonly EnumChoice[] }
  | { kind: "json"; type: string };

export interface EnumChoice {
  label: string;
  /** What a patch carries. */
  value: string | number;
}

/** One Property or Telemetry. */
export interface ValueDef {
  kind: "Property" | "Telemetry";
  name: string;
  /** JSON Pointer in the twin. */
  pointer: string;
  /** Field path in room state: the component's field first. */
  fields: readonly string[];
  label: string;
  description: string;
  /** Symbol; "" without a unit. */
  unit: string;
  writable: boolean;
  schema: ValueSchema;
}

export interface ComponentDef {
  name: string;
  label: string;
  values: readonly ValueDef[];
}

/** A Command: `request` is a form of one field, or of those of an Object; undefined without a request. */
export interface CommandDef {
  name: string;
  /** Component that has it; "" for the twin itself. */
  component: string;
  label: string;
  description: string;
  request: RequestDef | undefined;
}

export interface RequestDef {
  /** True where the request is an object with these members, false where it is the one value. */
  isObject: boolean;
  fields: readonly ValueDef[];
}

export interface TwinModel {
  id: string;
  label: string;
  description: string;
  /** Itself, then its ancestors from near to far. */
  lineage: readonly string[];
  values: readonly ValueDef[];
  components: readonly ComponentDef[];
  commands: readonly CommandDef[];
}

/** As `GET /models?includeModelDefinition=true` gives it. */
export interface ModelEntry {
  id: string;
  model: object;
}

type Json = Record<string, unknown>;
type Documents = ReadonlyMap<string, Json>;

export function resolveModels(entries: readonly ModelEntry[]): Map<string, TwinModel> {
  const documents = new Map(entries.map(({ id, model }) => [id, model as Json]));
  return new Map([...documents.keys()].map((id) => [id, resolveModel(id, documents)]));
}

/** "dtmi:com:example:CoolingPump;1" → "CoolingPump". */
export function shortModelName(id: string): string {
  return (
    id
      .replace(/;[\d.]+$/, "")
      .split(":")
      .at(-1) ?? id
  );
}

function resolveModel(id: string, documents: Documents): TwinModel {
  const lineage = lineageOf(id, documents);
  const contents = contentsOf(lineage, documents);
  const document = documents.get(id) ?? {};
  return {
    id,
    label: text(document["displayName"]) || shortModelName(id),
    description: text(document["description"]),
    lineage,
    values: contents.flatMap((content) => valueDef(content, documents, []) ?? []),
    components: contents.filter((content) => is(content, "Component")).map((c) => componentDef(c, documents)),
    commands: [
      ...commandsOf(contents, documents, ""),
      ...contents
        .filter((content) => is(content, "Component"))
        .flatMap((content) => {
          const inside = contentsOf(lineageOf(idOf(content["schema"]), documents), documents);
          return commandsOf(inside, documents, String(content["name"]));
        }),
    ],
  };
}

/** Breadth first, each model once: the nearest declaration of a name wins. */
function lineageOf(id: string, documents: Documents): string[] {
  const lineage = [id];
  for (const ancestor of lineage) {
    for (const parent of many(documents.get(ancestor)?.["extends"]).map(idOf)) {
      if (parent !== "" && !lineage.includes(parent)) {
        lineage.push(parent);
      }
    }
  }
  return lineage;
}

function contentsOf(lineage: readonly string[], documents: Documents): Json[] {
  const byName = new Map<string, Json>();
  for (const id of lineage) {
    for (const content of many(documents.get(id)?.["contents"]) as Json[]) {
      const name = String(content["name"]);
      if (!byName.has(name)) {
        byName.set(name, content);
      }
    }
  }
  return [...byName.values()];
}

function componentDef(content: Json, documents: Documents): ComponentDef {
  const name = String(content["name"]);
  const contents = contentsOf(lineageOf(idOf(content["schema"]), documents), documents);
  return {
    name,
    label: text(content["displayName"]) || name,
    values: contents.flatMap((child) => valueDef(child, documents, [name]) ?? []),
  };
}

function commandsOf(contents: readonly Json[], documents: Documents, component: string): CommandDef[] {
  return contents
    .filter((content) => is(content, "Command"))
    .map((content) => {
      const name = String(content["name"]);
      const { request } = content;
      return {
        name,
        component,
        label: text(content["displayName"]) || humanise(name),
        description: text(content["description"]),
        request: request === undefined ? undefined : requestDef(request as Json, documents),
      };
    });
}

function requestDef(request: Json, documents: Documents): RequestDef {
  const schema = request["schema"];
  const object = typeof schema === "string" ? sharedSchema(schema, documents) : (schema as Json | undefined);
  const fields = object !== undefined && is(object, "Object") ? (many(object["fields"]) as Json[]) : undefined;
  return {
    isObject: fields !== undefined,
    fields: (fields ?? [request]).map((field) => fieldDef(field, documents)),
  };
}

function fieldDef(field: Json, documents: Documents): ValueDef {
  const name = String(field["name"]);
  const { label, unit } = labelAndUnit(field, name);
  return {
    kind: "Property",
    name,
    pointer: `/${name}`,
    fields: [name],
    label,
    description: text(field["description"]),
    unit,
    writable: true,
    schema: valueSchema(field["schema"], documents),
  };
}

function valueDef(content: Json, documents: Documents, parents: readonly string[]): ValueDef | undefined {
  const kind = is(content, "Telemetry") ? "Telemetry" : is(content, "Property") ? "Property" : undefined;
  if (kind === undefined) {
    return undefined;
  }
  const name = String(content["name"]);
  const path = [...parents, name];
  const { label, unit } = labelAndUnit(content, name);
  return {
    kind,
    name,
    pointer: path.map((part) => `/${part}`).join(""),
    fields: path.map(fieldName),
    label,
    description: text(content["description"]),
    unit,
    writable: kind === "Property" && content["writable"] === true,
    schema: valueSchema(content["schema"], documents),
  };
}

/** DTDL v2 has units only for its semantic types; others put theirs behind the name: "Level (%)". */
function labelAndUnit(content: Json, name: string): { label: string; unit: string } {
  const label = text(content["displayName"]) || humanise(name);
  const unit = unitSymbol(idOf(content["unit"]));
  const behind = /^(.+?) \(([^()\s]{1,8})\)$/.exec(label);
  return unit === "" && behind ? { label: behind[1] ?? label, unit: behind[2] ?? "" } : { label, unit };
}

const NUMBERS = new Map([
  ["double", false],
  ["float", false],
  ["integer", true],
  ["long", true],
]);

function valueSchema(schema: unknown, documents: Documents): ValueSchema {
  if (typeof schema === "string") {
    return namedSchema(schema, documents);
  }
  const document = (schema ?? {}) as Json;
  if (is(document, "Enum")) {
    return { kind: "enum", choices: (many(document["enumValues"]) as Json[]).map(enumChoice) };
  }
  return { kind: "json", type: String(many(document["@type"])[0] ?? "Object") };
}

function namedSchema(name: string, documents: Documents): ValueSchema {
  const integer = NUMBERS.get(name);
  if (integer !== undefined) {
    return { kind: "number", integer };
  }
  if (name === "boolean") {
    return { kind: "boolean" };
  }
  if (!name.startsWith("dtmi:")) {
    return { kind: "text", type: name };
  }
  const shared = sharedSchema(name, documents);
  return shared === undefined ? { kind: "json", type: shortModelName(name) } : valueSchema(shared, documents);
}

/** A schema that an interface declares under `schemas` and others name by its id. */
function sharedSchema(id: string, documents: Documents): Json | undefined {
  for (const document of documents.values()) {
    const found = (many(document["schemas"]) as Json[]).find((schema) => schema["@id"] === id);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function enumChoice(choice: Json): EnumChoice {
  const value = choice["enumValue"];
  return {
    label: text(choice["displayName"]) || humanise(String(choice["name"])),
    value: typeof value === "number" ? value : String(value),
  };
}

/** A DTDL string: plain, or by language. */
function text(value: unknown): string {
  if (typeof value === "string") {
    return value;
  }
  const byLanguage = (value ?? {}) as Json;
  const found = byLanguage["en"] ?? Object.values(byLanguage)[0];
  return typeof found === "string" ? found : "";
}

/** "speedSetpoint" → "Speed setpoint". */
function humanise(name: string): string {
  const words = name
    .replaceAll("_", " ")
    .replace(/([a-z\d])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function many(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function is(content: Json, type: string): boolean {
  return many(content["@type"]).some((name) => name === type || name === `dtmi:dtdl:class:${type};2`);
}

function idOf(value: unknown): string {
  return typeof value === "string" ? value : String((value as Json | undefined)?.["@id"] ?? "");
}
