/**
 * A JSON Patch (RFC 6902: add, replace, remove) against a twin's model, before it is sent anywhere. The twin's values are
 * not known here: whether a parent exists or a replaced value is set is the service's matter.
 *
 * Called by TwinControl for every write of a person, and by the embedded twin service.
 */
import { isDateTime } from "./formats.ts";
import { parsePointer } from "./pointer.ts";
import { type ResolvedPath, resolveSegments, stepInto } from "./resolvePath.ts";
import type { Component, Dtmi, Interface, ModelGraph, ValueIssue } from "./types.ts";
import { checkComponent, notAProperty, unknownModel } from "./validateTwin.ts";
import { checkMapKey, checkValue, collect, isRecord, issue, MAX_VALUE_ISSUES, unknownName } from "./validateValue.ts";

interface Op {
  op: "add" | "replace" | "remove";
  path: string;
  segments: readonly string[];
  value: unknown;
}

export interface PatchOptions {
  /**
   * Report operations that change what is not writable, with code "writable": such a Property or what is in it, its source
   * time, a Component as a whole that has one, and the twin's model. Azure itself does not enforce it.
   */
  enforceWritable?: boolean;
}

/** Models before and after the patch: the same, unless it sets `/$metadata/$model`. */
interface Models {
  graph: ModelGraph;
  before: Interface;
  after: Interface;
  enforceWritable: boolean;
}

/**
 * Paths of issues are those of the twin; the path of a fault in an operation itself is `/<index>/op` and the like, into
 * the patch. `writable` is told with each issue that concerns a Property; a property that is not writable is by itself an issue
 * only with `enforceWritable`.
 */
export function validatePatch(
  graph: ModelGraph,
  modelId: Dtmi,
  patch: unknown,
  options: PatchOptions = {},
): ValueIssue[] {
  const before = graph.get(modelId);
  if (before === undefined) {
    return [unknownModel(modelId)];
  }
  if (!Array.isArray(patch)) {
    return [issue("type", "", "an array of operations", patch)];
  }
  return collect((issues) => {
    const after = migratedTo(graph, patch) ?? before;
    const models: Models = { graph, before, after, enforceWritable: options.enforceWritable === true };
    for (let i = 0; i < patch.length && issues.length < MAX_VALUE_ISSUES; i++) {
      const op = readOp(patch[i], i, issues);
      if (op !== undefined) {
        checkOp(models, op, issues);
      }
    }
  });
}

function migratedTo(graph: ModelGraph, patch: readonly unknown[]): Interface | undefined {
  const last = patch.findLast((op) => isRecord(op) && op["op"] !== "remove" && op["path"] === "/$metadata/$model");
  const id = isRecord(last) ? last["value"] : undefined;
  return typeof id === "string" ? graph.get(id) : undefined;
}

function readOp(raw: unknown, index: number, issues: ValueIssue[]): Op | undefined {
  if (!isRecord(raw)) {
    issues.push(issue("type", `/${index}`, "an operation: an object", raw));
    return undefined;
  }
  const { op, path, value } = raw;
  if (op !== "add" && op !== "replace" && op !== "remove") {
    issues.push(issue("op", `/${index}/op`, '"add", "replace" or "remove"', op));
    return undefined;
  }
  const segments = typeof path === "string" ? parsePointer(path) : undefined;
  if (typeof path !== "string" || segments === undefined || segments.length === 0) {
    issues.push(issue("pointer", `/${index}/path`, "a JSON Pointer such as /temperature", path));
    return undefined;
  }
  if (op !== "remove" && value === undefined) {
    issues.push(issue("required", `/${index}/value`, "a value", value));
    return undefined;
  }
  return { op, path, segments, value };
}

function checkOp(models: Models, op: Op, issues: ValueIssue[]): void {
  const at = op.segments.findIndex((segment) => segment.startsWith("$"));
  if (at === 0 || (at === 1 && models.after.components.has(op.segments[0] ?? ""))) {
    checkSystemPath(models, op, at, issues);
    return;
  }
  const { graph, before, after } = models;
  const inAfter = resolveSegments(graph, after, op.segments);
  const found = inAfter === undefined && op.op === "remove" ? resolveSegments(graph, before, op.segments) : inAfter;
  if (found === undefined) {
    issues.push(missing(models, op));
  } else if (found.content.kind === "Component") {
    checkComponentOp(models, found.content, op, issues);
  } else if (found.content.kind === "Property") {
    if (models.enforceWritable && !found.content.writable) {
      issues.push(notWritable(found.content.name, op.path));
    }
    checkSteps(found, op, issues);
    checkPropertyOp(found, found.content.writable, op, issues);
    checkRequired(models, op, issues);
  } else {
    issues.push(notAProperty(ownerOf(graph, after, found.component), found.content.name, op.path));
  }
}

function checkPropertyOp(found: ResolvedPath, writable: boolean, op: Op, issues: ValueIssue[]): void {
  if (op.op === "remove" || found.schema === undefined) {
    return;
  }
  const first = issues.length;
  checkValue(found.schema, op.value, op.path, issues);
  for (let i = first; i < issues.length; i++) {
    const known = issues[i];
    if (known !== undefined) {
      known.writable = writable;
    }
  }
}

/**
 * A key of a Map that the path goes through is held to what holds for one in a value. The place after an Array's last
 * element, "-", is there to be added to only (RFC 6902, section 4.1).
 */
