/**
 * Runs a query and answers one page, with where the next one begins. Called by operations/query.
 */
import { queryInvalid } from "../refusals.ts";
import type { JsonObject } from "../types.ts";
import type { Query } from "./ast.ts";
import { parseQuery } from "./parseQuery.ts";
import { type Plan, planQuery } from "./planQuery.ts";
import { projectRow } from "./projectRow.ts";
import { checkPosition, invalidToken, type QueryPosition } from "./QueryPosition.ts";
import type { QuerySource } from "./QuerySource.ts";
import { QuerySyntaxError } from "./QuerySyntaxError.ts";
import { Walk } from "./Walk.ts";

export interface QueryPage {
  rows: JsonObject[];
  /** Where the next page begins; absent on the last. */
  next?: QueryPosition;
  /** Records that were looked at. */
  examined: number;
}

/** SqlQueryError when the text is no query, BadRequest when the position is none of it, TimeoutError past all patience. */
export function runQuery(source: QuerySource, position: QueryPosition, pageSize: number): QueryPage {
  try {
    const query = parseQuery(position.query);
    const plan = planQuery(query, position.query, source, position.start);
    checkPosition(position, plan);
    return query.select.kind === "count" ? count(plan, source) : page({ query, plan, source, position, pageSize });
  } catch (error) {
    if (error instanceof QuerySyntaxError) {
      throw position.after === undefined ? queryInvalid(error.message) : invalidToken();
    }
    throw error;
  }
}

function count(plan: Plan, source: QuerySource): QueryPage {
  let found = plan.total ?? 0;
  const walk = new Walk(plan, source, () => {
    found += 1;
    return true;
  });
  if (plan.total === undefined) {
    walk.run();
  }
  return { rows: [{ COUNT: found }], examined: walk.examined };
}

function page(asked: {
  query: Query;
  plan: Plan;
  source: QuerySource;
  position: QueryPosition;
  pageSize: number;
}): QueryPage {
  const { query, plan, source, position, pageSize } = asked;
  const project = projectRow(query, plan.pattern);
  const left = (query.select.top ?? Number.POSITIVE_INFINITY) - position.given;
  const most = Math.min(pageSize, left);
  const rows: JsonObject[] = [];
  let next: QueryPosition | undefined;
  let last: QueryPosition["after"];
  const walk = new Walk(plan, source, (row, key) => {
    if (rows.length === most) {
      const given = position.given + rows.length;
      next = last === undefined ? undefined : { query: position.query, given, after: last, start: plan.start };
      return false;
    }
    rows.push(project(row));
    if (rows.length === most) {
      last = key();
    }
    return rows.length < left;
  });
  if (left > 0) {
    walk.run(position.after);
  }
  return { rows, examined: walk.examined, ...(next === undefined ? {} : { next }) };
}
