/**
 * What Azure Digital Twins refuses on top of the language: Commands, inline Interfaces, components in components, Array
 * properties in v2. Called by parseModels for the dialect "azure".
 */
import type { Find } from "./checkElements.ts";
import type { Element } from "./Element.ts";
import type { IssueList } from "./IssueList.ts";

const CLAUSE = "Azure Digital Twins, DTDL service notes";

export function checkAzure(roots: readonly Element[], all: readonly Element[], find: Find, issues: IssueList): void {
  const atTop = new Set(roots);
  for (const element of all) {
    if (element.cls === "Command") {
      issues.add(
        "azure.command",
        element,
        "Azure Digital Twins takes no Commands.",
        element.members.name,
        "no Command",
        CLAUSE,
      );
    } else if (element.cls === "Interface" && !atTop.has(element)) {
      issues.add(
        "azure.inline",
        element,
        "Azure Digital Twins takes Interfaces at the top level only.",
        element.id,
        "its id",
        CLAUSE,
      );
    } else if (element.cls === "Property" && element.version === 2) {
      checkArray(element, find, issues);
    } else if (element.cls === "Component") {
      checkNested(element, find, issues);
    }
  }
}

function checkArray(property: Element, find: Find, issues: IssueList): void {
  if (find(property.members.schema)?.cls === "Array") {
    const place = { owner: property.owner, path: `${property.path}/schema` };
    issues.add(
      "azure.array",
      place,
      "Azure Digital Twins takes Array properties in v3 only.",
      "Array",
      "DTDL v3",
      CLAUSE,
    );
  }
}

function checkNested(component: Element, find: Find, issues: IssueList): void {
  const inner = find(component.members.schema);
  const nested = inner === undefined ? undefined : firstComponent(inner, find, new Set());
  if (nested !== undefined) {
    const found = nested.members.name;
    issues.add(
      "azure.nested",
      component,
      "Azure Digital Twins takes one level of components.",
      found,
      "none inside",
      CLAUSE,
    );
  }
}

function firstComponent(element: Element, find: Find, seen: Set<Element>): Element | undefined {
  if (seen.has(element)) {
    return undefined;
  }
  seen.add(element);
  for (const ref of element.members.contents ?? []) {
    const content = find(ref);
    if (content?.cls === "Component") {
      return content;
    }
  }
  for (const ref of element.members.extends ?? []) {
    const parent = find(ref);
    const nested = parent === undefined ? undefined : firstComponent(parent, find, seen);
    if (nested !== undefined) {
      return nested;
    }
  }
  return undefined;
}
