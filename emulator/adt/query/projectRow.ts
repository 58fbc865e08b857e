/**
 * SELECT → what a row shows. Properties that a record does not have are left out of its row ("Project property example:
 * Property not present for a data row"). Called by runQuery.
 */
import type { JsonObject } from "../types.ts";
import type { Projection, Query } from "./ast.ts";
import type { Pattern } from "./bindQuery.ts";
import { compileMember } from "./compileCondition.ts";
import type { Evaluate } from "./compileExpression.ts";
import type { Row } from "./QuerySource.ts";
import { QuerySyntaxError } from "./QuerySyntaxError.ts";

interface Column {
  name: string;
  value: Evaluate<Row>;
}

/** Throws QuerySyntaxError for names that are none. */
export function projectRow(query: Query, pattern: Pattern): (row: Row) => JsonObject {
  if (query.select.items.length === 0) {
    return ([record]) => record?.document ?? {};
  }
  const columns = query.select.items.map((item) => compileColumn(item, query, pattern));
  return (row) => {
    const shown: JsonObject = {};
    for (const { name, value } of columns) {
      const found = value(row);
      if (found !== undefined) {
        shown[name] = found;
      }
    }
    return shown;
  };
}

function compileColumn({ path, alias }: Projection, { from }: Query, pattern: Pattern): Column {
  const { slot, segments } = pattern.resolve(path);
  // In WHERE the name of the only collection may be left out; of a column with dots it says what is meant.
  if (from.alias !== undefined && path.segments.length > 1 && segments.length === path.segments.length) {
    throw new QuerySyntaxError(pattern.text, path.at, `expecting a name that begins with ${from.alias.text}`);
  }
  return { name: alias ?? String(path.segments.at(-1)), value: compileMember(slot, segments) };
}
