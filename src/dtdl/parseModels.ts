/**
 * DTDL documents → `ModelGraph`: read (JSON to elements), check (what needs several elements), build (flattened
 * Interfaces). Called at start-up with all models, and for every model that somebody uploads, with the rest as `known`.
 */
import { InterfaceBuilder } from "./buildInterfaces.ts";
import { checkAzure } from "./checkAzure.ts";
import { checkElements, finder } from "./checkElements.ts";
import { DtdlParseError } from "./DtdlParseError.ts";
import type { Element } from "./Element.ts";
import { IssueList } from "./IssueList.ts";
import { ResolvedModels } from "./ResolvedModels.ts";
import { readElements } from "./readElements.ts";
import type { Dtmi, Interface, ModelGraph, ParseOptions } from "./types.ts";

/**
 * `documents`: each one Interface or an array of them, in any order. Throws `DtdlParseError` with every fault of all of
 * them. The result holds the Interfaces of `options.known` too.
 */
export function parseModels(documents: unknown[], options: ParseOptions = {}): ModelGraph {
  const issues = new IssueList();
  const read = readElements(documents, issues);
  const byId = new Map<Dtmi, Element>(options.known === undefined ? [] : ResolvedModels.elementsOf(options.known));
  for (const [id, element] of read.byId) {
    byId.set(id, element);
  }
  const find = finder(byId);
  checkElements(read.all, find, issues);
  if (options.dialect === "azure") {
    checkAzure(read.roots, read.all, find, issues);
  }
  if (issues.issues.length > 0) {
    throw new DtdlParseError(issues.issues);
  }
  const builder = new InterfaceBuilder(find, options.known);
  const interfaces = new Map<Dtmi, Interface>(options.known?.interfaces);
  for (const element of read.all) {
    if (element.cls === "Interface") {
      interfaces.set(element.id ?? "", builder.build(element));
    }
  }
  return new ResolvedModels(interfaces, byId);
}
