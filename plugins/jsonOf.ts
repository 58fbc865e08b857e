/**
 * What a client sent, as JSON can say it, before a schema looks at it. Called by `request` for each message, with what was
 * decoded for it alone.
 *
 * msgpack says more than JSON, and a byte of it can become an object's member; so what is no plain value, or far more than
 * any message has, is refused here, where each value still costs next to nothing.
 */
import { TwinError } from "../src/errors.ts";

/** 1,000 placements with all their members have 11,000 values. */
const MAX_VALUES = 20_000;
/** As for REST's bodies (src/http/assertFlat.ts). */
const MAX_DEPTH = 64;

/** How much of a payload was seen. */
export interface Seen {
  values: number;
  depth: number;
}

/**
 * In place: a member that a client sets to undefined is one that it leaves out; msgpack's 64-bit integers come as bigint,
 * and are refused where a number does not hold them.
 */
export function jsonOf(value: unknown, seen: Seen): unknown {
  if (typeof value === "bigint") {
    return exact(value);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (++seen.depth > MAX_DEPTH) {
    throw refused(`values nested at most ${MAX_DEPTH} deep`, "a deeper one");
  }
  Array.isArray(value) ? itemsOf(value, seen) : membersOf(value, seen);
  seen.depth--;
  return value;
}

function itemsOf(items: unknown[], seen: Seen): void {
  count(items.length, seen);
  for (let i = 0; i < items.length; i++) {
    items[i] = jsonOf(items[i], seen);
  }
}

function membersOf(value: object, seen: Seen): void {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw refused("JSON's values alone: objects, arrays, texts, numbers, booleans, null", kindOf(value));
  }
  const members = value as Record<string, unknown>;
  const names = Object.keys(members);
  count(names.length, seen);
  for (const name of names) {
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

function exact(value: bigint): number {
  if (!Number.isSafeInteger(Number(value))) {
    throw refused("integers within ±(2^53 - 1)", value.toString());
  }
  return Number(value);
}

function refused(expected: string, found: string): TwinError {
  const details = [{ path: "", expected, found }];
  return new TwinError("INVALID_PAYLOAD", `The request cannot be read: expected ${expected}, found ${found}.`, {
    details,
  });
}
