/**
 * Limits of schemas: at most five levels, and in v2 no Array or geospatial schema below a Property. "Limits and
 * exclusions" of the specification. Called by parseModels.
 */
import type { Element } from "./Element.ts";
import type { ElementGraph } from "./ElementGraph.ts";
import type { IssueList } from "./IssueList.ts";
import { memberPath } from "./MemberReader.ts";
import { ENDLESS, SCHEMA_DEPTH, TOO_DEEP } from "./metamodel.ts";

interface Shape {
  /** `schema` and `elementSchema` members on the longest way down. */
  depth: number;
  /** The first Array or geospatial schema on the way down, itself included. */
  excluded: string | undefined;
}

const FLAT: Shape = { depth: 0, excluded: undefined };

/** A geospatial schema is an Object of arrays: each of its levels counts. */
const GEOSPATIAL_SHAPES: Readonly<Record<string, Shape>> = {
  point: { depth: 2, excluded: "point" },
  multiPoint: { depth: 3, excluded: "multiPoint" },
  lineString: { depth: 3, excluded: "lineString" },
  multiLineString: { depth: 4, excluded: "multiLineString" },
  polygon: { depth: 4, excluded: "polygon" },
  multiPolygon: { depth: 5, excluded: "multiPolygon" },
};

export function checkSchemas(graph: ElementGraph, issues: IssueList): void {
  const shapes = new Map<Element, Shape>();
  for (const element of graph.all) {
    switch (element.cls) {
      case "Array":
      case "Map":
      case "Object":
        checkDepth(element, shapeOf(element, graph, shapes).depth, issues);
        break;
      case "Property":
        if (element.version === 2) {
          checkExcluded(element, graph, shapes, issues);
        }
        break;
      default:
    }
  }
}

function shapeOf(element: Element, graph: ElementGraph, shapes: Map<Element, Shape>, level = 0): Shape {
  const done = shapes.get(element);
  if (done !== undefined || level > TOO_DEEP) {
    return done ?? FLAT;
  }
  shapes.set(element, { depth: ENDLESS, excluded: undefined }); // for what comes back to it while it is measured
  const made = measure(element, graph, shapes, level);
  shapes.set(element, made);
  return made;
}

function measure(element: Element, graph: ElementGraph, shapes: Map<Element, Shape>, level: number): Shape {
  const { members, primitive, cls } = element;
  const below = (child: Element | undefined, levels: number): Shape => {
    const shape = child === undefined ? FLAT : shapeOf(child, graph, shapes, level + 1);
    return { depth: shape.depth + levels, excluded: shape.excluded };
  };
  switch (cls) {
    case "Array":
      return { ...below(graph.find(members.elementSchema), 1), excluded: "Array" };
    case "Map":
      return deepest([below(graph.find(members.mapKey), 0), below(graph.find(members.mapValue), 0)]);
    case "Object":
      return deepest(graph.each(members.fields).map((field) => below(field, 0)));
    case "Field":
    case "MapKey":
    case "MapValue":
      return below(graph.find(members.schema), 1);
    case "Primitive":
      return (primitive === undefined ? undefined : GEOSPATIAL_SHAPES[primitive]) ?? FLAT;
    default:
      return FLAT;
  }
}

function deepest(shapes: readonly Shape[]): Shape {
  let depth = 0;
  let excluded: string | undefined;
  for (const shape of shapes) {
    depth = Math.max(depth, shape.depth);
    excluded ??= shape.excluded;
  }
  return { depth, excluded };
}

function checkDepth(element: Element, depth: number, issues: IssueList): void {
  if (depth > SCHEMA_DEPTH) {
    const message = `This ${element.cls} nests ${depth} schemas deep.`;
    const clause = `DTDL v${element.version}, Limits and exclusions`;
    const expected = `at most ${SCHEMA_DEPTH} levels`;
    issues.add({ code: "schema.depth", at: element, message, found: depth, expected, clause });
  }
}

function checkExcluded(property: Element, graph: ElementGraph, shapes: Map<Element, Shape>, issues: IssueList): void {
  const schema = graph.find(property.members.schema);
  const excluded = schema === undefined ? undefined : shapeOf(schema, graph, shapes).excluded;
  if (excluded !== undefined) {
    const at = { owner: property.owner, path: memberPath(property, "schema") };
    const message = `In DTDL v2 a Property cannot hold ${excluded}; Telemetry can, and a Property in v3.`;
    const expected = "no Array and no geospatial schema";
    issues.add({
      code: "property.schema",
      at,
      message,
      found: excluded,
      expected,
      clause: "DTDL v2, Limits and exclusions",
    });
  }
}
