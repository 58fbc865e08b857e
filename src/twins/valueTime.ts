/**
 * When a value was told, by whom, and which of two is newer (contract, "values"): the order that makes replays,
 * duplicates, late values and echoes harmless, whatever order they arrive in. Pure; used by the mirror and the pump.
 */
import type { Pointer, ValueTime } from "./types.ts";

/** Who told a value. At equal times the later of these wins: the device itself knows better than the echo of its value. */
export const TELLER = { read: 0, notice: 1, device: 2 } as const;
export type Teller = (typeof TELLER)[keyof typeof TELLER];

/** Time and origin of a group of values. `origin` is the hub that told them: sequences compare only within one. */
export interface Stamp extends ValueTime {
  origin: string;
}

/** One value with its times. */
export interface MirrorValue extends Stamp {
  value: unknown;
  teller: Teller;
  /** DTDL Telemetry: shown, never stored in the twin. */
  transient: boolean;
  /** The mirror's revision at which it was set. */
  revision: number;
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