function checkSteps({ content, component }: ResolvedPath, op: Op, issues: ValueIssue[]): void {
  let schema = content.kind === "Property" ? content.schema : undefined;
  for (let i = component === undefined ? 1 : 2; i < op.segments.length; i++) {
    const segment = op.segments[i] ?? "";
    if (schema?.kind === "Map") {
      checkMapKey(segment, op.path, issues);
    } else if (schema?.kind === "Array" && segment === "-" && (op.op !== "add" || i < op.segments.length - 1)) {
      issues.push(issue("unknown", op.path, "an index: there is nothing at - yet", segment));
    }
    schema = schema === undefined ? undefined : stepInto(schema, segment);
  }
}

/** A field that its Object has to have (Requirement extension) cannot be removed alone. */
function checkRequired({ graph, after }: Models, op: Op, issues: ValueIssue[]): void {
  if (op.op !== "remove" || op.segments.length < 2) {
    return;
  }
  const name = op.segments.at(-1);
  const parent = resolveSegments(graph, after, op.segments.slice(0, -1))?.schema;
  if (parent?.kind === "Object" && parent.fields.some((field) => field.name === name && field.required === true)) {
    issues.push(issue("required", op.path, `the field ${name}`, undefined));
  }
}

function notWritable(name: string, path: string): ValueIssue {
  const message = `${name} is not writable.`;
  return {
    code: "writable",
    path,
    expected: "a writable property",
    found: `writable: false`,
    message,
    writable: false,
  };
}

function checkComponentOp(
  { graph, after, enforceWritable }: Models,
  { name, schema }: Component,
  op: Op,
  issues: ValueIssue[],
): void {
  if (enforceWritable) {
    // Also what the value leaves out is changed: it is unset.
    for (const property of graph.get(schema)?.properties.values() ?? []) {
      if (!property.writable) {
        issues.push(notWritable(`${name}/${property.name}`, `${op.path}/${property.name}`));
      }
    }
  }
  if (op.op !== "remove") {
    checkComponent(graph, schema, op.value, op.path, issues);
  } else if (after.components.has(name)) {
    issues.push(issue("component.missing", op.path, "a component, which cannot be removed", undefined));
  }
}

function ownerOf(graph: ModelGraph, model: Interface, component: string | undefined): Interface {
  const schema = component === undefined ? undefined : model.components.get(component)?.schema;
  return (schema === undefined ? undefined : graph.get(schema)) ?? model;
}

/** The issue for a path that leads nowhere: told for the deepest part that exists. */
function missing(models: Models, op: Op): ValueIssue {
  const { graph, after } = models;
  for (let depth = op.segments.length - 1; depth > 0; depth--) {
    const parent = resolveSegments(graph, after, op.segments.slice(0, depth));
    if (parent !== undefined) {
      return missingIn(models, op, parent, op.segments[depth] ?? "");
    }
  }
  return notAProperty(after, op.segments[0] ?? "", op.path);
}

function missingIn({ graph }: Models, op: Op, parent: ResolvedPath, name: string): ValueIssue {
  const { content, schema } = parent;
  if (content.kind === "Component") {
    const inner = graph.get(content.schema);
    return inner === undefined ? unknownModel(content.schema) : notAProperty(inner, name, op.path);
  }
  if (schema?.kind === "Array" && content.kind === "Property") {
    const fault = issue("unknown", op.path, "an index of the array, or - to add at its end", name);
    return { ...fault, writable: content.writable };
  }
  const fields = schema?.kind === "Object" ? schema.fields.map((field) => field.name) : [];
  const fault = unknownName(op.path, name, fields, "field");
  return content.kind === "Property" ? { ...fault, writable: content.writable } : fault;
}

/** `/$metadata/$model`, `/$metadata/<property>/sourceTime`, and the latter inside a component. Nothing else is ours to set. */
function checkSystemPath(models: Models, op: Op, at: number, issues: ValueIssue[]): void {
  const [metadata, name, leaf, more] = op.segments.slice(at);
  if (metadata !== "$metadata" || more !== undefined) {
    issues.push(systemPath(op));
  } else if (at === 0 && name === "$model" && leaf === undefined) {
    if (models.enforceWritable) {
      issues.push(notWritable("The model of a twin", op.path));
    }
    checkModelOp(models.graph, op, issues);
  } else if (leaf === "sourceTime" && name !== undefined) {
    checkSourceTime(models, op, at, name, issues);
  } else {
    issues.push(systemPath(op));
  }
}

function systemPath(op: Op): ValueIssue {
  const message = `${op.path} is the service's own and cannot be written.`;
  const expected = "/$metadata/$model or /$metadata/<property>/sourceTime";
  return { code: "system", path: op.path, expected, found: op.path, message };
}

function checkModelOp(graph: ModelGraph, op: Op, issues: ValueIssue[]): void {
  if (op.op === "remove" || typeof op.value !== "string") {
    issues.push(issue("type", op.path, "the id of a model", op.value));
  } else if (graph.get(op.value) === undefined) {
    issues.push(unknownModel(op.value));
  }
}

function checkSourceTime(models: Models, op: Op, at: number, name: string, issues: ValueIssue[]): void {
  const owner = ownerOf(models.graph, models.after, at === 0 ? undefined : op.segments[0]);
  const property = owner.properties.get(name);
  if (property !== undefined && models.enforceWritable && !property.writable) {
    issues.push(notWritable(`The source time of ${name}`, op.path));
  }
  if (property === undefined) {
    issues.push(notAProperty(owner, name, op.path));
  } else if (op.op !== "remove" && (typeof op.value !== "string" || !isDateTime(op.value))) {
    issues.push(issue("format", op.path, "a date and time such as 2024-12-31T23:59:59Z (RFC 3339)", op.value));
  }
}
