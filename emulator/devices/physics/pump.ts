/**
 * One pump and its motor: speed ramps to the set-point, bearing and winding have thermal mass, overtemperature trips it,
 * and it starts again by itself once it is cool. Flow and pressure come from the network (hydraulics.ts).
 */
import { approach, clamp, lag } from "./math.ts";

export type MachineState = "off" | "starting" | "running" | "fault";

export interface PumpState {
  state: MachineState;
  /** rpm */
  speed: number;
  /** °C */
  bearingTemperature: number;
  windingTemperature: number;
  /** Electric power, kW. */
  power: number;
  /** Seconds since the trip; 0 without a fault. */
  faultFor: number;
  runHours: number;
}

export interface PumpInputs {
  /** rpm; anything outside 0–1500 is limited. */
  speedSetpoint: number;
  /** L/s, bar: what the network lets through. */
  flow: number;
  pressure: number;
  /** °C */
  ambient: number;
  /** The bearing's cooling water is blocked. */
  coolingFailed: boolean;
}

export const MAX_SPEED = 1500;
export const TRIP_TEMPERATURE = 85;
export const RESTART_TEMPERATURE = 50;
const RAMP = 120; // rpm/s
const MIN_FAULT_SECONDS = 30;

export const newPump = (speed = 0, runHours = 0, ambient = 18): PumpState => ({
  state: speed > 0 ? "running" : "off",
  speed,
  bearingTemperature: ambient + 45 * (speed / MAX_SPEED) ** 2,
  windingTemperature: ambient + 50 * (speed / MAX_SPEED) ** 2,
  power: 0,
  faultFor: 0,
  runHours,
});

export function stepPump(pump: PumpState, inputs: PumpInputs, dt: number): PumpState {
  const faultFor = stepFault(pump, inputs, dt);
  const target = faultFor > 0 ? 0 : clamp(inputs.speedSetpoint, 0, MAX_SPEED);
  const speed = approach(pump.speed, target, RAMP * dt);
  const load = (speed / MAX_SPEED) ** 2;
  const power = electricPower(speed, inputs.flow, inputs.pressure);
  return {
    state: machineState(faultFor, speed, target),
    speed,
    bearingTemperature: lag(pump.bearingTemperature, inputs.ambient + (inputs.coolingFailed ? 140 : 45) * load, 90, dt),
    windingTemperature: lag(pump.windingTemperature, inputs.ambient + 4.5 * power, 240, dt),
    power,
    faultFor,
    runHours: pump.runHours + (speed > 1 ? dt / 3600 : 0),
  };
}

function stepFault(pump: PumpState, inputs: PumpInputs, dt: number): number {
  if (pump.faultFor === 0) return pump.bearingTemperature > TRIP_TEMPERATURE ? dt : 0;
  const mayStart =
    pump.faultFor >= MIN_FAULT_SECONDS && pump.bearingTemperature < RESTART_TEMPERATURE && !inputs.coolingFailed;
  return mayStart ? 0 : pump.faultFor + dt;
}

function machineState(faultFor: number, speed: number, target: number): MachineState {
  if (faultFor > 0) return "fault";
  if (speed < 1) return target > 0 ? "starting" : "off";
  return target - speed > 30 ? "starting" : "running";
}

/** kW: friction with the cube of the speed, and hydraulic power (0.1 kW per L/s·bar) at 68 % efficiency. */
function electricPower(speed: number, flow: number, pressure: number): number {
  return 1.2 * (speed / MAX_SPEED) ** 3 + (0.1 * flow * Math.max(0, pressure)) / 0.68;
}
