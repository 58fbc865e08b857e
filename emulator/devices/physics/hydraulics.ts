/**
 * Pressure and flow where several pumps push into one header: the header settles at the pressure at which what the pumps
 * deliver is what the network takes. Quasi-static, so mass is conserved exactly at every step and nothing oscillates.
 * Pressures in bar above the atmosphere, flows in L/s, resistances in bar/(L/s)².
 */

/** A pump line as the header sees it: pressure at no flow, and resistance of pump and valve together. */
export interface Source {
  shutoff: number;
  resistance: number;
}
/** What the header pushes against. */
export interface Drain {
  back: number;
  resistance: number;
}

export interface HeaderBalance {
  pressure: number;
  /** One per source, never negative: each line has a check valve. */
  flows: number[];
  total: number;
}

const deliver = (source: Source, pressure: number): number =>
  Math.sqrt(Math.max(0, source.shutoff - pressure) / source.resistance);

export function balanceHeader(sources: readonly Source[], drain: Drain): HeaderBalance {
  const taken = (pressure: number) => Math.sqrt(Math.max(0, pressure - drain.back) / drain.resistance);
  const given = (pressure: number) => sources.reduce((sum, it) => sum + deliver(it, pressure), 0);
  let low = drain.back;
  let high = Math.max(drain.back, ...sources.map((it) => it.shutoff));
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (given(middle) > taken(middle)) low = middle;
    else high = middle;
  }
  const flows = sources.map((it) => deliver(it, high));
  return { pressure: high, flows, total: flows.reduce((sum, it) => sum + it, 0) };
}

/** Pressure at no flow by the affinity law: with the square of the speed. */
export const shutoffPressure = (speed: number, atFullSpeed: number, suction: number): number =>
  atFullSpeed * (speed / FULL_SPEED) ** 2 + suction;

/** Resistance of a valve that is open by `position` per cent; a closed one lets next to nothing through. */
export const valveResistance = (position: number, fullyOpen: number): number =>
  fullyOpen / Math.max(position / 100, 0.0001) ** 2;

/** Several ways in parallel as one resistance. */
export const parallel = (resistances: readonly number[]): number =>
  1 / resistances.reduce((sum, it) => sum + 1 / Math.sqrt(it), 0) ** 2;

/** rpm at which pumps have their nominal pressure. */
export const FULL_SPEED = 1450;
/** bar per metre of water. */
export const BAR_PER_METRE = 0.0981;
