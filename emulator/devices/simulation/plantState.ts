/** Everything the simulated plant knows about itself at one moment. Immutable: a step makes a new one. */
import type { FilterState } from "../physics/filter.ts";
import { newPump, type PumpState } from "../physics/pump.ts";
import { newRoom, type RoomState } from "../physics/room.ts";
import type { TankState } from "../physics/tank.ts";
import { newValve, type ValveState } from "../physics/valve.ts";
import {
  AIR_HANDLERS,
  BOOSTERS,
  FARM_TANKS,
  FILTERS,
  HALL,
  HALL_PUMPS,
  plantNumber,
  ROOMS,
  SUMP,
  VALVES,
} from "./layout.ts";

export type ById<T> = ReadonlyMap<string, T>;

/** Flows in L/s by pump, valve, filter or main; pressures in bar. What the pipework settled at in the last step. */
export interface WaterFlows {
  flow: ById<number>;
  inflow: ById<number>;
  outflow: ById<number>;
  pressure: ById<number>;
}

export interface AirHandlerState {
  state: "idle" | "heating" | "cooling";
  supplyTemperature: number;
  fanSpeed: number;
  power: number;
}

export interface Weather {
  temperature: number;
  humidity: number;
  windSpeed: number;
  tide: number;
  /** 0–1 */
  daylight: number;
}

export interface PlantState {
  /** Seconds since the plant began. */
  time: number;
  weather: Weather;
  pumps: ById<PumpState>;
  /** Seconds for which a pump's bearing cooling is still blocked. */
  coolingFailed: ById<number>;
  valves: ById<ValveState>;
  filters: ById<FilterState>;
  tanks: ById<TankState>;
  water: WaterFlows;
  rooms: ById<RoomState>;
  airHandlers: ById<AirHandlerState>;
  quality: { dose: number; reagent: number; chlorine: number; turbidity: number };
  /** m³ through flow meters, kWh through power meters. */
  totals: ById<number>;
}

/** A set-point that is in force now, by twin and property name. */
export type Setpoints = (twinId: string, name: string) => number;

/** The member, which must be there: the layout and the state are made from the same lists. */
export function at<T>(map: ById<T>, id: string): T {
  const value = map.get(id);
  if (value === undefined) throw new Error(`The simulated plant has no ${id}.`);
  return value;
}

export const mapOf = <T>(ids: readonly string[], make: (id: string, index: number) => T): Map<string, T> =>
  new Map(ids.map((id, index) => [id, make(id, index)]));

export const sum = (values: Iterable<number>): number => [...values].reduce((total, it) => total + it, 0);

/** A plant that has been running for a while: pumps at speed, tanks about half full. */
export function newPlantState(setpoints: Setpoints): PlantState {
  const tanks = [SUMP, ...FARM_TANKS];
  const pumps = [...HALL_PUMPS, ...BOOSTERS];
  return {
    time: 0,
    weather: { temperature: 12, humidity: 74, windSpeed: 5, tide: 0, daylight: 0.5 },
    pumps: mapOf(pumps, (id, i) => newPump(setpoints(id, "speedSetpoint"), 4100 + 937 * i)),
    coolingFailed: new Map(),
    valves: mapOf(VALVES, (id) => newValve(setpoints(id, "positionSetpoint"))),
    filters: mapOf(FILTERS, (_, i) => ({ state: "filtering", clogging: 18 + 37 * i })),
    tanks: mapOf(tanks, (id, i) => ({
      volume: plantNumber(id, "capacity") * (0.52 + 0.03 * (i % 4)),
      temperature: 11,
    })),
    water: { flow: new Map(), inflow: new Map(), outflow: new Map(), pressure: new Map() },
    rooms: mapOf([HALL, ...ROOMS], (id, i) => newRoom(setpoints(id, "targetTemperature") - 0.4 + 0.1 * (i % 7))),
    airHandlers: mapOf(AIR_HANDLERS, () => ({ state: "idle", supplyTemperature: 21, fanSpeed: 35, power: 1 })),
    quality: { dose: setpoints("doser-101", "doseSetpoint"), reagent: 83, chlorine: 0.46, turbidity: 0.21 },
    totals: new Map([
      ["flow-101", 812_344],
      ["flow-201", 799_120],
      ["power-001", 931_050],
      ["power-101", 655_210],
      ["power-301", 208_775],
    ]),
  };
}
