/**
 * A text that is no query or filter: says line, column and what was expected. Operations turn it into SqlQueryError or
 * EventRouteFilterInvalid.
 */
export class QuerySyntaxError extends Error {
  override readonly name = "QuerySyntaxError";

  constructor(text: string, at: number, problem: string) {
    const before = text.slice(0, at).split("\n");
    super(`Line ${before.length}, column ${(before.at(-1) ?? "").length + 1}: ${problem}`);
  }
}
