/**
 * "A DTDL element must not have a path to itself": over contents, schemas, components and `extends`. Linear in the size of
 * the models, without recursion. Called by parseModels before anything that would walk in circles.
 */
import type { Element } from "./Element.ts";
import type { ElementGraph } from "./ElementGraph.ts";
import type { IssueList } from "./IssueList.ts";

interface Frame {
  element: Element;
  children: Element[];
  next: number;
}

/** True when there are none. Each cycle is told once, at the element that closes it. */
export function checkCycles(graph: ElementGraph, issues: IssueList): boolean {
  const state = new Map<Element, "open" | "done">();
  let sound = true;
  for (const root of graph.all) {
    if (state.has(root)) {
      continue;
    }
    const stack: Frame[] = [open(graph, root, state)];
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const child = frame.children[frame.next++];
      if (child === undefined) {
        state.set(frame.element, "done");
        stack.pop();
      } else if (state.get(child) === "open") {
        sound = false;
        report(frame.element, child, issues);
      } else if (!state.has(child)) {
        stack.push(open(graph, child, state));
      }
    }
  }
  return sound;
}

function open(graph: ElementGraph, element: Element, state: Map<Element, "open" | "done">): Frame {
  state.set(element, "open");
  const children: Element[] = [];
  graph.forEachRef(element, (ref) => {
    const child = graph.find(ref);
    if (child !== undefined && child.cls !== "Primitive") {
      children.push(child);
    }
  });
  return { element, children, next: 0 };
}

function report(from: Element, to: Element, issues: IssueList): void {
  const extending = from.cls === "Interface" && to.cls === "Interface";
  const code = extending ? "extends.cycle" : to.cls === "Interface" ? "component.cycle" : "schema.cycle";
  const message = `This leads back to ${to.id ?? "itself"}: no element may contain itself, at any depth.`;
  const clause = `DTDL v${from.version}, DTDL element`;
  issues.add({ code, at: from, message, found: to.id, expected: "no way back", clause });
}
