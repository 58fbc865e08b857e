/**
 * How a query is answered: from which slot of its pattern the walk starts, with which candidates, in which order it follows
 * the relationships, and after which step each condition can be asked. Called by runQuery, carried out by Walk.
 */
import type { Expression, Query } from "./ast.ts";
import { bindQuery, type Edge, type Pattern } from "./bindQuery.ts";
import { type Condition, compileConditions } from "./compileCondition.ts";
import { type Candidates, findCandidates } from "./findCandidates.ts";
import type { QueryRecord, QuerySource } from "./QuerySource.ts";
import { QuerySyntaxError } from "./QuerySyntaxError.ts";

/** An edge with the way it is walked. */
export interface Step extends Edge {
  from: number;
  to: number;
  /** Asked when the edge has been walked. */
  conditions: readonly Condition[];
}
export interface Plan {
  pattern: Pattern;
  /** Slot whose records the rows start from. */
  start: number;
  conditions: readonly Condition[];
  steps: readonly Step[];
  /** Ordered by creation. */
  candidates(): Iterable<QueryRecord>;
  /** Every record of the collection is a row, and no record is looked at. */
  total: number | undefined;
}

/** Below this number of candidates no index is made for a property: looking at them is as fast. */
const FEW = 256;

/** `start`: that of the first page, when this is a later one. Throws QuerySyntaxError. */
export function planQuery(query: Query, text: string, source: QuerySource, start?: number): Plan {
  const pattern = bindQuery(query, text);
  const conditions = compileConditions(query.where, pattern, source);
  const isGraph = query.joins.length > 0 || query.match !== undefined;
  const first = isGraph ? chooseStart(query.where, pattern, source, start) : chooseIndex(query.where, pattern, source);
  const steps = orderEdges(pattern, first.slot);
  const filled = new Set([first.slot]);
  const asked = new Set<Condition>();
  const due = (): Condition[] => {
    const ready = conditions.filter(
      (condition) => !asked.has(condition) && [...condition.slots].every((slot) => filled.has(slot)),
    );
    ready.forEach((condition) => {
      asked.add(condition);
    });
    return ready;
  };
  const plan = { pattern, start: first.slot, conditions: due(), candidates: () => sorted(first.candidates) };
  const placed = steps.map((step) => {
    filled.add(step.to).add(step.slot ?? step.to);
    return { ...step, conditions: due() };
  });
  const isWhole = !isGraph && query.where === undefined;
  return { ...plan, steps: placed, total: isWhole ? first.candidates.size : undefined };
}

interface Start {
  slot: number;
  candidates: Candidates;
}

/** JOIN and MATCH start from a twin that the WHERE clause names by id: "$dtId is required" (JOIN, MATCH clauses). */
function chooseStart(where: Expression | undefined, pattern: Pattern, source: QuerySource, wanted?: number): Start {
  const starts = pattern.slots.flatMap(({ kind }, slot): Start[] => {
    const candidates = kind === "twin" ? findCandidates(where, slot, { pattern, source, depth: "ids" }) : undefined;
    return candidates === undefined ? [] : [{ slot, candidates }];
  });
  const best = starts.toSorted((a, b) => a.candidates.size - b.candidates.size)[0];
  if (best === undefined) {
    const problem =
      "JOIN and MATCH need a twin's $dtId in WHERE, expecting a condition like T.$dtId = 'id' or IN [...]";
    throw new QuerySyntaxError(pattern.text, pattern.text.length, problem);
  }
  return starts.find(({ slot }) => slot === wanted) ?? best;
}

/** Of a single collection: the narrowest index, or all of it. */
function chooseIndex(where: Expression | undefined, pattern: Pattern, source: QuerySource): Start {
  const all: ReadonlyMap<string, QueryRecord> = pattern.slots[0]?.kind === "twin" ? source.twins : source.relationships;
  const standing = findCandidates(where, 0, { pattern, source, depth: "standing" });
  const best = standing ?? { size: all.size, list: () => all.values() };
  const deeper = best.size > FEW ? findCandidates(where, 0, { pattern, source, depth: "properties" }) : undefined;
  return { slot: 0, candidates: deeper !== undefined && deeper.size < best.size ? deeper : best };
}

/** Every edge has an end that was reached before; shorter ones first, so that rows are dropped early. */
function orderEdges({ edges }: Pattern, start: number): Omit<Step, "conditions">[] {
  const reached = new Set([start]);
  const left = new Set(edges);
  const steps: Omit<Step, "conditions">[] = [];
  while (left.size > 0) {
    const near = [...left].filter((edge) => reached.has(edge.left) || reached.has(edge.right));
    const edge = near.toSorted((a, b) => a.max - b.max)[0];
    if (edge === undefined) {
      break;
    }
    left.delete(edge);
    steps.push(reached.has(edge.left) ? forth(edge) : back(edge));
    reached.add(edge.left).add(edge.right);
  }
  return steps;
}

function forth(edge: Edge): Omit<Step, "conditions"> {
  return { ...edge, from: edge.left, to: edge.right };
}

function back(edge: Edge): Omit<Step, "conditions"> {
  const direction = edge.direction === "any" ? "any" : edge.direction === "out" ? "in" : "out";
  return { ...edge, direction, from: edge.right, to: edge.left };
}

/** Pages go on by ordinal. What comes from one map is mostly in order already. */
function sorted(candidates: Candidates): Iterable<QueryRecord> {
  const list = candidates.list();
  return Array.isArray(list) || list instanceof Set ? [...list].sort((a, b) => a.ordinal - b.ordinal) : list;
}
