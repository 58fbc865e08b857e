/**
 * The immutable result of a parse. Beside what everybody sees it keeps the Interfaces in the form they were read, so that
 * a later parse can refer to these models as `known` without their documents.
 */
import type { Element } from "./Element.ts";
import { frozenMap } from "./frozen.ts";
import type { Dtmi, Interface, ModelGraph } from "./types.ts";

export class ResolvedModels implements ModelGraph {
  readonly interfaces: ReadonlyMap<Dtmi, Interface>;
  readonly #elements: ReadonlyMap<Dtmi, Element>;

  constructor(interfaces: Iterable<readonly [Dtmi, Interface]>, elements: ReadonlyMap<Dtmi, Element>) {
    this.interfaces = frozenMap(interfaces);
    this.#elements = elements;
    Object.freeze(this);
  }

  get(id: Dtmi): Interface | undefined {
    return this.interfaces.get(id);
  }

  isA(id: Dtmi, ancestor: Dtmi): boolean {
    const found = this.interfaces.get(id);
    return found !== undefined && (id === ancestor || found.ancestors.has(ancestor));
  }

  /** Elements with an id, of a graph that parseModels made; none of another's. */
  static elementsOf(graph: ModelGraph): ReadonlyMap<Dtmi, Element> {
    return graph instanceof ResolvedModels ? graph.#elements : new Map();
  }
}
