/**
 * Carries out a plan: fills the slots of a row one step after the other, depth first, and hands each full row out.
 *
 * Rows come in the order of their keys: the ordinal of the first record, then, per step, the ordinals of the relationships
 * walked. That order depends on nothing but the plan, so a key says where a later page begins, whatever was written in
 * between: what was there all the time is neither repeated nor skipped. Made by runQuery, once per page.
 */

import type { Ends } from "../Ends.ts";
import type { RelationshipRecord, TwinRecord } from "../records.ts";
import { ServiceError } from "../ServiceError.ts";
import type { Plan, Step } from "./planQuery.ts";
import type { QueryRecord, QuerySource, Row } from "./QuerySource.ts";

/** Ordinals of the first record, then of the relationships of each step. */
export type RowKey = readonly (readonly number[])[];

/** Records seen, about a second of work: Azure gives up after 60 s, but this service serves nobody else meanwhile. */
const MOST_WORK = 5_000_000;

export class Walk {
  readonly #plan: Plan;
  readonly #source: QuerySource;
  /** False ends the walk. The row is only good during the call. */
  readonly #visit: (row: Row, key: () => RowKey) => boolean;
  readonly #row: (QueryRecord | undefined)[];
  readonly #walked: number[][] = [];
  /** Relationships on the way to where the walk is. */
  readonly #used = new Set<RelationshipRecord>();
  /** Records that conditions were asked of, or that were walked. */
  examined = 0;
  #work = 0;

  constructor(plan: Plan, source: QuerySource, visit: (row: Row, key: () => RowKey) => boolean) {
    this.#plan = plan;
    this.#source = source;
    this.#visit = visit;
    this.#row = plan.pattern.slots.map(() => undefined);
  }

  /** `after`: the key of a row that the walk goes on behind. TimeoutError when it would take too long. */
  run(after?: RowKey): void {
    const first = after?.[0]?.[0];
    for (const record of this.#plan.candidates()) {
      if (first !== undefined && record.ordinal < first) {
        continue;
      }
      this.examined += 1;
      this.#spend(1);
      this.#row[this.#plan.start] = record;
      this.#walked[0] = [record.ordinal];
      const isWanted = this.#plan.conditions.every((condition) => condition.isTrue(this.#row));
      if (isWanted && !this.#step(0, record.ordinal === first ? after : undefined)) {
        return;
      }
    }
  }

  /** Walks the steps from this one on. `after` as long as the walk is on the very way to that row. */
  #step(index: number, after: RowKey | undefined): boolean {
    const step = this.#plan.steps[index];
    if (step === undefined) {
      return after !== undefined || this.#visit(this.#row, () => this.#walked.map((ordinals) => [...ordinals]));
    }
    const twin = this.#row[step.from];
    this.#walked[index + 1] = [];
    const goesOn = twin === undefined || this.#hop(step, index, twin.id, after);
    this.#walked.length = index + 1;
    return goesOn;
  }

  /** Walks every relationship that may be the next of a step, from the ordinal in `after` on. */
  #hop(step: Step, index: number, twinId: string, after: RowKey | undefined): boolean {
    const ordinals = this.#walked[index + 1] ?? [];
    const from = after?.[index + 1]?.[ordinals.length] ?? 0;
    for (const relationship of this.#neighbours(step, twinId)) {
      if (relationship.ordinal < from || (step.isTraversedOnce && this.#used.has(relationship))) {
        continue;
      }
      this.examined += 1;
      ordinals.push(relationship.ordinal);
      this.#mark(step, relationship);
      const end = endOf(relationship, twinId, step);
      const goesOn = this.#pass(step, index, relationship, end, relationship.ordinal === from ? after : undefined);
      ordinals.pop();
      this.#unmark(step, relationship);
      if (!goesOn) {
        return false;
      }
    }
    return true;
  }

  /** A relationship has been walked: its end may be that of the step, and the step may lead further. */
  #pass(step: Step, index: number, relationship: RelationshipRecord, end: string, after: RowKey | undefined): boolean {
    const hops = this.#walked[index + 1]?.length ?? 0;
    // Rows that end here were given before those that the walk goes on behind, unless that one ends here too.
    const isGiven = (after?.[index + 1]?.length ?? 0) > hops;
    const isEnd = hops >= step.min && !isGiven;
    return (
      (!isEnd || this.#arrive(step, index, relationship, end, after)) &&
      (hops >= step.max || this.#hop(step, index, end, isGiven ? after : undefined))
    );
  }

  /** Fills the slots of the step and goes on, if what is there now is wanted. */
  #arrive(step: Step, index: number, relationship: RelationshipRecord, id: string, after: RowKey | undefined): boolean {
    const there = this.#row[step.to];
    const twin = this.#source.twins.get(id);
    if (twin === undefined || (there !== undefined && there !== twin)) {
      return true;
    }
    this.#row[step.to] = twin;
    if (step.slot !== undefined) {
      this.#row[step.slot] = relationship;
    }
    const isWanted = step.conditions.every((condition) => condition.isTrue(this.#row));
    const goesOn = !isWanted || this.#step(index + 1, after);
    this.#row[step.to] = there;
    if (step.slot !== undefined) {
      this.#row[step.slot] = undefined;
    }
    return goesOn;
  }

  #mark({ isTraversedOnce }: Step, relationship: RelationshipRecord): void {
    if (isTraversedOnce) {
      this.#used.add(relationship);
    }
  }

  #unmark({ isTraversedOnce }: Step, relationship: RelationshipRecord): void {
    if (isTraversedOnce) {
      this.#used.delete(relationship);
    }
  }

  /** A relationship of a twin with itself is one neighbour, not two. */
  #neighbours({ direction, names }: Step, twinId: string): RelationshipRecord[] {
    const found: RelationshipRecord[] = [];
    const collect = (ends: Ends, isIncoming: boolean): void => {
      this.#spend(1 + ends.count(twinId));
      for (const relationship of ends.of(twinId)) {
        const isNamed = names === undefined || names.has(relationship.name);
        const isTwice = isIncoming && direction === "any" && relationship.sourceId === twinId;
        if (isNamed && !isTwice) {
          found.push(relationship);
        }
      }
    };
    if (direction !== "in") {
      collect(this.#source.outgoing, false);
    }
    if (direction !== "out") {
      collect(this.#source.incoming, true);
    }
    return found.sort((a, b) => a.ordinal - b.ordinal);
  }

  #spend(work: number): void {
    this.#work += work;
    if (this.#work > MOST_WORK) {
      const advice = "Try simplifying the query or adding conditions to reduce the result size.";
      throw new ServiceError("TimeoutError", `The query execution timed out. ${advice}`);
    }
  }
}

function endOf(relationship: RelationshipRecord, twinId: string, { direction }: Step): TwinRecord["id"] {
  const isForth = direction === "out" || (direction === "any" && relationship.sourceId === twinId);
  return isForth ? relationship.targetId : relationship.sourceId;
}
