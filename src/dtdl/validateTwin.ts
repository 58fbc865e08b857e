/**
 * A whole twin, or a relationship, in Azure's REST shape against its model. Called before a twin is created or replaced,
 * by the embedded twin service for every PUT, and by imports. Issues are collected; nothing is thrown.
 */
import { describe } from "./describe.ts";
import { escapeSegment } from "./pointer.ts";
import type { Dtmi, Interface, ModelGraph, Property, ValueIssue } from "./types.ts";
import { checkValue, collect, isRecord, issue, MAX_VALUE_ISSUES, unknownName } from "./validateValue.ts";

/**
 * `twin` has `$metadata.$model`, properties at the top level and components as nested objects; other members that begin
 * with `$` are ignored. Every component has to be there, be it empty, as the service wants it. Properties are optional.
 */
export function validateTwin(graph: ModelGraph, twin: unknown): ValueIssue[] {
  return collect((issues) => checkTwin(graph, twin, issues));
}

function checkTwin(graph: ModelGraph, twin: unknown, issues: ValueIssue[]): void {
  if (!isRecord(twin)) {
    issues.push(issue("type", "", "a twin: an object", twin));
    return;
  }
  const metadata = twin["$metadata"];
  const modelId = isRecord(metadata) ? metadata["$model"] : undefined;
  const model = typeof modelId === "string" ? graph.get(modelId) : undefined;
  if (typeof modelId !== "string") {
    issues.push(issue("model.missing", "/$metadata/$model", "the id of the twin's model", modelId));
  } else if (model === undefined) {
    issues.push(unknownModel(modelId));
  } else {
    checkContents(graph, model, twin, "", issues);
  }
}

export function unknownModel(modelId: string): ValueIssue {
  const found = describe(modelId);
  const message = `There is no model ${found}.`;
  return { code: "model.unknown", path: "/$metadata/$model", expected: "the id of a known model", found, message };
}

/** A component's value as it stands in a twin: properties, and `$metadata` or nothing. */
export function checkComponent(
  graph: ModelGraph,
  schema: Dtmi,
  value: unknown,
  path: string,
  issues: ValueIssue[],
): void {
  const model = graph.get(schema);
  if (!isRecord(value)) {
    issues.push(issue("type", path, "an object: the component", value));
  } else if (model !== undefined) {
    checkContents(graph, model, value, path, issues);
  }
}

function checkContents(
  graph: ModelGraph,
  model: Interface,
  value: Record<string, unknown>,
  path: string,
  issues: ValueIssue[],
): void {
  for (const key of Object.keys(value)) {
    if (!key.startsWith("$")) {
      checkMember(graph, model, key, value[key], path, issues);
    }
    if (issues.length >= MAX_VALUE_ISSUES) {
      return;
    }
  }
  for (const component of model.components.values()) {
    if (!Object.hasOwn(value, component.name)) {
      const at = `${path}/${component.name}`;
      issues.push(issue("component.missing", at, `the component ${component.name}, be it {"$metadata":{}}`, undefined));
    }
  }
}

function checkMember(
  graph: ModelGraph,
  model: Interface,
  name: string,
  value: unknown,
  path: string,
  issues: ValueIssue[],
): void {
  const at = `${path}/${escapeSegment(name)}`;
  const property = model.properties.get(name);
  const component = model.components.get(name);
  if (property !== undefined) {
    checkValue(property.schema, value, at, issues);
  } else if (component !== undefined) {
    checkComponent(graph, component.schema, value, at, issues);
  } else {
    issues.push(notAProperty(model, name, at));
  }
}

/** Says what the name is instead where it is something else: Telemetry, a Command or a Relationship. */
export function notAProperty(model: Interface, name: string, path: string): ValueIssue {
  const other = model.telemetries.get(name) ?? model.commands.get(name) ?? model.relationships.get(name);
  if (other === undefined) {
    return unknownName(path, name, [...model.properties.keys(), ...model.components.keys()], "property");
  }
  const found = `a ${other.kind}`;
  const message = `${name} is ${found}, which a twin does not hold.`;
  return { code: "kind", path, expected: "a Property or a Component", found, message };
}

/**
 * `relationship` in Azure's REST shape: `$relationshipName`, `$targetId` and properties. The target's own model is the
 * caller's matter where it is known: give it as `targetModelId` to have it checked against the Relationship's target.
 */
export function validateRelationship(
  graph: ModelGraph,
  sourceModelId: Dtmi,
  relationship: unknown,
  targetModelId?: Dtmi,
): ValueIssue[] {
  const model = graph.get(sourceModelId);
  return model === undefined
    ? [unknownModel(sourceModelId)]
    : collect((issues) => checkRelationship({ graph, model, targetModelId }, relationship, issues));
}

interface Ends {
  graph: ModelGraph;
  /** The source's. */
  model: Interface;
  targetModelId: Dtmi | undefined;
}

function checkRelationship({ graph, model, targetModelId }: Ends, relationship: unknown, issues: ValueIssue[]): void {
  if (!isRecord(relationship)) {
    issues.push(issue("type", "", "a relationship: an object", relationship));
    return;
  }
  const name = relationship["$relationshipName"];
  if (typeof name !== "string") {
    issues.push(issue("type", "/$relationshipName", "the name of a Relationship", name));
    return;
  }
  const declared = model.relationships.get(name);
  if (declared === undefined) {
    issues.push(unknownName("/$relationshipName", name, model.relationships.keys(), "relationship"));
    return;
  }
  if (declared.target !== undefined && targetModelId !== undefined && !graph.isA(targetModelId, declared.target)) {
    issues.push(issue("target", "/$targetId", `a twin of ${declared.target}`, targetModelId));
  }
  checkRelationshipProperties(declared.properties, relationship, issues);
}

function checkRelationshipProperties(
  declared: ReadonlyMap<string, Property>,
  relationship: Record<string, unknown>,
  issues: ValueIssue[],
): void {
  for (const key of Object.keys(relationship)) {
    if (key.startsWith("$") || issues.length >= MAX_VALUE_ISSUES) {
      continue;
    }
    const property = declared.get(key);
    const at = `/${escapeSegment(key)}`;
    if (property === undefined) {
      issues.push(unknownName(at, key, declared.keys(), "property"));
    } else {
      checkValue(property.schema, relationship[key], at, issues);
    }
  }
}
