/**
 * What is wrong with a twin, for the details of ValidationFailed: in the real service's words where they were seen recorded,
 * else where it is and what was expected.
 */
import type { ModelGraph, ValueIssue } from "../../../src/dtdl/types.ts";
import type { JsonObject } from "../types.ts";
import { modelOf } from "./twinDocument.ts";

export function describeIssue(graph: ModelGraph, twin: JsonObject, { code, path, message }: ValueIssue): string {
  const modelId = modelOf(twin);
  if (code === "model.unknown") {
    return `${modelId} or one of its dependencies does not exist.`;
  }
  const [, name = "", member, deeper] = path.split("/");
  const component = graph.get(modelId)?.components.get(name);
  if (component !== undefined && member !== undefined && deeper === undefined) {
    const kind = graph.get(component.schema)?.properties.get(member)?.schema.kind ?? "";
    if (code === "unknown") {
      return `${member} does not appear on the DTDL for ${name}.`;
    }
    // Others than Enum, Object, Map and Array are written as they are called in a model.
    if (code === "type" && /^[a-z]/.test(kind)) {
      return `Expected value of type ${kind} for ${member} on ${name}.`;
    }
  }
  return `${path}: ${message}`;
}
