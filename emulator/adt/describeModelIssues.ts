/**
 * What is wrong with models, for the message of DTDLParserError: all faults of the parser in one text, in the words of the
 * real service's parser where they were seen recorded. Like that one it looks for what models refer to only when they can
 * be read.
 *
 * Called by modelGraph.
 */
import type { DtdlIssue } from "../../src/dtdl/types.ts";
import { isObject, type JsonObject } from "./types.ts";

/** Keeps the answer to a hostile upload small. */
const SHOWN = 100;
const NO_CONTEXT =
  "In source, top-level JSON object has no @context specifier. Add a '@context' property whose value is a valid DTDL context specifier, such as 'dtmi:dtdl:context;2'.";
const NO_ID =
  "In source, top-level JSON element requires an identifer but none provided. Add an '@id' property whose value is a string that conforms to the DTMI syntax -- see https://github.com/Azure/digital-twin-model-identifier.";
const TERMS = "see https://github.com/Azure/opendigitaltwins-dtdl/tree/master/DTDL";

export function describeModelIssues(issues: readonly DtdlIssue[], documents: readonly JsonObject[]): string {
  const unreadable = issues.filter(({ code }) => code !== "reference.missing");
  return unreadable.length === 0
    ? unresolved(issues)
    : unreadable
        .slice(0, SHOWN)
        .map((issue) => describeIssue(issue, documents))
        .join(" | ");
}

function unresolved(issues: readonly DtdlIssue[]): string {
  // The message begins with the id; what was found may be cut.
  const places = Map.groupBy(issues, ({ message }) => message.split(" ", 1)[0] ?? "");
  const elements = Array.from(places, ([id, { length }]) => {
    return `${id} (referenced in ${length} place${length === 1 ? "" : "s"})`;
  });
  return `DtmiResolverAsync failed to resolve requisite references to element(s): ${elements.slice(0, SHOWN).join(", ")}`;
}

function describeIssue(issue: DtdlIssue, documents: readonly JsonObject[]): string {
  const { code, interface: id, path, message, found } = issue;
  if (code === "context.missing") {
    return NO_CONTEXT;
  }
  if (code === "id.missing" && /^\/\d+\/@id$/.test(path)) {
    return NO_ID;
  }
  const index = code === "schema.value" ? /^\/contents\/(\d+)\/schema$/.exec(path)?.[1] : undefined;
  if (index !== undefined) {
    const contents = documents.find((document) => document["@id"] === id)?.["contents"];
    const content = Array.isArray(contents) ? contents[Number(index)] : contents;
    const owner = `${id} has 'contents' value with name '${isObject(content) ? content["name"] : ""}' whose property 'schema' has`;
    const value = found.replace(/^"|"$/g, "");
    return `${owner} value '${value}' that is neither a valid DTMI reference nor a DTDL term. Replace the value of property 'schema' with a valid DTMI reference or a term defined by DTDL -- ${TERMS}. | ${owner} no valid value but one is required. Provide a value for 'schema' that is either an element definition or a DTMI reference.`;
  }
  return `${id}${path}: ${message}`;
}
