/**
 * What an index knows of a WHERE clause: the records that one slot of the pattern can have at most. Called by planQuery.
 *
 * By id, by model with those that extend it, by either end of a relationship, and by equality on a property; AND takes the
 * smaller side, OR both, if both are known. A superset of the answer: the conditions are asked of each candidate still.
 */

import type { Ends } from "../Ends.ts";
import type { Call, Expression, Literal } from "./ast.ts";
import type { Pattern } from "./bindQuery.ts";
import { acceptsModel, modelTest } from "./modelTest.ts";
import type { QueryRecord, QuerySource } from "./QuerySource.ts";

export interface Candidates {
  /** How many at most. */
  readonly size: number;
  list(): Iterable<QueryRecord>;
}

/** Which indexes to ask: of ids only, of all that there always are, or those on properties too, which may have to be made. */
export type Depth = "ids" | "standing" | "properties";

/** More properties than this in one query are not worth an index each. */
const MOST_PROPERTIES = 4;

export function findCandidates(
  where: Expression | undefined,
  slot: number,
  context: { pattern: Pattern; source: QuerySource; depth: Depth },
): Candidates | undefined {
  return where === undefined ? undefined : new Finder(slot, context).find(where);
}

class Finder {
  readonly #slot: number;
  readonly #pattern: Pattern;
  readonly #source: QuerySource;
  readonly #depth: Depth;
  readonly #properties = new Set<string>();

  constructor(slot: number, { pattern, source, depth }: { pattern: Pattern; source: QuerySource; depth: Depth }) {
    this.#slot = slot;
    this.#pattern = pattern;
    this.#source = source;
    this.#depth = depth;
  }

  find(expression: Expression): Candidates | undefined {
    switch (expression.kind) {
      case "and":
        return smaller(this.find(expression.left), this.find(expression.right));
      case "or":
        return union(this.find(expression.left), this.find(expression.right));
      case "compare":
        return expression.operator === "="
          ? (this.#equal(expression.left, [expression.right]) ?? this.#equal(expression.right, [expression.left]))
          : undefined;
      case "in":
        return this.#equal(expression.operand, expression.values);
      case "call":
        return this.#depth !== "ids" && expression.name === "IS_OF_MODEL" ? this.#ofModel(expression) : undefined;
      default:
        return undefined;
    }
  }

  /** `tested` equals one of the values. */
  #equal(tested: Expression, values: readonly Expression[]): Candidates | undefined {
    const literals = values.flatMap((value) => (value.kind === "literal" ? [value.value] : []));
    if (tested.kind !== "path" || literals.length < values.length) {
      return undefined;
    }
    const { slot, segments } = this.#pattern.resolve(tested);
    if (slot !== this.#slot || segments.length === 0) {
      return undefined;
    }
    const distinct = [...new Set(literals)];
    const isTwin = this.#pattern.slots[slot]?.kind === "twin";
    return isTwin ? this.#twins(segments, distinct) : this.#relationships(segments, distinct);
  }

  #twins(segments: readonly string[], values: readonly Literal[]): Candidates | undefined {
    const { twins, twinsByModel } = this.#source;
    const name = segments.join(".");
    if (name === "$dtId") {
      return records(strings(values).map((id) => twins.get(id)));
    }
    if (this.#depth === "ids") {
      return undefined;
    }
    return name === "$metadata.$model"
      ? groups(strings(values).map((id) => twinsByModel.get(id)))
      : this.#byProperty(segments, values);
  }

  #relationships(segments: readonly string[], values: readonly Literal[]): Candidates | undefined {
    const { outgoing, incoming } = this.#source;
    if (this.#depth === "ids") {
      return undefined;
    }
    switch (segments.join(".")) {
      case "$sourceId":
        return atEnds(outgoing, strings(values));
      case "$targetId":
        return atEnds(incoming, strings(values));
      default:
        return this.#byProperty(segments, values);
    }
  }

  #byProperty(segments: readonly string[], values: readonly Literal[]): Candidates | undefined {
    this.#properties.add(segments.join("."));
    if (this.#depth !== "properties" || this.#properties.size > MOST_PROPERTIES) {
      return undefined;
    }
    const isTwin = this.#pattern.slots[this.#slot]?.kind === "twin";
    const index = isTwin ? this.#source.twinIndexes : this.#source.relationshipIndexes;
    const all: ReadonlyMap<string, QueryRecord> = isTwin ? this.#source.twins : this.#source.relationships;
    const found = values.map((value) => index.find(segments, value));
    const size = found.reduce((sum, keys) => sum + keys.size, 0);
    return { size, list: () => found.flatMap((keys) => present(Array.from(keys, (key) => all.get(key)))) };
  }

  #ofModel(call: Call): Candidates | undefined {
    const test = modelTest(call, this.#pattern);
    if (test.slot !== this.#slot) {
      return undefined;
    }
    const accepts = acceptsModel(test, this.#source.graph);
    const accepted = [...this.#source.twinsByModel].filter(([id]) => accepts(id));
    return groups(accepted.map(([, twins]) => twins));
  }
}

/** Ids equal nothing else. */
function strings(values: readonly Literal[]): string[] {
  return values.filter((value) => typeof value === "string");
}

function smaller(a: Candidates | undefined, b: Candidates | undefined): Candidates | undefined {
  return a === undefined || (b !== undefined && b.size < a.size) ? b : a;
}

function union(a: Candidates | undefined, b: Candidates | undefined): Candidates | undefined {
  return a && b && { size: a.size + b.size, list: () => new Set([...a.list(), ...b.list()]) };
}

function records(found: readonly (QueryRecord | undefined)[]): Candidates {
  const there = present(found);
  return { size: there.length, list: () => there };
}

function atEnds(ends: Ends, twinIds: readonly string[]): Candidates {
  const size = twinIds.reduce((sum, id) => sum + ends.count(id), 0);
  return { size, list: () => twinIds.flatMap((id) => [...ends.of(id)]) };
}

function groups(found: readonly (ReadonlyMap<string, QueryRecord> | undefined)[]): Candidates {
  const there = present(found);
  const size = there.reduce((sum, group) => sum + group.size, 0);
  return { size, list: () => there.flatMap((group) => [...group.values()]) };
}

function present<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}
