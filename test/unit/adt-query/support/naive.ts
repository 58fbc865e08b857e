// The query language once more, as plainly as it can be written: every record is looked at, every combination tried, and
// the WHERE clause asked of whole rows at the end. Shares the tree with what it is held against, and nothing else.
import type { Expression, Match, MatchEdge, Path, Query } from "../../../../emulator/adt/query/ast.ts";
import type { RelationshipRecord, TwinRecord } from "../../../../emulator/adt/records.ts";
import type { JsonObject } from "../../../../emulator/adt/types.ts";
import { MODELS } from "./newInstance.ts";

export interface Graph {
  twins: TwinRecord[];
  relationships: RelationshipRecord[];
}
type Entity = { document: JsonObject };
type Value = unknown;

/** What a row consists of, by name. `used`: relationships of the MATCH. */
interface Row {
  named: Record<string, Entity>;
  used: RelationshipRecord[];
}

export class TooMany extends Error {}
/** Of a step or of all: past it a query is left out, since trying everything would take seconds. */
const MOST_ROWS = 2_000;

/** All rows that a query gives, TOP aside, in no order. */
export function naive(query: Query, graph: Graph): JsonObject[] {
  const rows = rowsOf(query, graph).filter(
    ({ named }) => query.where === undefined || evaluate(query.where, named) === true,
  );
  if (query.select.kind === "count") {
    return [{ COUNT: rows.length }];
  }
  return rows.map(({ named }) => show(query, named));
}

function rowsOf(query: Query, graph: Graph): Row[] {
  const { from, joins, match } = query;
  const collection: Entity[] = from.collection === "DIGITALTWINS" ? graph.twins : graph.relationships;
  const alone = match !== undefined && from.alias === undefined;
  let rows: Row[] = alone
    ? [{ named: {}, used: [] }]
    : collection.map((entity) => ({ named: { [from.alias?.text ?? ""]: entity }, used: [] }));
  for (const { source, target, relationship, alias } of joins) {
    rows = rows.flatMap(({ named, used }) => {
      const start = named[source.text]?.document["$dtId"];
      return graph.relationships
        .filter(({ sourceId, name }) => sourceId === start && name === relationship)
        .flatMap((found) => {
          const ends = graph.twins.filter(({ id }) => id === found.targetId);
          const also = alias === undefined ? {} : { [alias.text]: found };
          return ends.map((end) => ({ named: { ...named, [target.text]: end, ...also }, used }));
        });
    });
    limit(rows);
  }
  return match === undefined ? rows : rows.flatMap((row) => matches(match, row, graph));
}

function limit(rows: readonly unknown[]): void {
  if (rows.length > MOST_ROWS) {
    throw new TooMany();
  }
}

function matches(match: Match, row: Row, graph: Graph): Row[] {
  const names = match.nodes.map((node, i) => node?.text ?? `(${i})`);
  let rows = graph.twins.flatMap((twin) => bind(row, names[0] ?? "", twin));
  match.edges.forEach((edge, i) => {
    rows = rows.flatMap((before) => {
      const start = before.named[names[i] ?? ""];
      return trails(edge, String(start?.document["$dtId"]), before.used, graph).flatMap(({ end, walked }) => {
        const twin = graph.twins.find(({ id }) => id === end);
        const [first] = walked;
        const also = edge.variable === undefined || first === undefined ? {} : { [edge.variable.text]: first };
        const after = { named: { ...before.named, ...also }, used: [...before.used, ...walked] };
        return twin === undefined ? [] : bind(after, names[i + 1] ?? "", twin);
      });
    });
    limit(rows);
  });
  return rows;
}

function bind(row: Row, name: string, twin: TwinRecord): Row[] {
  const there = row.named[name];
  return there !== undefined && there !== twin ? [] : [{ ...row, named: { ...row.named, [name]: twin } }];
}

interface Trail {
  end: string;
  walked: RelationshipRecord[];
}

/** All ways of min to max hops that use no relationship twice. */
function trails(edge: MatchEdge, start: string, used: readonly RelationshipRecord[], graph: Graph): Trail[] {
  let ways: Trail[] = [{ end: start, walked: [] }];
  const found: Trail[] = [];
  for (let hops = 1; hops <= edge.max; hops += 1) {
    ways = ways.flatMap(({ end, walked }) =>
      graph.relationships
        .filter((next) => !used.includes(next) && !walked.includes(next) && isNamed(next, edge))
        .flatMap((next) => endsOf(next, end, edge).map((id) => ({ end: id, walked: [...walked, next] }))),
    );
    found.push(...(hops >= edge.min ? ways : []));
    limit(ways);
  }
  return found;
}

function isNamed({ name }: RelationshipRecord, { names }: MatchEdge): boolean {
  return names.length === 0 || names.includes(name);
}

