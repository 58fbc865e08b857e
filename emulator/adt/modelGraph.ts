/**
 * The one place where the service meets the DTDL parser: model graphs out of stored models, with Azure's dialect.
 *
 * Called by Instance at load and after deletions, and by the upload of models.
 */
import { DtdlParseError, parseModels } from "../../src/dtdl/index.ts";
import type { Interface, ModelGraph } from "../../src/dtdl/types.ts";
import { describeModelIssues } from "./describeModelIssues.ts";
import { modelsInvalid } from "./refusals.ts";
import type { JsonObject, ModelRecord } from "./types.ts";

/** Of models that were accepted before. */
export function graphOf(models: Iterable<ModelRecord>): ModelGraph {
  const documents = Array.from(models, (model) => model.document);
  return parseModels(documents, { dialect: "azure" });
}

/** Those of `known` and these. DTDLParserError with every fault in its message. */
export function extendGraph(known: ModelGraph, documents: readonly JsonObject[]): ModelGraph {
  try {
    return parseModels([...documents], { dialect: "azure", known });
  } catch (error) {
    if (!(error instanceof DtdlParseError)) {
      throw error;
    }
    throw modelsInvalid(describeModelIssues(error.issues, documents));
  }
}

/** What a model needs to exist: parents and component schemas. */
export function dependenciesOf(model: Interface): string[] {
  return [...model.extends, ...Array.from(model.components.values(), (component) => component.schema)];
}
