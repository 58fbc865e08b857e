/**
 * The elements of a parse with their references resolved: what refers to what, and an Interface's contents with those it
 * inherits. Shared by the checks and the builder, so that each is computed once.
 */
import type { Element, Members, Ref } from "./Element.ts";
import { TOO_DEEP } from "./metamodel.ts";
import type { Dtmi } from "./types.ts";

/** Members whose values are elements. */
const REFERENCES = [
  "contents",
  "extends",
  "schemas",
  "schema",
  "properties",
  "request",
  "response",
  "fields",
  "elementSchema",
  "mapKey",
  "mapValue",
  "enumValues",
  "valueSchema",
] as const satisfies readonly (keyof Members)[];

export type ReferenceTerm = (typeof REFERENCES)[number];

const NO_CONTENTS: ReadonlyMap<string, Element> = new Map();

/** Two contents of one name that meet in an Interface. */
export interface Clash {
  in: Element;
  one: Element;
  other: Element;
}

export class ElementGraph {
  /** Of this parse, a parent before its children. */
  readonly all: readonly Element[];
  readonly clashes: Clash[] = [];
  readonly #byId: ReadonlyMap<Dtmi, Element>;
  readonly #known: ReadonlyMap<Dtmi, Element>;
  readonly #contents = new Map<Element, ReadonlyMap<string, Element>>();

  constructor(all: readonly Element[], byId: ReadonlyMap<Dtmi, Element>, known: ReadonlyMap<Dtmi, Element>) {
    this.all = all;
    this.#byId = byId;
    this.#known = known;
  }

  find(ref: Ref | undefined): Element | undefined {
    return typeof ref === "string" ? (this.#byId.get(ref) ?? this.#known.get(ref)) : ref;
  }

  /** The elements of a set, those that are found. */
  each(refs: readonly Ref[] | undefined): Element[] {
    const found: Element[] = [];
    for (const ref of refs ?? []) {
      const element = this.find(ref);
      if (element !== undefined) {
        found.push(element);
      }
    }
    return found;
  }

  /** Every reference of an element, with the member it stands in. */
  forEachRef(element: Element, visit: (ref: Ref, term: ReferenceTerm) => void): void {
    const { members } = element;
    for (const term of REFERENCES) {
      const value = members[term];
      if (Array.isArray(value)) {
        for (const ref of value) {
          visit(ref, term);
        }
      } else if (value !== undefined) {
        visit(value, term);
      }
    }
  }

  /** Contents by name, inherited ones first; `extends` may have cycles, which end here. */
  contentsOf(element: Element, level = 0): ReadonlyMap<string, Element> {
    const done = this.#contents.get(element);
    if (done !== undefined || level > TOO_DEEP) {
      return done ?? NO_CONTENTS;
    }
    this.#contents.set(element, NO_CONTENTS);
    const parents = this.each(element.members.extends);
    const own = this.each(element.members.contents);
    const [first] = parents;
    if (own.length === 0 && first !== undefined && parents.every((parent) => parent === first)) {
      const inherited = this.contentsOf(first, level + 1);
      this.#contents.set(element, inherited);
      return inherited;
    }
    const all = new Map<string, Element>(first === undefined ? undefined : this.contentsOf(first, level + 1));
    for (const parent of new Set(parents)) {
      for (const content of parent === first ? [] : this.contentsOf(parent, level + 1).values()) {
        this.#add(all, content, element);
      }
    }
    for (const content of own) {
      this.#add(all, content, element);
    }
    this.#contents.set(element, all);
    return all;
  }

  #add(all: Map<string, Element>, content: Element, element: Element): void {
    const { name } = content.members;
    if (name === undefined) {
      return;
    }
    const other = all.get(name);
    if (other === undefined) {
      all.set(name, content);
    } else if (other !== content) {
      this.clashes.push({ in: element, one: other, other: content });
    }
  }
}
