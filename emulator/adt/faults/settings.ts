/**
 * What can be made to go wrong, as `POST /$admin/faults` takes it: each member by itself, what is not named stays.
 */
import { ServiceError } from "../ServiceError.ts";
import { normaliseTime } from "../serviceTime.ts";
import { isObject, type JsonObject } from "../types.ts";
import { AZURE_RATES, type Rates } from "./RateLimits.ts";

/** Shares are from 0 to 1, times in ms; `[from, to]` is drawn for each case. */
export interface FaultSettings {
  /** Begins all sequences anew. */
  seed: number;
  /** How old what a query sees is; reads by id are immediate. */
  queryLag: number;
  /** Requests a second; null: as many as come. */
  throttle: Rates | null;
  /** s in Retry-After. */
  retryAfter: readonly [number, number];
  latency: readonly [number, number];
  errors: ErrorFaults;
  notifications: NotificationFaults;
  clock: ClockSettings;
}
export interface ErrorFaults {
  /** Share of requests. */
  rate: number;
  /** 500 to 599. */
  status: number;
  /** Share of the failures that come after the work was done. */
  applied: number;
}
export interface NotificationFaults {
  dropped: number;
  duplicated: number;
  /** Share that waits for `delay`, while later ones pass. */
  delayed: number;
  delay: readonly [number, number];
  /** Share that lets the next 1 to 5 to the same hub pass. */
  reordered: number;
}
export interface ClockSettings {
  /** ms ahead of the real clock. */
  offset: number;
  /** When it stands still: where, ms since epoch. */
  frozenAt: number | null;
}

export const NO_FAULTS: FaultSettings = {
  seed: 1,
  queryLag: 0,
  throttle: null,
  retryAfter: [6, 14],
  latency: [0, 0],
  errors: { rate: 0, status: 500, applied: 0 },
  notifications: { dropped: 0, duplicated: 0, delayed: 0, delay: [1_000, 1_000], reordered: 0 },
  clock: { offset: 0, frozenAt: null },
};

const LONGEST_LAG = 10_000;
const LONGEST = 600_000;

/** Settings after a change. InvalidArgument, naming the member, when it makes no sense. */
export function changeSettings(before: FaultSettings, change: unknown, clock: () => number): FaultSettings {
  const given = readObject(change, "the body", Object.keys(NO_FAULTS));
  return {
    seed: readNumber(given, "seed", before.seed, [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]),
    queryLag: readNumber(given, "queryLag", before.queryLag, [0, LONGEST_LAG]),
    throttle: given["throttle"] === undefined ? before.throttle : readRates(given["throttle"]),
    retryAfter: readRange(given, "retryAfter", before.retryAfter, 3_600),
    latency: readRange(given, "latency", before.latency, LONGEST),
    errors: readErrors(before.errors, given["errors"]),
    notifications: readNotifications(before.notifications, given["notifications"]),
    clock: readClock(before.clock, given["clock"], clock),
  };
}

function readErrors(before: ErrorFaults, value: unknown): ErrorFaults {
  const given = readObject(value ?? {}, "errors", Object.keys(before));
  return {
    rate: readNumber(given, "rate", before.rate, [0, 1]),
    status: Math.trunc(readNumber(given, "status", before.status, [500, 599])),
    applied: readNumber(given, "applied", before.applied, [0, 1]),
  };
}

function readNotifications(before: NotificationFaults, value: unknown): NotificationFaults {
  const given = readObject(value ?? {}, "notifications", Object.keys(before));
  return {
    dropped: readNumber(given, "dropped", before.dropped, [0, 1]),
    duplicated: readNumber(given, "duplicated", before.duplicated, [0, 1]),
    delayed: readNumber(given, "delayed", before.delayed, [0, 1]),
    delay: readRange(given, "delay", before.delay, LONGEST),
    reordered: readNumber(given, "reordered", before.reordered, [0, 1]),
  };
}

/** `{offset?, now?, frozen?}`: ms, an ISO time, whether it stands still. */
function readClock(before: ClockSettings, value: unknown, clock: () => number): ClockSettings {
  const given = readObject(value ?? {}, "clock", ["offset", "now", "frozen", "frozenAt"]);
  const real = clock();
  const wanted = given["now"];
  let offset = readNumber(given, "offset", before.offset, [-8e15, 8e15]);
  if (wanted !== undefined) {
    if (normaliseTime(wanted) === undefined) {
      throw wrong("clock.now", "an ISO 8601 date and time with zone", wanted);
    }
    offset = Date.parse(String(wanted)) - real;
  }
  const moved = real + offset;
  if (Number.isNaN(new Date(moved).getTime())) {
    throw wrong("clock.offset", "a number of ms that leads to a date", offset);
  }
  const isMoved = wanted !== undefined || given["offset"] !== undefined;
  const isFrozen = given["frozen"] ?? before.frozenAt !== null;
  if (typeof isFrozen !== "boolean") {
    throw wrong("clock.frozen", "true or false", isFrozen);
  }
  if (!isFrozen) {
    // It goes on from where it stood.
    return { offset: before.frozenAt === null || isMoved ? offset : before.frozenAt - real, frozenAt: null };
  }
  return { offset, frozenAt: isMoved ? moved : (before.frozenAt ?? moved) };
}

function readRates(value: unknown): Rates | null {
  if (value === true) {
    return AZURE_RATES;
  }
  if (value === false || value === null) {
    return null;
  }
  const given = readObject(value, "throttle", Object.keys(AZURE_RATES));
  const names = Object.keys(AZURE_RATES) as (keyof Rates)[];
  const rates = names.map((name) => [name, readNumber(given, name, AZURE_RATES[name], [0, 1e9])]);
  return Object.fromEntries(rates) as Rates;
}

function readObject(value: unknown, name: string, members: readonly string[]): JsonObject {
  if (!isObject(value)) {
    throw wrong(name, "a JSON object", value);
  }
  const unknown = Object.keys(value).find((key) => !members.includes(key));
  if (unknown !== undefined) {
    throw new ServiceError("InvalidArgument", `${name} has no ${unknown}; there are ${members.join(", ")}.`);
  }
  return value;
}

function readNumber(given: JsonObject, name: string, before: number, [least, most]: readonly [number, number]): number {
  const value = given[name] ?? before;
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw wrong(name, `a number from ${least} to ${most}`, value);
  }
  return value;
}

/** A number, or `[from, to]`. */
function readRange(
  given: JsonObject,
  name: string,
  before: readonly [number, number],
  most: number,
): readonly [number, number] {
  const value = given[name];
  if (value === undefined) {
    return before;
  }
  const [from, to, more] = Array.isArray(value) ? value : [value, value];
  if (
    typeof from !== "number" ||
    typeof to !== "number" ||
    more !== undefined ||
    !(from >= 0 && to <= most && from <= to)
  ) {
    throw wrong(name, `a number from 0 to ${most}, or [from, to]`, value);
  }
  return [from, to];
}

function wrong(name: string, expected: string, value: unknown): ServiceError {
  return new ServiceError("InvalidArgument", `${name} has to be ${expected}, not ${JSON.stringify(value)}.`);
}
