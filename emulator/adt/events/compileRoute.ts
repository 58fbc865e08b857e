/**
 * An event route with its filter made executable. A filter sees the CloudEvents attributes of an event and its body:
 * `true`, `false`, or an expression over type, source, subject, dataschema, datacontenttype, specversion, $body.<property>,
 * and the older $eventType. Called by Instance when routes are loaded or put.
 */
import type { Expression } from "../query/ast.ts";
import { compileExpression, type Evaluate } from "../query/compileExpression.ts";
import { FILTER_FUNCTIONS } from "../query/functions.ts";
import { lookUp } from "../query/lookUp.ts";
import { parseExpression } from "../query/parseExpression.ts";
import { QuerySyntaxError } from "../query/QuerySyntaxError.ts";
import { TokenReader } from "../query/TokenReader.ts";
import { routeFilterInvalid } from "../refusals.ts";
import type { EventRoute, JsonObject } from "../types.ts";

export interface CompiledRoute extends EventRoute {
  /** `attributes` are an event's, `$body` and `$eventType` among them; asked for by filters that look at one. */
  readonly matches: (attributes: () => JsonObject) => boolean;
}

const ATTRIBUTES = ["type", "source", "subject", "dataschema", "datacontenttype", "specversion", "$eventType", "$body"];

/** EventRouteFilterInvalid, with line and column, when the filter cannot be read. */
export function compileRoute(route: EventRoute): CompiledRoute {
  try {
    const evaluate = compileFilter(route.filter);
    return { ...route, matches: (attributes) => evaluate(attributes) === true };
  } catch (error) {
    if (error instanceof QuerySyntaxError) {
      // The service's parser of filters counts positions from 1, that of queries from 0.
      throw routeFilterInvalid(`Line=${error.line}, Position=${error.position + 1}, Message=${error.problem}`);
    }
    throw error;
  }
}

function compileFilter(filter: string): Evaluate<() => JsonObject> {
  const reader = new TokenReader(filter);
  const expression: Expression = parseExpression(reader, FILTER_FUNCTIONS);
  if (reader.peek().kind !== "end") {
    throw reader.problem(`Unexpected input ${reader.found()}`);
  }
  return compileExpression<() => JsonObject>(expression, {
    path: (path) => {
      const [first = "", ...rest] = path.segments;
      if (!ATTRIBUTES.includes(first) || (rest.length > 0 && first !== "$body")) {
        throw new QuerySyntaxError(filter, path.at, `expected one of ${ATTRIBUTES.join(", ")}`);
      }
      return (attributes) => lookUp(attributes(), path.segments);
    },
  });
}
