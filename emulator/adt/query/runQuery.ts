/**
 * Runs a query over an Instance and answers one page with a continuation token.
 *
 * A token carries the query and the ordinal of the last record looked at, so pages neither repeat nor skip what was there
 * all the time, whatever is written in between.
 */
import type { Instance } from "../Instance.ts";
import { ServiceError } from "../ServiceError.ts";
import type { JsonObject } from "../types.ts";
import type { Expression, Path, Projection, Query } from "./ast.ts";
import { compileExpression, type Evaluate } from "./compileExpression.ts";
import { lookUp } from "./lookUp.ts";
import { parseQuery } from "./parseQuery.ts";
import { planCandidates, type QueryRecord } from "./planCandidates.ts";
import { QuerySyntaxError } from "./QuerySyntaxError.ts";

export interface QueryPage {
  rows: JsonObject[];
  /** Where the next page begins; absent on the last. */
  next?: QueryPosition;
  /** Records that were looked at. */
  examined: number;
}
export interface QueryPosition {
  query: string;
  after: number;
  /** Rows already given, for TOP. */
  given: number;
}

/** SqlQueryError when the text is no query. */
export function runQuery(instance: Instance, position: QueryPosition, pageSize: number): QueryPage {
  try {
    return run(instance, parseQuery(position.query), position, pageSize);
  } catch (error) {
    if (error instanceof QuerySyntaxError) {
      throw new ServiceError("SqlQueryError", `The query cannot be read. ${error.message}`);
    }
    throw error;
  }
}

function run(instance: Instance, query: Query, position: QueryPosition, pageSize: number): QueryPage {
  const isWanted = compileWhere(query, instance, position.query);
  const project = compileSelect(query, position.query);
  const left = (query.select.top ?? Number.POSITIVE_INFINITY) - position.given;
  const isCount = query.select.kind === "count";
  const most = isCount ? Number.POSITIVE_INFINITY : Math.min(pageSize, left);
  const found: QueryRecord[] = [];
  let examined = 0;
  let isMore = false;
  for (const record of planCandidates(query, instance)) {
    if (record.ordinal <= position.after) {
      continue;
    }
    examined += 1;
    if (isWanted(record) !== true) {
      continue;
    }
    if (found.length >= most) {
      isMore = true;
      break;
    }
    found.push(record);
  }
  if (isCount) {
    return { rows: [{ COUNT: found.length }], examined };
  }
  const last = found.at(-1);
  const goesOn = isMore && found.length < left && last !== undefined;
  const next = goesOn
    ? { query: position.query, after: last.ordinal, given: position.given + found.length }
    : undefined;
  return { rows: found.map(project), examined, ...(next === undefined ? {} : { next }) };
}

function compileWhere(query: Query, instance: Instance, text: string): Evaluate<QueryRecord> {
  return query.where === undefined
    ? () => true
    : compileExpression<QueryRecord>(query.where, {
        path: (path) => compilePath(path, query),
        isOfModel: (args, at) => compileIsOfModel(args, at, { query, instance, text }),
      });
}

function compilePath(path: Path, query: Query): Evaluate<QueryRecord> {
  const segments = path.segments[0] === query.from.alias ? path.segments.slice(1) : path.segments;
  const [only = ""] = segments;
  return segments.length === 1
    ? ({ document }) => (Object.hasOwn(document, only) ? document[only] : undefined)
    : ({ document }) => lookUp(document, segments);
}

/** IS_OF_MODEL([collection,] 'dtmi:…' [, exact]) */
function compileIsOfModel(
  args: readonly Expression[],
  at: number,
  { query, instance, text }: { query: Query; instance: Instance; text: string },
): Evaluate<QueryRecord> {
  const rest = [...args];
  const first = rest[0];
  if (first?.kind === "path" && first.segments.length === 1 && first.segments[0] === query.from.alias) {
    rest.shift();
  }
  const [model, exact] = rest;
  const isExact = exact?.kind === "path" && exact.segments.length === 1 && exact.segments[0]?.toLowerCase() === "exact";
  if (model?.kind !== "literal" || typeof model.value !== "string" || rest.length > 2 || (exact && !isExact)) {
    throw new QuerySyntaxError(text, at, "expected IS_OF_MODEL([collection,] 'model id' [, exact])");
  }
  const wanted = model.value;
  return (record) =>
    "modelId" in record && (record.modelId === wanted || (!isExact && instance.graph.isA(record.modelId, wanted)));
}

function compileSelect(query: Query, text: string): (record: QueryRecord) => JsonObject {
  if (query.select.items.length === 0) {
    return (record) => record.document;
  }
  const columns = query.select.items.map((item) => compileColumn(item, query, text));
  return (record) => {
    const row: JsonObject = {};
    for (const { name, value } of columns) {
      const found = value(record);
      if (found !== undefined) {
        row[name] = found;
      }
    }
    return row;
  };
}

function compileColumn(item: Projection, query: Query, text: string): { name: string; value: Evaluate<QueryRecord> } {
  const { segments, at } = item.path;
  if (query.from.alias !== undefined && segments[0] !== query.from.alias) {
    throw new QuerySyntaxError(text, at, `expected a name that begins with ${query.from.alias}`);
  }
  return { name: item.alias ?? String(segments.at(-1)), value: compilePath(item.path, query) };
}
