/**
 * A text that is no query or filter: says line (from 1), position in it (from 0) and what was expected, in the words of the
 * real service. Operations turn it into SqlQueryError or EventRouteFilterInvalid.
 */
export class QuerySyntaxError extends Error {
  override readonly name = "QuerySyntaxError";
  readonly line: number;
  readonly position: number;
  readonly problem: string;

  constructor(text: string, at: number, problem: string) {
    const before = text.slice(0, at).split("\n");
    const position = (before.at(-1) ?? "").length;
    super(`Line=${before.length}, Position=${position}, Message=${problem}`);
    this.line = before.length;
    this.position = position;
    this.problem = problem;
  }
}
