/**
 * When a value was told, by whom, and which of two is newer (contract, "values"): the order that makes replays,
 * duplicates, late values and echoes harmless, whatever order they arrive in. Pure; used by the mirror and the pump.
 */
import type { Pointer, ValueTime } from "./types.ts";
import type { Ring } from "./ValueHistory.ts";

/** Who told a value. At equal times the later of these wins: the device itself knows better than the echo of its value. */
export const TELLER = { read: 0, notice: 1, device: 2 } as const;
export type Teller = (typeof TELLER)[keyof typeof TELLER];

/** Time and origin of a group of values. `origin` is the hub that told them: sequences compare only within one. */
export interface Stamp extends ValueTime {
  origin: string;
}

/** In the place of a value that is a number. */
const NUMBER = Symbol("number");

/**
 * One value with its times. A number is in a field of its own, which the engine overwrites where it is; among values of any
 * kind each number is an object by itself, which lives until the next one and lies elsewhere in memory.
 */
export class MirrorValue implements Stamp {
  source = Number.NaN;
  received = Number.NaN;
  sequence = 0;
  origin = "";
  #number = Number.NaN;
  #other: unknown = undefined;
  teller: Teller = TELLER.read;
  /** DTDL Telemetry: shown, never stored in the twin. */
  transient = false;
  /** The mirror's revision at which it was set. */
  revision = 0;
  /** What it was lately; ValueHistory's own, at hand here: to look it up by twin and path were five waits for memory. */
  recent: Ring | undefined = undefined;

  /** undefined: it was removed, or none was put yet. */
  get value(): unknown {
    return this.#other === NUMBER ? this.#number : this.#other;
  }

  /** NaN where it is none. */
  get number(): number {
    return this.#other === NUMBER ? this.#number : Number.NaN;
  }

  /** False: it is the same already, as `===` says; so NaN, and an object that is equal, are another one. */
  put(value: unknown): boolean {
    const other = typeof value === "number" ? NUMBER : value;
    const isOther = this.#other !== other || (typeof value === "number" && this.#number !== value);
    this.#other = other;
    if (typeof value === "number") {
      this.#number = value;
    }
    return isOther;
  }
}

/** What a group of values is set with. */
export interface Told {
  stamp: Stamp;
  teller: Teller;
  transient?: ReadonlySet<Pointer>;
}

const FUTURE_MS = 5000;

/**
 * The contract's rule: the past is trusted, the future is not. Whole milliseconds, as ISO 8601 times come back from the
 * provider; what is no time at all counts as told when it was enqueued.
 */
export function boundedTime(sourceTime: number, enqueuedAt: number): number {
  const time = Number.isFinite(sourceTime) && sourceTime >= 0 ? sourceTime : enqueuedAt;
  return Math.floor(Math.min(time, enqueuedAt + FUTURE_MS));
}

/**
 * A total order over what events tell: source time, then teller, then origin (arbitrary, yet the same in every process
 * and for every order of arrival), then sequence.
 */
export function isNewer(a: Stamp, teller: Teller, b: Stamp & { teller: Teller }): boolean {
  if (a.source !== b.source) {
    return a.source > b.source;
  }
  if (teller !== b.teller) {
    return teller > b.teller;
  }
  return a.origin === b.origin ? a.sequence > b.sequence : a.origin > b.origin;
}
