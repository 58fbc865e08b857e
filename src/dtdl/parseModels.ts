/**
 * DTDL documents → `ModelGraph`: read (JSON to elements), check (what needs several elements), build (flattened
 * Interfaces). Called at start-up with all models, and for every model that somebody uploads, with the rest as `known`.
 */
import { checkAzure } from "./checkAzure.ts";
import { checkCoTypes } from "./checkCoTypes.ts";
import { checkCycles } from "./checkCycles.ts";
import { checkInterfaces } from "./checkInterfaces.ts";
import { checkReferences } from "./checkReferences.ts";
import { checkSchemas } from "./checkSchemas.ts";
import { DtdlParseError } from "./DtdlParseError.ts";
import type { Element } from "./Element.ts";
import { ElementGraph } from "./ElementGraph.ts";
import { ElementReader } from "./ElementReader.ts";
import { InterfaceBuilder } from "./InterfaceBuilder.ts";
import { IssueList } from "./IssueList.ts";
import { ResolvedModels } from "./ResolvedModels.ts";
import type { Dtmi, Interface, ModelGraph, ParseOptions } from "./types.ts";

const NO_ELEMENTS: ReadonlyMap<Dtmi, Element> = new Map();

/**
 * `documents`: each one Interface or an array of them, in any order. Throws `DtdlParseError` with every fault of all of
 * them (up to a thousand), and nothing else, whatever it is given. The result holds the Interfaces of `options.known` too.
 * A document with the id of a known Interface takes its place, but those that extend it keep what they had: whether a
 * model may be replaced at all is the store's question, to be asked first.
 */
export function parseModels(documents: unknown[], options: ParseOptions = {}): ModelGraph {
  const { known, dialect, unknownExtensions } = options;
  const issues = new IssueList();
  const reader = new ElementReader(issues, unknownExtensions === "ignore");
  // Callers without types may give the one document itself.
  read(reader, Array.isArray(documents) ? documents : [documents], issues);
  const knownElements = known === undefined ? NO_ELEMENTS : ResolvedModels.elementsOf(known);
  const graph = new ElementGraph(reader.all, reader.byId, knownElements);
  checkReferences(graph, reader.failed, issues);
  checkCycles(graph, issues);
  checkSchemas(graph, issues);
  checkCoTypes(graph, issues);
  checkInterfaces(graph, issues);
  if (dialect === "azure") {
    checkAzure(reader.roots, reader.all, issues);
  }
  if (issues.issues.length > 0) {
    throw new DtdlParseError(issues.issues);
  }
  return build(graph, reader, known, knownElements);
}

/** The documents need not come from JSON: a getter or a Proxy among them runs code of its own, which may throw. */
function read(reader: ElementReader, documents: readonly unknown[], issues: IssueList): void {
  try {
    reader.readDocuments(documents);
  } catch (error) {
    issues.add({
      code: "document.unreadable",
      at: { owner: "", path: "" },
      message: `A document cannot be read as JSON: ${error instanceof Error ? error.message : "it throws"}`,
      found: documents,
      expected: "documents as JSON.parse gives them",
      clause: "DTDL v3, DTDL element",
    });
  }
}

function build(
  graph: ElementGraph,
  reader: ElementReader,
  known: ModelGraph | undefined,
  knownElements: ReadonlyMap<Dtmi, Element>,
): ModelGraph {
  const builder = new InterfaceBuilder(graph, reader.byId, known);
  const interfaces = new Map<Dtmi, Interface>(known?.interfaces);
  const elements = new Map(knownElements);
  for (const element of reader.all) {
    if (element.cls === "Interface" && element.id !== undefined) {
      interfaces.set(element.id, builder.build(element));
    }
  }
  for (const [id, element] of reader.byId) {
    elements.set(id, element);
  }
  return new ResolvedModels(interfaces, elements);
}
