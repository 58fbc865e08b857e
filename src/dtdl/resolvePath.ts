/**
 * From a JSON Pointer into a twin (`/thermostat1/target/value`) to the model's word about it: which content it lies in
 * and which schema the value there has. Called by validatePatch, by forms, and by whoever maps telemetry to properties.
 */
import { parsePointer } from "./pointer.ts";
import type {
  Command,
  Component,
  Dtmi,
  Interface,
  ModelGraph,
  Property,
  Relationship,
  Schema,
  Telemetry,
} from "./types.ts";

export interface ResolvedPath {
  /** The named content that the pointer goes to or into. For `/component` alone, the Component. */
  content: Property | Telemetry | Command | Relationship | Component;
  /** Of the value at the pointer; undefined for a Component, Command or Relationship, which have none. */
  schema: Schema | undefined;
  /** Where the content itself is: `/name` or `/component/name`. */
  pointerOfProperty: string;
  /** Name of the component that it lies in. */
  component?: string;
}

/** undefined when the model is unknown, `pointer` is no pointer, or the model has nothing there. */
export function resolvePath(graph: ModelGraph, modelId: Dtmi, pointer: string): ResolvedPath | undefined {
  const segments = parsePointer(pointer);
  const model = graph.get(modelId);
  return segments === undefined || model === undefined ? undefined : resolveSegments(graph, model, segments);
}

/** As resolvePath, of segments that were parsed already. */
export function resolveSegments(
  graph: ModelGraph,
  model: Interface,
  segments: readonly string[],
): ResolvedPath | undefined {
  const [name, second] = segments;
  if (name === undefined) {
    return undefined;
  }
  const component = model.components.get(name);
  if (component === undefined) {
    return within(model, segments, 0, "");
  }
  const inner = graph.get(component.schema);
  if (second === undefined) {
    return { content: component, schema: undefined, pointerOfProperty: `/${name}` };
  }
  // One level: a component inside a component is not found, as Azure has none.
  const found = inner === undefined ? undefined : within(inner, segments, 1, `/${name}`);
  return found === undefined ? undefined : { ...found, component: name };
}

function within(model: Interface, segments: readonly string[], from: number, prefix: string): ResolvedPath | undefined {
  const name = segments[from] ?? "";
  const pointerOfProperty = `${prefix}/${name}`;
  const valued = model.properties.get(name) ?? model.telemetries.get(name);
  if (valued !== undefined) {
    const schema = schemaAt(valued.schema, segments, from + 1);
    return schema === undefined ? undefined : { content: valued, schema, pointerOfProperty };
  }
  const other = model.commands.get(name) ?? model.relationships.get(name);
  return other === undefined || segments.length > from + 1
    ? undefined
    : { content: other, schema: undefined, pointerOfProperty };
}

const INDEX = /^(?:0|[1-9]\d*|-)$/;

function schemaAt(start: Schema, segments: readonly string[], from: number): Schema | undefined {
  let schema: Schema | undefined = start;
  for (let i = from; i < segments.length && schema !== undefined; i++) {
    schema = stepInto(schema, segments[i] ?? "");
  }
  return schema;
}

/** The schema one segment further down; undefined where the value has nothing below. */
export function stepInto(schema: Schema, segment: string): Schema | undefined {
  switch (schema.kind) {
    case "Object":
      return schema.fields.find((field) => field.name === segment)?.schema;
    case "Map":
      return schema.value.schema;
    case "Array":
      return INDEX.test(segment) ? schema.element : undefined;
    default:
      return undefined;
  }
}
