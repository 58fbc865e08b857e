/**
 * "A DTDL element must not have a path to itself": over `extends`, components and schemas. Within a document elements form
 * a tree, so only references by id can close a circle: between Interfaces, or among the elements of one Interface.
 * Called by parseModels before anything that would walk in circles; linear, without recursion.
 */
import type { Element } from "./Element.ts";
import type { ElementGraph } from "./ElementGraph.ts";
import type { IssueList } from "./IssueList.ts";

interface Edge {
  to: Element;
  /** The element that refers to it. */
  at: Element;
}

interface Frame {
  node: Element;
  edges: readonly Edge[];
  next: number;
}

const NO_EDGES: readonly Edge[] = [];

/** True when there are none. Each is told once, at the reference that closes it. */
export function checkCycles(graph: ElementGraph, issues: IssueList): boolean {
  const between = new Map<Element, Edge[]>();
  const within = new Set<Element>();
  for (const element of graph.all) {
    const from = element.partition ?? element;
    graph.forEachRef(element, (ref) => {
      const target = graph.find(ref);
      if (target?.cls === "Interface") {
        addEdge(between, from, { to: target, at: element });
      } else if (typeof ref === "string" && target !== undefined) {
        within.add(from);
      }
    });
  }
  const interfaces = graph.all.filter((element) => element.cls === "Interface");
  let sound = search(interfaces, (node) => between.get(node) ?? NO_EDGES, issues);
  if (within.size > 0) {
    const suspects = graph.all.filter((element) => element.partition !== undefined && within.has(element.partition));
    sound = search(suspects, (node) => childrenOf(node, graph), issues) && sound;
  }
  return sound;
}

function addEdge(edges: Map<Element, Edge[]>, from: Element, edge: Edge): void {
  const known = edges.get(from);
  if (known === undefined) {
    edges.set(from, [edge]);
  } else {
    known.push(edge);
  }
}

function childrenOf(element: Element, graph: ElementGraph): Edge[] {
  const edges: Edge[] = [];
  graph.forEachRef(element, (ref) => {
    const to = graph.find(ref);
    if (to !== undefined && to.cls !== "Interface" && to.cls !== "Primitive") {
      edges.push({ to, at: element });
    }
  });
  return edges;
}

function search(roots: readonly Element[], edgesOf: (node: Element) => readonly Edge[], issues: IssueList): boolean {
  const state = new Map<Element, "open" | "done">();
  let sound = true;
  for (const root of roots) {
    if (state.has(root)) {
      continue;
    }
    state.set(root, "open");
    const stack: Frame[] = [{ node: root, edges: edgesOf(root), next: 0 }];
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const edge = frame.edges[frame.next++];
      if (edge === undefined) {
        state.set(frame.node, "done");
        stack.pop();
      } else if (state.get(edge.to) === "open") {
        sound = false;
        report(edge, issues);
      } else if (!state.has(edge.to)) {
        state.set(edge.to, "open");
        stack.push({ node: edge.to, edges: edgesOf(edge.to), next: 0 });
      }
    }
  }
  return sound;
}

function report({ to, at }: Edge, issues: IssueList): void {
  const code = to.cls !== "Interface" ? "schema.cycle" : at.cls === "Interface" ? "extends.cycle" : "component.cycle";
  const message = `This leads back to ${to.id ?? "itself"}: no element may contain itself, at any depth.`;
  const clause = `DTDL v${at.version}, DTDL element`;
  issues.add({ code, at, message, found: to.id, expected: "no way back", clause });
}
