/**
 * Does what somebody asks for fit the models? Each check throws the TwinError that the requester gets, with every fault as
 * a detail. Pure; part of TwinControl, which asks before anything is written.
 */
import {
  DtdlParseError,
  parseModels,
  resolvePath,
  validatePatch,
  validateRelationship,
  validateTwin,
} from "../dtdl/index.ts";
import type { ModelGraph, ValueIssue } from "../dtdl/types.ts";
import { TwinError } from "../errors.ts";
import type { Dtmi, JsonPatchOp, Relationship, Twin } from "../twins/types.ts";

export function checkTwin(graph: ModelGraph, { id, modelId, properties }: Pick<Twin, "id" | "modelId" | "properties">) {
  if (!graph.get(modelId)) {
    throw new TwinError("INVALID_VALUE", `There is no model '${modelId}'.`, {
      details: [{ path: "/$metadata/$model", expected: "the id of a model that was uploaded", found: modelId }],
    });
  }
  const issues = validateTwin(graph, { ...properties, $dtId: id, $metadata: { $model: modelId } });
  throwIssues(issues, `The twin does not fit ${modelId}.`);
}

export function checkPatch(graph: ModelGraph, modelId: Dtmi, patch: readonly JsonPatchOp[]): void {
  throwIssues(validatePatch(graph, modelId, patch), `The patch does not fit ${modelId}.`);
}

/** @throws INVALID_VALUE when the pointer leads to no Property or Component of the model, nor into one. */
export function checkProperty(graph: ModelGraph, modelId: Dtmi, path: string): void {
  const kind = resolvePath(graph, modelId, path)?.content.kind;
  if (kind !== "Property" && kind !== "Component") {
    const details = [{ path, expected: `a Property of ${modelId}`, found: kind ?? "nothing" }];
    throw new TwinError("INVALID_VALUE", `${modelId} has no property ${path}.`, { details });
  }
}

/** @throws NOT_WRITABLE naming all that the patch would change although the model does not declare it writable. */
export function checkWritable(graph: ModelGraph, modelId: Dtmi, patch: readonly JsonPatchOp[]): void {
  const readOnly = validatePatch(graph, modelId, patch, { enforceWritable: true }).filter((i) => i.code === "writable");
  if (readOnly.length > 0) {
    const details = readOnly.map(({ path, expected }) => ({ path, expected, found: "read-only" }));
    const names = readOnly.map(({ path }) => path).join(", ");
    throw new TwinError("NOT_WRITABLE", `${modelId} does not declare ${names} writable.`, { details });
  }
}

/** `modelId`: that of the source. */
export function checkRelationship(graph: ModelGraph, modelId: Dtmi, r: Omit<Relationship, "etag">): void {
  const asStored = { ...r.properties, $relationshipName: r.name, $targetId: r.targetId };
  const message = `The relationship '${r.name}' does not fit ${modelId}.`;
  throwIssues(validateRelationship(graph, modelId, asStored), message);
}

/** Together with the models that are there. */
export function checkModels(graph: ModelGraph, models: object[]): void {
  try {
    parseModels(models, { known: graph });
  } catch (error) {
    if (!(error instanceof DtdlParseError)) {
      throw error;
    }
    const details = error.issues.map((i) => ({
      path: `${i.interface}${i.path}`,
      expected: `${i.expected} (${i.clause})`,
      found: i.found,
    }));
    throw new TwinError("INVALID_VALUE", error.message, { details, cause: error });
  }
}

function throwIssues(issues: readonly ValueIssue[], message: string): void {
  const [first] = issues;
  if (first) {
    const details = issues.map(({ path, expected, found }) => ({ path, expected, found }));
    const where = first.path === "" ? "" : `${first.path}: `;
    const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
    throw new TwinError("INVALID_VALUE", `${message} ${where}${first.message}${more}`, { details });
  }
}
