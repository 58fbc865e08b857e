/**
 * A room or hall with people in it: its temperature follows the target slowly, disturbed by the weather, the sun, people
 * and machines; people breathe, ventilation clears the air. The controller is a PI with limits, without windup.
 */
import { clamp, happens, lag, type Random } from "./math.ts";

export interface RoomState {
  /** °C, %, ppm, lux */
  temperature: number;
  humidity: number;
  co2: number;
  illuminance: number;
  people: number;
  /** Heating (+) or cooling (-) by the air handler, °C/s. */
  heat: number;
  integral: number;
}

export interface RoomInputs {
  targetTemperature: number;
  /** °C, % */
  outside: number;
  outsideHumidity: number;
  people: number;
  /** 0–1 */
  daylight: number;
  /** Heat of machines, °C/s. */
  load: number;
}

const LOSS_TIME = 900; // s: how fast the room would take the temperature outside
const AIR_TIME = 600; // s: how fast ventilation renews the air
const MAX_HEAT = 0.025; // °C/s
export const OUTSIDE_CO2 = 420;

export const newRoom = (temperature: number): RoomState => ({
  temperature,
  humidity: 42,
  co2: 480,
  illuminance: 5,
  people: 0,
  heat: 0,
  integral: 0.008,
});

export function stepRoom(room: RoomState, inputs: RoomInputs, dt: number): RoomState {
  const error = clamp(inputs.targetTemperature, 5, 35) - room.temperature;
  const wanted = 0.008 * error + room.integral;
  const heat = clamp(wanted, -MAX_HEAT, MAX_HEAT);
  const free = (inputs.outside - room.temperature) / LOSS_TIME + inputs.load;
  const gains = 0.0005 * inputs.people + 0.001 * inputs.daylight;
  return {
    temperature: room.temperature + (free + gains + heat) * dt,
    humidity: lag(room.humidity, clamp(0.55 * inputs.outsideHumidity + 1.2 * inputs.people, 15, 90), 900, dt),
    co2: lag(room.co2, OUTSIDE_CO2 + 130 * inputs.people, AIR_TIME, dt),
    illuminance: lag(room.illuminance, 260 * inputs.daylight + (inputs.people > 0 ? 380 : 4), 2, dt),
    people: inputs.people,
    heat,
    integral: heat === wanted ? room.integral + 0.00002 * error * dt : room.integral,
  };
}

/** People come to free seats and leave after about a quarter of an hour. */
export function stepOccupancy(people: number, seats: number, dt: number, random: Random): number {
  const comes = happens((seats - people) / 1200, dt, random) ? 1 : 0;
  const leaves = happens(people / 900, dt, random) ? 1 : 0;
  return clamp(people + comes - leaves, 0, seats);
}
