/**
 * The query language of Azure Digital Twins as a tree. Made by parseQuery, read by planCandidates and compileExpression;
 * `at` is the offset in the text, for messages.
 */

export type Comparison = "=" | "!=" | "<" | ">" | "<=" | ">=";
export type Literal = string | number | boolean | null;

export interface Path {
  kind: "path";
  segments: readonly string[];
  at: number;
}
export type Expression =
  | { kind: "literal"; value: Literal }
  | Path
  | { kind: "compare"; operator: Comparison; left: Expression; right: Expression }
  | { kind: "in"; operand: Expression; values: readonly Expression[] }
  | { kind: "and" | "or"; left: Expression; right: Expression }
  | { kind: "not"; operand: Expression }
  | { kind: "call"; name: string; args: readonly Expression[]; at: number };

export interface Projection {
  path: Path;
  alias?: string;
}
/** `items` empty: the whole entity, as with `*`. */
export interface Select {
  kind: "rows" | "count";
  top?: number;
  items: readonly Projection[];
}
export interface Query {
  select: Select;
  from: { collection: "DIGITALTWINS" | "RELATIONSHIPS"; alias?: string };
  where?: Expression;
}
