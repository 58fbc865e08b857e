/**
 * The decoders that stand beside generated types: JavaScript without dependencies, driven by a table of what each field of
 * each model is in room state. Used by codegen.ts.
 */
import type { Dtmi, Interface, ModelGraph, Schema } from "../types.ts";

/** In the table: the field's name in state, and an Enum's values, "json" for JSON text, or a component's model. */
type Entry = [field: string, how?: readonly (string | number)[] | "json" | { component: Dtmi }];

function entry(field: string, schema: Schema): Entry {
  switch (schema.kind) {
    case "Enum":
      return [field, schema.values.map(({ value }) => value)];
    case "boolean":
    case "integer":
    case "long":
    case "float":
    case "double":
    case "string":
    case "date":
    case "dateTime":
    case "time":
    case "duration":
      return [field];
    default:
      return [field, "json"];
  }
}

function entries(model: Interface, fieldName: (name: string) => string): Record<string, Entry> {
  const made: Record<string, Entry> = {};
  for (const { name, schema, definedIn } of [...model.properties.values(), ...model.telemetries.values()]) {
    if (definedIn === model.id) {
      made[name] = entry(fieldName(name), schema);
    }
  }
  for (const { name, schema, definedIn } of model.components.values()) {
    if (definedIn === model.id) {
      made[name] = [fieldName(name), { component: schema }];
    }
  }
  return made;
}

/** Source of the ES module; its declarations are part of the generated types. */
export function decoderText(graph: ModelGraph, fieldName: (name: string) => string): string {
  const lines = [...graph.interfaces.values()].map((model) => {
    const parents = JSON.stringify(model.extends);
    return `  ${JSON.stringify(model.id)}: [${parents}, ${JSON.stringify(entries(model, fieldName))}],\n`;
  });
  return `/** Model id → the models it extends, and its own fields. */\nconst MODELS = {\n${lines.join("")}};\n${DECODERS}`;
}

const DECODERS = `
export function roomTwin(state, models) {
  const model = [...models][state.$model];
  return model !== undefined && Object.hasOwn(MODELS, model) ? { model, state } : undefined;
}

export function decodeTwin(twin) {
  const { state, model } = twin;
  return state.$numbers === undefined ? decode(state, model) : decodeGeneric({}, state, model, "");
}

/** Values by path; an Enum's as such. A Component is there when something in it is. */
function decodeGeneric(decoded, state, model, at) {
  const [parents, fields] = MODELS[model];
  for (const parent of parents) {
    decodeGeneric(decoded, state, parent, at);
  }
  for (const [name, [, how]] of Object.entries(fields)) {
    const path = at + name;
    const isComponent = how?.component !== undefined;
    const value = isComponent
      ? decodeGeneric({}, state, how.component, path + "/")
      : (state.$numbers.get(path) ?? state.$texts.get(path) ?? state.$flags.get(path));
    if (isComponent ? Object.keys(value).length > 0 : value !== undefined) {
      decoded[name] = how === "json" ? JSON.parse(value) : value;
    }
  }
  return decoded;
}

function decode(state, model) {
  const decoded = {};
  decodeInto(decoded, state, model);
  return decoded;
}

function decodeInto(decoded, state, model) {
  const [parents, fields] = MODELS[model];
  for (const parent of parents) {
    decodeInto(decoded, state, parent);
  }
  for (const [name, [field, how]] of Object.entries(fields)) {
    const value = state[field];
    if (value !== undefined && value !== null) {
      decoded[name] = decodeValue(value, how);
    }
  }
}

function decodeValue(value, how) {
  if (how === undefined) {
    return value;
  }
  if (how === "json") {
    return JSON.parse(value);
  }
  return Array.isArray(how) ? how[value] : decode(value, how.component);
}
`;
