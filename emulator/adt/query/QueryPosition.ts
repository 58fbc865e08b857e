/**
 * Where a page of a query begins: all that a continuation token says. Tokens come from clients, so nothing in them is
 * believed: what is no position of this query is answered with BadRequest, as Azure names it ("The continuation token is
 * invalid").
 */
import { ServiceError } from "../ServiceError.ts";
import type { Json } from "../types.ts";
import type { Plan } from "./planQuery.ts";
import type { RowKey } from "./Walk.ts";

export interface QueryPosition {
  query: string;
  /** Rows already given, for TOP. */
  given: number;
  /** Of the last row given; absent on the first page. */
  after?: RowKey;
  /** Slot that the walk started from, so that the order of rows stays. */
  start?: number;
}

/** What a token holds. BadRequest when it is no position. */
export function readPosition({ query, given, after, start }: { [key: string]: Json | undefined }): QueryPosition {
  if (typeof query !== "string" || !isOrdinal(given) || !isOrdinal(start) || !isKey(after)) {
    throw invalidToken();
  }
  return { query, given, after, start };
}

/** BadRequest when the token is of another query. */
export function checkPosition({ after, start }: QueryPosition, plan: Plan): void {
  if (after === undefined) {
    return;
  }
  const lengths = [1, ...plan.steps.map((step) => step.max)];
  const fits = after.length === lengths.length && after.every((ordinals, i) => ordinals.length <= (lengths[i] ?? 0));
  if (!fits || start !== plan.start) {
    throw invalidToken();
  }
}

export function invalidToken(): ServiceError {
  return new ServiceError("BadRequest", "The continuation token is invalid.");
}

function isOrdinal(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isKey(value: Json | undefined): value is number[][] {
  const isPart = (part: Json): part is number[] => Array.isArray(part) && part.length > 0 && part.every(isOrdinal);
  return Array.isArray(value) && value.every(isPart);
}
