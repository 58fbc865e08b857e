/**
 * What co-types ask of the element they stand on: version, class, schema, other co-types; and of its siblings (annotation
 * and overriding). Called by parseModels.
 */
import type { Element } from "./Element.ts";
import type { ElementGraph } from "./ElementGraph.ts";
import type { CoType } from "./extensions.ts";
import { findExtensionSchema } from "./extensions.ts";
import type { IssueList } from "./IssueList.ts";
import { memberPath } from "./MemberReader.ts";

export function checkCoTypes(graph: ElementGraph, issues: IssueList): void {
  const annotating = new Set<Element>();
  for (const element of graph.all) {
    for (const cotype of element.cotypes) {
      checkCoType(cotype, element, graph, issues);
    }
    if (element.members.annotates !== undefined && element.partition !== undefined) {
      annotating.add(element.partition);
    }
  }
  for (const owner of annotating) {
    checkAnnotations(owner, graph, issues);
  }
}

function checkCoType(cotype: CoType, element: Element, graph: ElementGraph, issues: IssueList): void {
  const { term, version, classes, schema, beside, unitType } = cotype;
  const clause = `DTDL v${element.version}, ${term}`;
  const fault = (code: string, message: string, found: unknown, expected: string): void => {
    issues.add({ code, at: { owner: element.owner, path: `${element.path}/@type` }, message, found, expected, clause });
  };
  if (cotype.abstract === true) {
    fault(
      "cotype.abstract",
      `${term} is the general word for semantic types; name one of them.`,
      term,
      "Temperature …",
    );
  } else if (version !== element.version) {
    fault("cotype.version", `${term} is not for DTDL v${element.version}.`, term, `DTDL v${version}`);
  } else if (!classes.includes(element.cls)) {
    fault("cotype.class", `${term} cannot stand beside ${element.cls}.`, element.cls, classes.join(", "));
  }
  const found = graph.find(element.members.schema);
  if (schema !== undefined && found !== undefined && !schema.holds(found)) {
    fault("cotype.schema", `${term} asks for another schema.`, found.primitive ?? found.cls, schema.expected);
  }
  if (beside !== undefined && !element.cotypes.some((other) => other.id === beside)) {
    fault("cotype.beside", `${term} needs another type beside it.`, term, beside);
  }
  if (unitType !== undefined && element.cotypes.find((other) => other.unitType !== undefined) !== cotype) {
    fault("cotype.conflict", "Only one semantic type can stand on an element.", element.types.join(", "), "one");
  }
}

function checkAnnotations(owner: Element, graph: ElementGraph, issues: IssueList): void {
  const overridden = new Set<string>();
  for (const element of graph.each(owner.members.contents)) {
    const { annotates, overrides } = element.members;
    const target = annotates === undefined ? undefined : graph.contentsOf(owner).get(annotates);
    if (target === undefined || annotates === undefined) {
      continue;
    }
    checkAnnotated(element, target, issues);
    if (overrides !== undefined) {
      checkOverride(element, target, overrides, graph, issues);
      const what = `${annotates} ${overrides}`;
      if (overridden.has(what)) {
        const at = { owner: element.owner, path: memberPath(element, "overrides") };
        const message = `Another Property overrides ${overrides} of ${annotates} too.`;
        const clause = "Overriding extension, Override";
        issues.add({ code: "overrides.duplicate", at, message, found: overrides, expected: "one", clause });
      }
      overridden.add(what);
    }
  }
}

function checkAnnotated(element: Element, target: Element, issues: IssueList): void {
  const annotation = target.members.annotates !== undefined;
  if (annotation || (target.cls !== "Property" && target.cls !== "Telemetry")) {
    const at = { owner: element.owner, path: memberPath(element, "annotates") };
    const message = annotation ? "An annotation cannot be annotated." : `${target.cls} cannot be annotated.`;
    const expected = "the name of a Property or Telemetry beside it";
    const clause = "Annotation extension, ValueAnnotation";
    issues.add({ code: "annotates.target", at, message, found: target.members.name, expected, clause });
  }
}

function checkOverride(
  element: Element,
  target: Element,
  overrides: string,
  graph: ElementGraph,
  issues: IssueList,
): void {
  const rule = target.cotypes.map((cotype) => cotype.members[overrides]).find((member) => member !== undefined);
  const at = { owner: element.owner, path: memberPath(element, "overrides") };
  const clause = "Overriding extension, Override";
  if (rule === undefined) {
    const message = `No type of ${target.members.name ?? ""} adds a member ${overrides}.`;
    issues.add({ code: "overrides.target", at, message, found: overrides, expected: "such as unit", clause });
    return;
  }
  const schema = graph.find(element.members.schema);
  const wanted = rule.type === "unit" ? rule.unitType : rule.type;
  const fits = rule.type === "unit" ? schema === unitSchema(rule.unitType) : schema?.primitive === rule.type;
  if (schema !== undefined && !fits) {
    const message = `The schema has to be that of ${overrides}.`;
    const found = schema.primitive ?? schema.id ?? schema.cls;
    issues.add({ code: "overrides.schema", at, message, found, expected: wanted, clause });
  }
}

function unitSchema(unitType: string): Element | undefined {
  return findExtensionSchema(`dtmi:dtdl:extension:quantitativeTypes:v1:enum:${unitType}`);
}
