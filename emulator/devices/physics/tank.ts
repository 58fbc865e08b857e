/** A tank: its volume is what flowed in minus what flowed out, to the litre; its temperature is mixed. */
import { clamp, lag } from "./math.ts";

export interface TankState {
  /** m³ */
  volume: number;
  /** °C */
  temperature: number;
}

export interface TankInputs {
  /** L/s. The network never sends more than fits nor takes more than is there (`inletShare`, `outletShare`). */
  inflow: number;
  outflow: number;
  /** m³ */
  capacity: number;
  /** °C of the water that flows in, and of the air around. */
  inflowTemperature: number;
  ambient: number;
}

export function stepTank(tank: TankState, inputs: TankInputs, dt: number): TankState {
  const gained = (inputs.inflow * dt) / 1000;
  const volume = clamp(tank.volume + gained - (inputs.outflow * dt) / 1000, 0, inputs.capacity);
  const mixed =
    volume > 0 ? lerp(tank.temperature, inputs.inflowTemperature, Math.min(1, gained / volume)) : tank.temperature;
  return { volume, temperature: lag(mixed, inputs.ambient, 40_000, dt) };
}

const lerp = (from: number, to: number, share: number): number => from + (to - from) * share;

/** How willingly a tank takes water: a float closes its inlet between 90 and 98 %; emptier tanks take more. */
export function inletShare(level: number, valvePosition: number): number {
  return (valvePosition / 100) * clamp((0.98 - level) / 0.08, 0, 1) * (1.4 - level);
}

/** How willingly it gives: fuller tanks give more, below 10 % the low-level switch closes the outlet. */
export function outletShare(level: number, valvePosition: number): number {
  return (valvePosition / 100) * clamp((level - 0.02) / 0.08, 0, 1) * (0.4 + level);
}
