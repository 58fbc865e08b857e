/**
 * A text that is no query or filter: says line (from 1), position in it (from 0) and what was expected, in the words of the
 * real service. Operations turn it into SqlQueryError or EventRouteFilterInvalid.
 */
export class QuerySyntaxError extends Error {
  override readonly name = "QuerySyntaxError";

  constructor(text: string, at: number, problem: string) {
    const before = text.slice(0, at).split("\n");
    super(`Line=${before.length}, Position=${(before.at(-1) ?? "").length}, Message=${problem}`);
  }
}
