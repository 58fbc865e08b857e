/**
 * Second stage of parseModels, first part: every reference leads to an element that may stand there. And names and values
 * that have to be unique among siblings.
 */
import type { Element, Ref } from "./Element.ts";
import type { ElementGraph, ReferenceTerm } from "./ElementGraph.ts";
import type { IssueList } from "./IssueList.ts";
import { memberPath } from "./MemberReader.ts";
import { type ElementRule, METAMODEL } from "./metamodel.ts";
import type { Dtmi } from "./types.ts";

export function checkReferences(graph: ElementGraph, failed: ReadonlySet<Dtmi>, issues: IssueList): void {
  for (const element of graph.all) {
    if (issues.full) {
      return;
    }
    graph.forEachRef(element, (ref, term) => {
      if (typeof ref === "string") {
        checkReference(graph, failed, issues, element, term, ref);
      }
    });
    checkSiblings(graph, issues, element);
  }
}

function checkReference(
  graph: ElementGraph,
  failed: ReadonlySet<Dtmi>,
  issues: IssueList,
  element: Element,
  term: ReferenceTerm,
  ref: Dtmi,
): void {
  const target = graph.find(ref);
  const rule = METAMODEL[element.version][element.cls][term];
  if (rule?.type !== "element" || (target === undefined && failed.has(ref))) {
    return;
  }
  const fault = target === undefined ? missing(ref) : referenceFault(element, target, rule);
  if (fault !== undefined) {
    const at = { owner: element.owner, path: memberPath(element, term) };
    issues.add({ ...fault, at, found: ref });
  }
}

interface ReferenceFault {
  code: string;
  message: string;
  expected: string;
  clause: string;
}

function missing(ref: Dtmi): ReferenceFault {
  const message = `${ref} is not among these models.`;
  return {
    code: "reference.missing",
    message,
    expected: "the id of an element of these models",
    clause: "DTDL v3, Model completeness",
  };
}

function referenceFault(element: Element, target: Element, rule: ElementRule): ReferenceFault | undefined {
  const { version, cls } = element;
  if (!rule.classes.includes(target.cls)) {
    const message = `That is of type ${target.cls}, which cannot stand here.`;
    return { code: "reference.class", message, expected: rule.classes.join(", "), clause: `DTDL v${version}, ${cls}` };
  }
  if (target.version > version || (target.version < version && rule.older !== true)) {
    const message = `That is of DTDL v${target.version}, which cannot stand here in v${version}.`;
    return { code: "version.reference", message, expected: `DTDL v${version}`, clause: "DTDL v3, Context" };
  }
  const from = element.cls === "Interface" ? element : element.partition;
  if (target.cls !== "Interface" && target.partition !== from) {
    const message = "That stands inside another Interface, whose elements cannot be referred to.";
    const expected = "an element of the same Interface";
    return { code: "reference.partition", message, expected, clause: "DTDL v3, Partitions and referenceability" };
  }
  return undefined;
}

/** Names among fields, enum values and relationship properties; enum values' values. Contents: see checkInterfaces. */
function checkSiblings(graph: ElementGraph, issues: IssueList, element: Element): void {
  const { fields, enumValues, properties } = element.members;
  if (fields !== undefined) {
    unique(graph, issues, element, "fields", fields, "name");
    unique(graph, issues, element, "fields", fields, "index");
  }
  if (properties !== undefined) {
    unique(graph, issues, element, "properties", properties, "name");
  }
  if (enumValues !== undefined) {
    unique(graph, issues, element, "enumValues", enumValues, "name");
    unique(graph, issues, element, "enumValues", enumValues, "enumValue");
    unique(graph, issues, element, "enumValues", enumValues, "index");
    checkEnumValues(graph, issues, element, enumValues);
  }
}

function unique(
  graph: ElementGraph,
  issues: IssueList,
  element: Element,
  term: "fields" | "enumValues" | "properties",
  refs: readonly Ref[],
  key: "name" | "enumValue" | "index",
): void {
  const seen = new Map<unknown, Element>();
  for (const sibling of graph.each(refs)) {
    const value = sibling.members[key];
    const other = seen.get(value);
    if (value === undefined) {
      continue;
    }
    if (other !== undefined && other !== sibling) {
      const at = { owner: sibling.owner, path: memberPath(sibling, key) };
      const message = `Two ${term} have the same ${key}.`;
      const clause = `DTDL v${element.version}, ${sibling.cls}, ${key}`;
      issues.add({ code: `${key}.duplicate`, at, message, found: value, expected: "one of its own", clause });
    }
    seen.set(value, sibling);
  }
}

function checkEnumValues(graph: ElementGraph, issues: IssueList, element: Element, refs: readonly Ref[]): void {
  const schema = graph.find(element.members.valueSchema)?.primitive;
  if (schema !== "integer" && schema !== "string") {
    return;
  }
  const wanted = schema === "integer" ? "number" : "string";
  for (const sibling of graph.each(refs)) {
    const value = sibling.members.enumValue;
    if (value !== undefined && typeof value !== wanted) {
      const at = { owner: sibling.owner, path: memberPath(sibling, "enumValue") };
      const message = "The value does not fit the Enum's valueSchema.";
      const clause = `DTDL v${element.version}, EnumValue, enumValue`;
      issues.add({ code: "enumValue.type", at, message, found: value, expected: schema, clause });
    }
  }
}
