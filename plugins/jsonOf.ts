/**
 * What a client sent, as JSON can say it, before a schema looks at it. Called by `request` for each message, with what was
 * decoded for it alone.
 *
 * msgpack says more than JSON, and a byte of it can become an object's member; so what is no plain value, or far more than
 * any message has, is refused here, where each value still costs next to nothing.
 */
import { TwinError } from "../src/errors.ts";
import { detailSentence, pointer } from "../src/zodDetails.ts";

/** 1,000 placements with all their members have 11,000 values. */
const MAX_VALUES = 20_000;
/** As for REST's bodies (src/http/assertFlat.ts). */
const MAX_DEPTH = 64;

/** How much of a payload was seen. */
export interface Seen {
  values: number;
  depth: number;
  /** Of what is looked at: its first `depth` keys; others are left of what was seen before. */
  path: (string | number)[];
}

/**
 * In place: a member that a client sets to undefined is one that it leaves out; msgpack's 64-bit integers come as bigint,
 * and are refused where a number does not hold them.
 */
export function jsonOf(value: unknown, seen: Seen): unknown {
  if (typeof value === "bigint") {
    return exact(value, seen);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (++seen.depth > MAX_DEPTH) {
    throw refused(`values nested at most ${MAX_DEPTH} deep`, "a deeper one", seen.path.slice(0, MAX_DEPTH));
  }
  Array.isArray(value) ? itemsOf(value, seen) : membersOf(value, seen);
  seen.depth--;
  return value;
}

function itemsOf(items: unknown[], seen: Seen): void {
  count(items.length, seen);
  for (let i = 0; i < items.length; i++) {
    seen.path[seen.depth - 1] = i;
    items[i] = jsonOf(items[i], seen);
  }
}

function membersOf(value: object, seen: Seen): void {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const path = seen.path.slice(0, seen.depth - 1);
    throw refused("JSON's values alone: objects, arrays, texts, numbers, booleans, null", kindOf(value), path);
  }
  const members = value as Record<string, unknown>;
  const names = Object.keys(members);
  count(names.length, seen);
  for (const name of names) {
    seen.path[seen.depth - 1] = name;
    const member = jsonOf(members[name], seen);
    if (member === undefined) {
      delete members[name];
    } else if (member !== members[name]) {
      members[name] = member;
    }
  }
}

function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function count(values: number, seen: Seen): void {
  seen.values += values;
  if (seen.values > MAX_VALUES) {
    throw refused(`at most ${MAX_VALUES} values in a message`, "more");
  }
}

function exact(value: bigint, { path, depth }: Seen): number {
  if (!Number.isSafeInteger(Number(value))) {
    throw refused("integers within ±(2^53 - 1)", value.toString(), path.slice(0, depth));
  }
  return Number(value);
}

function refused(expected: string, found: string, at: readonly (string | number)[] = []): TwinError {
  const details = [{ path: pointer(at), expected, found }];
  return new TwinError("INVALID_PAYLOAD", detailSentence(details, "The payload"), { details });
}
