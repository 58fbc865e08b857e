/**
 * A whole twin, or a relationship, in Azure's REST shape against its model. Called before a twin is created or replaced,
 * by the embedded twin service for every PUT, and by imports. Issues are collected; nothing is thrown.
 */
import { describe } from "./describe.ts";
import { escapeSegment } from "./pointer.ts";
import type { Dtmi, Interface, ModelGraph, Property, ValueIssue } from "./types.ts";
import { checkValue, isRecord, issue, MAX_VALUE_ISSUES, unknownName } from "./validateValue.ts";

/**
 * `twin` has `$metadata.$model`, properties at the top level and components as nested objects; other members that begin
 * with `$` are ignored. Every component has to be there, be it empty, as the service wants it. Properties are optional.
 */
export function validateTwin(graph: ModelGraph, twin: unknown): ValueIssue[] {
  if (!isRecord(twin)) {
    return [issue("type", "", "a twin: an object", twin)];
  }
  const metadata = twin["$metadata"];
  const modelId = isRecord(metadata) ? metadata["$model"] : undefined;
  if (typeof modelId !== "string") {
    return [issue("model.missing", "/$metadata/$model", "the id of the twin's model", modelId)];
  }
  const model = graph.get(modelId);
  if (model === undefined) {
    return [unknownModel(modelId)];
  }
  const issues: ValueIssue[] = [];
  checkContents(graph, model, twin, "", issues);
  return issues;
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
  if (model === undefined) {
    return [unknownModel(sourceModelId)];
  }
  if (!isRecord(relationship)) {
    return [issue("type", "", "a relationship: an object", relationship)];
  }
  const name = relationship["$relationshipName"];
  const declared = typeof name === "string" ? model.relationships.get(name) : undefined;
  if (declared === undefined) {
    return [unknownName("/$relationshipName", String(name), model.relationships.keys(), "relationship")];
  }
  const issues: ValueIssue[] = [];
  if (declared.target !== undefined && targetModelId !== undefined && !graph.isA(targetModelId, declared.target)) {
    issues.push(issue("target", "/$targetId", `a twin of ${declared.target}`, targetModelId));
  }
  checkRelationshipProperties(declared.properties, relationship, issues);
  return issues;
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