function endsOf({ sourceId, targetId }: RelationshipRecord, at: string, { direction }: MatchEdge): string[] {
  const ends = new Set<string>();
  if (direction !== "in" && sourceId === at) {
    ends.add(targetId);
  }
  if (direction !== "out" && targetId === at) {
    ends.add(sourceId);
  }
  return [...ends];
}

function show({ select }: Query, named: Row["named"]): JsonObject {
  if (select.items.length === 0) {
    return Object.values(named)[0]?.document ?? {};
  }
  const columns = select.items.map(({ path, alias }) => [alias ?? path.segments.at(-1), valueAt(path, named)]);
  return Object.fromEntries(columns.filter(([, value]) => value !== undefined)) as JsonObject;
}

function valueAt({ segments }: Path, named: Row["named"]): Value {
  const names = Object.keys(named);
  const [first = ""] = segments;
  const isSingle = names.length === 1;
  const entity = isSingle ? Object.values(named)[0] : named[first];
  const rest = isSingle && (names[0] !== first || first === "") ? segments : segments.slice(1);
  let value: Value = entity?.document;
  for (const segment of rest) {
    const isThere =
      typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, segment);
    value = isThere ? (value as JsonObject)[segment] : undefined;
  }
  return value;
}

function evaluate(expression: Expression, named: Row["named"]): Value {
  const ask = (part: Expression): Value => evaluate(part, named);
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "path":
      return valueAt(expression, named);
    case "not": {
      const value = ask(expression.operand);
      return typeof value === "boolean" ? !value : undefined;
    }
    case "and":
    case "or":
      return logical(expression.kind, [ask(expression.left), ask(expression.right)]);
    case "in": {
      const value = ask(expression.operand);
      return value === undefined ? undefined : expression.values.some((other) => equals(value, ask(other)));
    }
    case "compare":
      return compare(expression.operator, ask(expression.left), ask(expression.right));
    case "call":
      return expression.name === "IS_OF_MODEL"
        ? isOfModel(expression.args, named)
        : call(expression.name, expression.args.map(ask));
  }
}

function logical(kind: "and" | "or", values: readonly Value[]): Value {
  const decisive = kind === "or";
  if (values.includes(decisive)) {
    return decisive;
  }
  return values.every((value) => value === !decisive) ? !decisive : undefined;
}

function equals(a: Value, b: Value): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function compare(operator: string, a: Value, b: Value): Value {
  if (a === undefined || b === undefined) {
    return undefined;
  }
  if (operator === "=" || operator === "!=") {
    return equals(a, b) === (operator === "=");
  }
  const isOrdered =
    (typeof a === "number" && typeof b === "number") || (typeof a === "string" && typeof b === "string");
  if (!isOrdered) {
    return undefined;
  }
  const [x, y] = [a as number, b as number];
  return { "<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y }[operator];
}

function call(name: string, [a, b]: readonly Value[]): Value {
  const type = a === null ? "null" : Array.isArray(a) ? "array" : typeof a;
  switch (name) {
    case "IS_DEFINED":
      return a !== undefined;
    case "IS_NULL":
      return type === "null";
    case "IS_BOOL":
      return type === "boolean";
    case "IS_NUMBER":
      return type === "number";
    case "IS_STRING":
      return type === "string";
    case "IS_OBJECT":
      return type === "object";
    case "IS_PRIMITIVE":
      return ["null", "boolean", "number", "string"].includes(type);
    case "ARRAY_CONTAINS":
      return Array.isArray(a) && b !== undefined ? a.some((item) => item === b) : undefined;
    default:
      return onStrings(name, a, b);
  }
}

function onStrings(name: string, a: Value, b: Value): Value {
  if (a === undefined || b === undefined) {
    return undefined;
  }
  if (typeof a !== "string" || typeof b !== "string") {
    return false;
  }
  const at = a.indexOf(b);
  return name.startsWith("STARTS") ? at === 0 : name.startsWith("ENDS") ? a.slice(a.length - b.length) === b : at >= 0;
}

function isOfModel(args: readonly Expression[], named: Row["named"]): Value {
  const [first] = args;
  const entity = first?.kind === "path" ? named[first.segments[0] ?? ""] : Object.values(named)[0];
  const [model, exact] = first?.kind === "path" ? args.slice(1) : args;
  const wanted = model?.kind === "literal" ? String(model.value) : "";
  const id = String((entity?.document["$metadata"] as JsonObject | undefined)?.["$model"]);
  return exact === undefined ? lineage(id).some((one) => isSince(one, wanted)) : id === wanted;
}

function lineage(id: string): string[] {
  return [id, ...(MODELS[id] ?? []).flatMap(lineage)];
}

function isSince(id: string, wanted: string): boolean {
  const [name, version] = id.split(";");
  const [wantedName, wantedVersion] = wanted.split(";");
  return name === wantedName && Number(version) >= Number(wantedVersion);
}
