/**
 * Gives the names of a query their meaning: FROM, JOINs and MATCH become one pattern of twins and the relationships
 * between them, and a path becomes a member of one of those. Throws QuerySyntaxError for names that are none, and for the
 * combinations that the language does not have. Called by planQuery.
 */
import type { Direction, Join, Match, Name, Path, Query } from "./ast.ts";
import { QuerySyntaxError } from "./QuerySyntaxError.ts";

/** What a row has one record of. */
export interface Slot {
  kind: "twin" | "relationship";
  /** Absent: an anonymous node of a MATCH. */
  name?: string;
}
/** Relationships that lead from the twin in slot `left` to the one in `right` ("out") or back ("in"). */
export interface Edge {
  left: number;
  right: number;
  direction: Direction;
  /** Absent: of any name. */
  names?: ReadonlySet<string>;
  min: number;
  max: number;
  /** Where the relationship goes in the row, if it can be spoken of. */
  slot?: number;
  /** In a MATCH no relationship is traversed twice ("Specify relationship direction"). */
  isTraversedOnce: boolean;
}
export interface Member {
  slot: number;
  /** Empty: the whole twin or relationship. */
  segments: readonly string[];
}
export interface Pattern {
  readonly slots: readonly Slot[];
  readonly edges: readonly Edge[];
  readonly text: string;
  resolve(path: Path): Member;
}

export function bindQuery(query: Query, text: string): Pattern {
  const binding = new Binding(text);
  checkCombination(query, text);
  const { alias, collection } = query.from;
  if (alias !== undefined || query.match === undefined || query.joins.length > 0) {
    binding.add(collection === "DIGITALTWINS" ? "twin" : "relationship", alias);
  }
  query.joins.forEach((join) => {
    binding.join(join);
  });
  if (query.match !== undefined) {
    binding.match(query.match);
  }
  binding.nameImplicitly(query.joins);
  return binding.finish(query.match);
}

function checkCombination({ select, from, joins, match }: Query, text: string): void {
  const graph = joins[0] ?? match;
  if (graph === undefined) {
    return;
  }
  if (from.collection === "RELATIONSHIPS") {
    throw new QuerySyntaxError(text, graph.at, "FROM RELATIONSHIPS cannot be combined with JOIN or MATCH");
  }
  // With MATCH the real service refuses it too (azure-docs issue 100805), whatever some of its examples show.
  if (select.kind === "rows" && select.items.length === 0) {
    const problem = "SELECT * cannot be combined with JOIN or MATCH: expecting names of collections or properties";
    throw new QuerySyntaxError(text, select.at, problem);
  }
}

class Binding {
  readonly #text: string;
  readonly #slots: Slot[] = [];
  readonly #edges: Edge[] = [];
  readonly #names = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  add(kind: Slot["kind"], name?: Name): number {
    if (name !== undefined && this.#names.has(name.text)) {
      throw new QuerySyntaxError(this.#text, name.at, `'${name.text}' already names something else`);
    }
    const slot = this.#slots.push(name === undefined ? { kind } : { kind, name: name.text }) - 1;
    if (name !== undefined) {
      this.#names.set(name.text, slot);
    }
    return slot;
  }

  join({ source, target, relationship, alias }: Join): void {
    const left = this.#names.get(source.text);
    if (left === undefined || this.#slots[left]?.kind !== "twin") {
      throw this.#unknown(source, this.#namesOf("twin"));
    }
    const right = this.add("twin", target);
    const slot = this.add("relationship", alias);
    const names = new Set([relationship]);
    this.#edges.push({ left, right, direction: "out", names, min: 1, max: 1, slot, isTraversedOnce: false });
  }

  match({ nodes, edges }: Match): void {
    const slots = nodes.map((node) => this.#node(node));
    edges.forEach((edge, i) => {
      const { direction, min, max, variable } = edge;
      this.#edges.push({
        left: slots[i] ?? 0,
        right: slots[i + 1] ?? 0,
        ...{ direction, min, max, isTraversedOnce: true },
        ...(edge.names.length === 0 ? {} : { names: new Set(edge.names) }),
        ...(variable === undefined ? {} : { slot: this.add("relationship", variable) }),
      });
    });
  }

  /** A node that is named again is the same twin. */
  #node(name: Name | undefined): number {
    const known = name === undefined ? undefined : this.#names.get(name.text);
    if (known === undefined || this.#slots[known]?.kind !== "twin") {
      return this.add("twin", name);
    }
    return known;
  }

  /** How-to-query examples speak of a JOIN's relationship by its own name when it has no other (`has.role`). */
  nameImplicitly(joins: readonly Join[]): void {
    const names = joins.map((join) => join.relationship);
    joins.forEach(({ relationship, alias }, i) => {
      const isFree = alias === undefined && !this.#names.has(relationship);
      const slot = this.#edges[i]?.slot;
      if (isFree && slot !== undefined && names.indexOf(relationship) === names.lastIndexOf(relationship)) {
        this.#names.set(relationship, slot);
      }
    });
  }

  finish(match: Match | undefined): Pattern {
    const reached = new Set([0]);
    for (const _ of this.#edges) {
      for (const { left, right } of this.#edges) {
        if (reached.has(left) || reached.has(right)) {
          reached.add(left).add(right);
        }
      }
    }
    const lost = this.#slots.findIndex((slot, i) => slot.kind === "twin" && !reached.has(i));
    if (lost >= 0) {
      throw new QuerySyntaxError(this.#text, match?.at ?? 0, `MATCH has to mention '${this.#slots[0]?.name}' of FROM`);
    }
    const resolve = (path: Path): Member => (this.#slots.length === 1 ? this.#only(path) : this.#member(path));
    return { slots: this.#slots, edges: this.#edges, text: this.#text, resolve };
  }

  /** With a single collection its name may be left out. */
  #only({ segments }: Path): Member {
    const isNamed = segments[0] !== undefined && segments[0] === this.#slots[0]?.name;
    return { slot: 0, segments: isNamed ? segments.slice(1) : segments };
  }

  #member({ segments, at }: Path): Member {
    const [text = "", ...rest] = segments;
    const slot = this.#names.get(text);
    if (slot === undefined) {
      throw this.#unknown({ text, at }, [...this.#names.keys()]);
    }
    return { slot, segments: rest };
  }

  #namesOf(kind: Slot["kind"]): string[] {
    return this.#slots.flatMap((slot) => (slot.kind === kind && slot.name !== undefined ? [slot.name] : []));
  }

  #unknown({ text, at }: Name, known: readonly string[]): QuerySyntaxError {
    const names = known.length > 0 ? `one of ${known.join(", ")}` : "a name that FROM gives, as in FROM DIGITALTWINS T";
    return new QuerySyntaxError(this.#text, at, `'${text}' names no collection, expecting ${names}`);
  }
}
