/**
 * What holds for an Interface as a whole, what it inherits included: names, depth and number of `extends`, number of
 * contents, no component inside a component, size. Called by parseModels.
 */
import type { Element } from "./Element.ts";
import type { Clash, ElementGraph } from "./ElementGraph.ts";
import type { IssueList } from "./IssueList.ts";
import { jsonLength } from "./jsonLength.ts";
import { memberPath } from "./MemberReader.ts";
import {
  CONTENTS_V2,
  ENDLESS,
  EXTENDS_DEPTH,
  EXTENDS_V3,
  INTERFACE_SIZE_V3,
  TOO_DEEP,
  VALUES_V3,
} from "./metamodel.ts";

export function checkInterfaces(graph: ElementGraph, issues: IssueList): void {
  const depths = new Map<Element, number>();
  const values = new Map<Element, number>();
  for (const element of graph.all) {
    if (issues.full) {
      return;
    }
    if (element.cls === "Interface") {
      checkContents(element, graph, issues);
      checkExtends(element, graph, depths, issues);
      if (element.version === 3) {
        checkValues(element, graph, values, issues);
        checkSize(element, graph, issues);
      }
    } else if (element.cls === "Component") {
      checkNested(element, graph, issues);
    }
  }
  for (const clash of graph.clashes) {
    reportClash(clash, issues);
  }
}

function reportClash({ in: owner, one, other }: Clash, issues: IssueList): void {
  const inherited = one.partition !== owner || other.partition !== owner;
  const [place, member] = inherited ? [owner, "contents"] : [other, "name"];
  const at = { owner: place.owner, path: memberPath(place, member) };
  const from = inherited ? `, one from ${one.owner}, one from ${other.owner}` : "";
  const message = `Two contents have this name${from}.`;
  const clause = `DTDL v${owner.version}, ${other.cls}, name`;
  const found = other.members.name;
  issues.add({ code: "name.duplicate", at, message, found, expected: "names that differ", clause });
}

function checkContents(element: Element, graph: ElementGraph, issues: IssueList): void {
  const contents = graph.contentsOf(element);
  if (element.version === 2 && contents.size > CONTENTS_V2) {
    const at = { owner: element.owner, path: memberPath(element, "contents") };
    const message = `This Interface has ${contents.size} contents, inherited ones included.`;
    const clause = "DTDL v2, Interface, contents";
    issues.add({
      code: "contents.count",
      at,
      message,
      found: contents.size,
      expected: `at most ${CONTENTS_V2}`,
      clause,
    });
  }
  const indexes = new Map<number, Element>();
  for (const content of contents.values()) {
    const { index } = content.members;
    if (index === undefined) {
      continue;
    }
    if (indexes.has(index)) {
      const at = { owner: content.owner, path: memberPath(content, "index") };
      const message = "Two contents have the same index.";
      issues.add({
        code: "index.duplicate",
        at,
        message,
        found: index,
        expected: "one of its own",
        clause: "Mqtt extension, Indexed",
      });
    }
    indexes.set(index, content);
  }
}

/** Right up to TOO_DEEP levels; beyond it is enough that it is too many. */
function depthOf(element: Element, graph: ElementGraph, depths: Map<Element, number>, level = 0): number {
  const done = depths.get(element);
  if (done !== undefined || level > TOO_DEEP) {
    return done ?? 0;
  }
  depths.set(element, ENDLESS); // for what comes back to it while it is measured
  let depth = 0;
  for (const parent of graph.each(element.members.extends)) {
    depth = Math.max(depth, 1 + depthOf(parent, graph, depths, level + 1));
  }
  depths.set(element, depth);
  return depth;
}

