/**
 * The query language of Azure Digital Twins as a tree. Made by parseQuery, given meaning by bindQuery, planQuery and
 * compileExpression; `at` is the offset in the text, for messages.
 */

export type Comparison = "=" | "!=" | "<" | ">" | "<=" | ">=";
export type Literal = string | number | boolean | null;

export interface Name {
  text: string;
  at: number;
}
export interface Path {
  kind: "path";
  segments: readonly string[];
  at: number;
}
export interface Call {
  kind: "call";
  /** In upper case. */
  name: string;
  args: readonly Expression[];
  at: number;
}
export type Expression =
  | { kind: "literal"; value: Literal }
  | Path
  | { kind: "compare"; operator: Comparison; left: Expression; right: Expression }
  | { kind: "in"; operand: Expression; values: readonly Expression[] }
  | { kind: "and" | "or"; left: Expression; right: Expression }
  | { kind: "not"; operand: Expression }
  | Call;

export interface Projection {
  path: Path;
  alias?: string;
}
/** `items` empty: the whole entity, as with `*`. */
export interface Select {
  kind: "rows" | "count";
  top?: number;
  items: readonly Projection[];
  at: number;
}
export interface From {
  collection: "DIGITALTWINS" | "RELATIONSHIPS";
  alias?: Name;
}
/** `JOIN target RELATED source.relationship [alias]` */
export interface Join {
  target: Name;
  source: Name;
  relationship: string;
  alias?: Name;
  at: number;
}
export type Direction = "out" | "in" | "any";
/** What stands between two nodes of a MATCH. `min` to `max` hops, both included; no `names`: any relationship. */
export interface MatchEdge {
  direction: Direction;
  variable?: Name;
  names: readonly string[];
  min: number;
  max: number;
  at: number;
}
/** `nodes` is longer by one than `edges`; a node without a name may be any twin. */
export interface Match {
  nodes: readonly (Name | undefined)[];
  edges: readonly MatchEdge[];
  at: number;
}
export interface Query {
  select: Select;
  from: From;
  joins: readonly Join[];
  match?: Match;
  where?: Expression;
}
