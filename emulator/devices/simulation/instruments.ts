/**
 * How instruments show a value: rounded to what they resolve, with a little noise, and what counts as a change worth
 * reporting. By field name, since the same kind of instrument sits in many devices.
 */
import type { Random } from "../physics/math.ts";
import type { FieldValue } from "./readings.ts";

/** Field → one standard deviation of noise and decimals that the instrument shows. Others: no noise, two decimals. */
const INSTRUMENTS: Record<string, readonly [noise: number, decimals: number]> = {
  flow: [0.04, 2],
  inflow: [0.02, 2],
  outflow: [0.02, 2],
  pressure: [0.006, 2],
  differentialPressure: [0.002, 3],
  speed: [0.4, 0],
  bearingTemperature: [0.05, 1],
  temperature: [0.02, 2],
  supplyTemperature: [0.05, 1],
  fanSpeed: [0, 1],
  level: [0.004, 2],
  volume: [0, 3],
  velocity: [0.003, 3],
  position: [0, 1],
  clogging: [0, 1],
  humidity: [0.05, 1],
  illuminance: [0.6, 0],
  co2: [0.8, 0],
  voltage: [0.12, 1],
  current: [0.02, 2],
  power: [0.01, 2],
  vibration: [0.004, 3],
  turbidity: [0.002, 3],
  chlorine: [0.002, 3],
  moisture: [0.05, 1],
  windSpeed: [0.15, 1],
};

const PLAIN = [0, 2] as const;

/** As the instrument shows it. Nothing that stands still trembles: zero stays zero. */
export function measure(name: string, value: FieldValue, random: Random): FieldValue {
  if (typeof value !== "number") return value;
  const [noise, decimals] = INSTRUMENTS[name] ?? PLAIN;
  const measured = value === 0 ? 0 : value + noise * 1.7 * (random() + random() - random() - random()) * 0.5;
  const factor = 10 ** decimals;
  return Math.round(measured * factor) / factor + 0;
}

/** Smaller changes than this are not reported between two full reports. */
export function deadband(name: string): number {
  const [noise, decimals] = INSTRUMENTS[name] ?? PLAIN;
  return Math.max(noise, 0.9 * 10 ** -decimals);
}
