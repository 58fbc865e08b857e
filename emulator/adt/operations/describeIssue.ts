/**
 * What is wrong with a twin, for the details of ValidationFailed: in the real service's words where they were seen recorded,
 * else where it is and what was expected.
 */
import type { Interface, ModelGraph, ValueIssue } from "../../../src/dtdl/types.ts";
import type { JsonObject } from "../types.ts";
import { modelOf } from "./twinDocument.ts";

export function describeIssue(graph: ModelGraph, twin: JsonObject, issue: ValueIssue): string {
  const modelId = modelOf(twin);
  const { code, path, message } = issue;
  if (code === "model.unknown") {
    return `${modelId} or one of its dependencies does not exist.`;
  }
  const [, first = "", second, third] = path.split("/").map(nameOf);
  const model = graph.get(modelId);
  const component = model?.components.get(first);
  const own =
    component === undefined && second === undefined
      ? describeMember(model, "Twin", first, issue)
      : component !== undefined && second !== undefined && third === undefined
        ? describeMember(graph.get(component.schema), first, second, issue)
        : undefined;
  return own ?? `${path}: ${message}`;
}

/** Of a member of the twin or of a component, `owner`; undefined: no words were recorded. */
function describeMember(
  model: Interface | undefined,
  owner: string,
  name: string,
  { code, found }: ValueIssue,
): string | undefined {
  if (code === "unknown") {
    return `${name} does not appear on the DTDL for ${owner}.`;
  }
  if (code === "kind") {
    return `${name} is not a property - it is ${found}.`;
  }
  const kind = model?.properties.get(name)?.schema.kind ?? "";
  // Others than Enum, Object, Map and Array are written as they are called in a model.
  return code === "type" && /^[a-z]/.test(kind) ? `Expected value of type ${kind} for ${name} on ${owner}.` : undefined;
}

/** A segment of a JSON Pointer as a name. */
function nameOf(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}
