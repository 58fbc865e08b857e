/**
 * Which records a query has to look at: by id, by model or by the end of a relationship where the WHERE clause's top-level
 * ANDs say so, else all. A superset of the answer, in the order of creation.
 */
import type { Instance } from "../Instance.ts";
import type { RelationshipRecord, TwinRecord } from "../types.ts";
import type { Expression, Query } from "./ast.ts";

export type QueryRecord = TwinRecord | RelationshipRecord;

export function planCandidates(query: Query, instance: Instance): Iterable<QueryRecord> {
  const conditions = query.where === undefined ? [] : conjuncts(query.where);
  const indexed = query.from.collection === "DIGITALTWINS" ? twins : relationships;
  for (const condition of conditions) {
    const found = indexed(condition, query, instance);
    if (found !== undefined) {
      return found.sort((a, b) => a.ordinal - b.ordinal);
    }
  }
  return query.from.collection === "DIGITALTWINS" ? instance.twins.values() : instance.relationships.values();
}

function conjuncts(expression: Expression): Expression[] {
  const found =
    expression.kind === "and" ? [...conjuncts(expression.left), ...conjuncts(expression.right)] : [expression];
  // Ids first: the narrowest.
  return found.sort((a, b) => Number(a.kind === "call") - Number(b.kind === "call"));
}

function twins(condition: Expression, query: Query, instance: Instance): TwinRecord[] | undefined {
  const ids = equals(condition, "$dtId", query);
  if (ids !== undefined) {
    return present(ids.map((id) => instance.twins.get(id)));
  }
  const models = modelsOf(condition, instance);
  return models?.flatMap((id) => [...(instance.twinsByModel.get(id)?.values() ?? [])]);
}

function relationships(condition: Expression, query: Query, instance: Instance): RelationshipRecord[] | undefined {
  const sources = equals(condition, "$sourceId", query);
  if (sources !== undefined) {
    return sources.flatMap((id) => [...(instance.outgoing.get(id)?.values() ?? [])]);
  }
  return equals(condition, "$targetId", query)?.flatMap((id) => [...(instance.incoming.get(id)?.values() ?? [])]);
}

/** The strings that a property of the collection is compared to by `=` or IN. */
function equals(condition: Expression, property: string, query: Query): string[] | undefined {
  const operand = condition.kind === "compare" && condition.operator === "=" ? condition.left : undefined;
  const tested = condition.kind === "in" ? condition.operand : operand;
  const values = condition.kind === "in" ? condition.values : condition.kind === "compare" ? [condition.right] : [];
  if (tested?.kind !== "path" || !isProperty(tested.segments, property, query)) {
    return undefined;
  }
  const strings = values.flatMap((value) =>
    value.kind === "literal" && typeof value.value === "string" ? [value.value] : [],
  );
  return strings.length === values.length ? [...new Set(strings)] : undefined;
}

function isProperty(segments: readonly string[], property: string, query: Query): boolean {
  const [first, second] = segments;
  return (
    (segments.length === 1 && first === property) ||
    (segments.length === 2 && first === query.from.alias && second === property)
  );
}

/** Models whose twins IS_OF_MODEL accepts. */
function modelsOf(condition: Expression, instance: Instance): string[] | undefined {
  if (condition.kind !== "call" || condition.name !== "IS_OF_MODEL") {
    return undefined;
  }
  const literal = condition.args.find((arg) => arg.kind === "literal");
  const wanted = literal?.kind === "literal" ? String(literal.value) : "";
  return [...instance.twinsByModel.keys()].filter((id) => id === wanted || instance.graph.isA(id, wanted));
}

function present<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}
