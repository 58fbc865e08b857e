/**
 * Second stage of parseModels: what needs more than one element. References lead to elements of the right class, names
 * are unique through inheritance, nothing contains itself, depths are bounded.
 */
import type { Element, Ref } from "./Element.ts";
import type { IssueList } from "./IssueList.ts";
import { LIMITS, METAMODEL } from "./metamodel.ts";
import type { Dtmi } from "./types.ts";

export type Find = (ref: Ref | undefined) => Element | undefined;

export function finder(byId: ReadonlyMap<Dtmi, Element>): Find {
  return (ref) => (typeof ref === "string" ? byId.get(ref) : ref);
}

export function checkElements(all: readonly Element[], find: Find, issues: IssueList): void {
  for (const element of all) {
    checkReferences(element, find, issues);
    checkUniqueNames(element, find, issues);
  }
  const depths = new Map<Element, number>();
  for (const element of all) {
    if (element.cls === "Interface") {
      extendsDepth(element, find, issues, depths, new Set());
      checkSelf(element, find, issues);
    }
  }
  if (issues.issues.length === 0) {
    for (const element of all) {
      if (element.cls === "Interface" && element.members.extends !== undefined) {
        checkInheritedNames(element, find, issues);
      }
    }
  }
}

function checkReferences(element: Element, find: Find, issues: IssueList): void {
  const known = METAMODEL[element.version][element.cls];
  for (const [key, value] of Object.entries(element.members)) {
    const rule = known[key];
    if (rule?.type !== "element") {
      continue;
    }
    for (const ref of (Array.isArray(value) ? value : [value]) as Ref[]) {
      const target = find(ref);
      const place = { owner: element.owner, path: `${element.path}/${key}` };
      if (target === undefined && typeof ref === "string") {
        issues.add(
          "reference.missing",
          place,
          `Nothing here has the id ${ref}.`,
          ref,
          "an element of these models",
          "Model completeness",
        );
      } else if (target !== undefined && !rule.classes.includes(target.cls)) {
        issues.add(
          "reference.class",
          place,
          `${target.cls} cannot stand here.`,
          ref,
          rule.classes.join(", "),
          `DTDL v${element.version}, ${element.cls}`,
        );
      } else if (target !== undefined && element.version < target.version) {
        issues.add(
          "version.mixed",
          place,
          "A v2 element cannot refer to one of v3.",
          ref,
          "an element of DTDL v2",
          "DTDL v3, Context",
        );
      }
    }
  }
}

function checkUniqueNames(element: Element, find: Find, issues: IssueList): void {
  for (const key of ["contents", "fields", "enumValues", "properties"] as const) {
    const seen = new Set<string>();
    for (const ref of element.members[key] ?? []) {
      const name = find(ref)?.members.name;
      if (name !== undefined && seen.has(name)) {
        const place = { owner: element.owner, path: `${element.path}/${key}` };
        issues.add(
          "name.duplicate",
          place,
          `Two ${key} have this name.`,
          name,
          "names that differ",
          `DTDL v${element.version}, ${element.cls}`,
        );
      } else if (name !== undefined) {
        seen.add(name);
      }
    }
  }
}

function extendsDepth(
  element: Element,
  find: Find,
  issues: IssueList,
  depths: Map<Element, number>,
  above: Set<Element>,
): number {
  const done = depths.get(element);
  if (done !== undefined) {
    return done;
  }
  const place = { owner: element.owner, path: "/extends" };
  if (above.has(element)) {
    issues.add("extends.cycle", place, "This Interface extends itself.", element.id, "no cycle", "DTDL v3, Interface");
    return 0;
  }
  above.add(element);
  let depth = 0;
  for (const ref of element.members.extends ?? []) {
    const parent = find(ref);
    if (parent !== undefined) {
      depth = Math.max(depth, 1 + extendsDepth(parent, find, issues, depths, above));
    }
  }
  above.delete(element);
  depths.set(element, depth);
  const most = LIMITS[element.version].extendsDepth;
  if (depth > most) {
    issues.add(
      "extends.depth",
      place,
      "This Interface inherits through too many levels.",
      depth,
      `at most ${most}`,
      "DTDL v3, Interface",
    );
  }
  return depth;
}

/** An Interface that is, at any depth, a component of itself. */
function checkSelf(start: Element, find: Find, issues: IssueList): void {
  const seen = new Set<Element>();
  const stack = [start];
  for (let element = stack.pop(); element !== undefined; element = stack.pop()) {
    for (const ref of element.members.contents ?? []) {
      const content = find(ref);
      const inner = content?.cls === "Component" ? find(content.members.schema) : undefined;
      if (inner === start) {
        const place = { owner: start.owner, path: "/contents" };
        issues.add(
          "component.cycle",
          place,
          "This Interface is a component of itself.",
          start.id,
          "no cycle",
          "DTDL element",
        );
        return;
      }
      if (inner !== undefined && !seen.has(inner)) {
        seen.add(inner);
        stack.push(inner);
      }
    }
  }
}

function checkInheritedNames(start: Element, find: Find, issues: IssueList): void {
  const names = new Map<string, Element>();
  const seen = new Set<Element>();
  const stack = [start];
  for (let element = stack.pop(); element !== undefined; element = stack.pop()) {
    if (seen.has(element)) {
      continue;
    }
    seen.add(element);
    for (const ref of element.members.contents ?? []) {
      const content = find(ref);
      const name = content?.members.name;
      if (content === undefined || name === undefined) {
        continue;
      }
      const other = names.get(name);
      if (other !== undefined && other !== content && other.owner !== content.owner) {
        const place = { owner: start.owner, path: "/contents" };
        issues.add(
          "name.duplicate",
          place,
          `${name} is declared by ${content.owner} too.`,
          name,
          "names that differ",
          `DTDL v${start.version}, Interface`,
        );
      }
      names.set(name, content);
    }
    for (const ref of element.members.extends ?? []) {
      const parent = find(ref);
      if (parent !== undefined) {
        stack.push(parent);
      }
    }
  }
}