function checkExtends(element: Element, graph: ElementGraph, depths: Map<Element, number>, issues: IssueList): void {
  if (element.members.extends === undefined) {
    return;
  }
  const at = { owner: element.owner, path: memberPath(element, "extends") };
  const clause = `DTDL v${element.version}, Limits and exclusions`;
  const depth = depthOf(element, graph, depths);
  if (depth > EXTENDS_DEPTH) {
    const message = `This Interface inherits through ${depth} levels.`;
    issues.add({ code: "extends.depth", at, message, found: depth, expected: `at most ${EXTENDS_DEPTH}`, clause });
  }
  const count = element.version === 3 ? countExtends(element, graph) : 0;
  if (count > EXTENDS_V3) {
    const message = `This Interface and those above it extend ${count} Interfaces.`;
    issues.add({ code: "extends.count", at, message, found: count, expected: `at most ${EXTENDS_V3}`, clause });
  }
}

/** Values of all `extends` members above, each member once. */
function countExtends(start: Element, graph: ElementGraph): number {
  const seen = new Set<Element>([start]);
  let count = 0;
  for (const element of seen) {
    const parents = graph.each(element.members.extends);
    count += parents.length;
    for (const parent of parents) {
      seen.add(parent);
    }
    if (count > EXTENDS_V3) {
      break;
    }
  }
  return count;
}

/** Values below an element, itself included; shared ones count each time, which no valid model notices. */
function valuesBelow(element: Element, graph: ElementGraph, values: Map<Element, number>, level = 0): number {
  const done = values.get(element);
  if (done !== undefined || level > TOO_DEEP) {
    return done ?? 0;
  }
  values.set(element, ENDLESS); // for what comes back to it while it is counted
  let count = element.cls === "Interface" ? 0 : 1;
  if (element.cls === "Interface") {
    for (const content of graph.contentsOf(element).values()) {
      count += valuesBelow(content, graph, values, level + 1);
    }
  } else {
    graph.forEachRef(element, (ref, term) => {
      const child = graph.find(ref);
      if (child !== undefined && term !== "mapKey" && term !== "valueSchema") {
        count += valuesBelow(child, graph, values, level + 1) + (child.cls === "Interface" ? 1 : 0);
      }
    });
  }
  values.set(element, count);
  return count;
}

function checkValues(element: Element, graph: ElementGraph, values: Map<Element, number>, issues: IssueList): void {
  const count = valuesBelow(element, graph, values);
  if (count > VALUES_V3) {
    const at = { owner: element.owner, path: memberPath(element, "contents") };
    const message = `This Interface has ${count} elements, inherited ones included.`;
    const clause = "DTDL v3, Limits and exclusions";
    issues.add({ code: "contents.count", at, message, found: count, expected: `at most ${VALUES_V3}`, clause });
  }
}

/** Counted in characters, as the reference parser does; the text of Interfaces that stand inline does not count. */
function checkSize(element: Element, graph: ElementGraph, issues: IssueList): void {
  const inline = new Set<object>();
  let size = jsonLength(element.source, INTERFACE_SIZE_V3, inline);
  if (size <= INTERFACE_SIZE_V3) {
    return;
  }
  for (const other of graph.all) {
    if (other.cls === "Interface" && other.partition === element) {
      inline.add(other.source);
    }
  }
  size = inline.size === 0 ? size : jsonLength(element.source, INTERFACE_SIZE_V3, inline);
  if (size > INTERFACE_SIZE_V3) {
    const message = "The text of this Interface is too long.";
    const found = `more than ${INTERFACE_SIZE_V3} characters`;
    const expected = `at most ${INTERFACE_SIZE_V3} characters`;
    const clause = "DTDL v3, Limits and exclusions";
    issues.add({ code: "interface.size", at: element, message, found, expected, clause });
  }
}

function checkNested(component: Element, graph: ElementGraph, issues: IssueList): void {
  const schema = graph.find(component.members.schema);
  if (schema?.cls !== "Interface") {
    return;
  }
  for (const content of graph.contentsOf(schema).values()) {
    if (content.cls === "Component") {
      const at = { owner: component.owner, path: memberPath(component, "schema") };
      const message = `A component cannot have components, and ${schema.id ?? "this"} has ${content.members.name ?? "one"}.`;
      const clause = `DTDL v${component.version}, Limits and exclusions`;
      issues.add({
        code: "component.nested",
        at,
        message,
        found: schema.id,
        expected: "an Interface without Components",
        clause,
      });
      return;
    }
  }
}
