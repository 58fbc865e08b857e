/**
 * "A DTDL element must not have a path to itself": over `extends`, components and schemas. Within a document elements form
 * a tree, so only references by id can close a circle: between Interfaces, or among the elements of one Interface.
 * Called by parseModels; linear, without recursion. The checks after it end in circles too, and say nothing of what runs
 * in one: neither depth nor size of it can be told.
 */
import type { Element } from "./Element.ts";
import type { ElementGraph, ReferenceTerm } from "./ElementGraph.ts";
import type { IssueList } from "./IssueList.ts";
import { memberPath } from "./MemberReader.ts";

interface Edge {
  to: Element;
  /** The element that refers to it, and its member that does. */
  at: Element;
  term: ReferenceTerm;
}

interface Frame {
  node: Element;
  edges: readonly Edge[];
  next: number;
}

const NO_EDGES: readonly Edge[] = [];

/** Each cycle is told once, at the reference that closes it. */
export function checkCycles(graph: ElementGraph, issues: IssueList): void {
  const between = new Map<Element, Edge[]>();
  const within = new Set<Element>();
  for (const element of graph.all) {
    const from = element.partition ?? element;
    graph.forEachRef(element, (ref, term) => {
      const target = graph.find(ref);
      if (target?.cls === "Interface") {
        addEdge(between, from, { to: target, at: element, term });
      } else if (typeof ref === "string" && target !== undefined) {
        within.add(from);
      }
    });
  }
  const interfaces = graph.all.filter((element) => element.cls === "Interface");
  search(interfaces, (node) => between.get(node) ?? NO_EDGES, issues);
  if (within.size > 0) {
    const suspects = graph.all.filter((element) => element.partition !== undefined && within.has(element.partition));
    search(suspects, (node) => childrenOf(node, graph), issues);
  }
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
  graph.forEachRef(element, (ref, term) => {
    const to = graph.find(ref);
    if (to !== undefined && to.cls !== "Interface" && to.cls !== "Primitive") {
      edges.push({ to, at: element, term });
    }
  });
  return edges;
}

function search(roots: readonly Element[], edgesOf: (node: Element) => readonly Edge[], issues: IssueList): void {
  const state = new Map<Element, "open" | "done">();
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
        report(edge, issues);
      } else if (!state.has(edge.to)) {
        state.set(edge.to, "open");
        stack.push({ node: edge.to, edges: edgesOf(edge.to), next: 0 });
      }
    }
  }
}

function report({ to, at: from, term }: Edge, issues: IssueList): void {
  const code = to.cls !== "Interface" ? "schema.cycle" : from.cls === "Interface" ? "extends.cycle" : "component.cycle";
  const message = `This leads back to ${to.id ?? "itself"}: no element may contain itself, at any depth.`;
  const clause = `DTDL v${from.version}, DTDL element`;
  const at = { owner: from.owner, path: memberPath(from, term) };
  issues.add({ code, at, message, found: to.id, expected: "no way back", clause });
}
