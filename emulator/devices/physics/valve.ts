/** A motor-driven valve: travels to its set-point at constant speed, 20 s for the whole way. */
import { approach, clamp } from "./math.ts";

export interface ValveState {
  /** 0 closed … 100 open. */
  position: number;
  state: "closed" | "moving" | "open";
}

const TRAVEL = 5; // per cent per second

export const newValve = (position: number): ValveState => ({ position, state: position < 0.5 ? "closed" : "open" });

export function stepValve(valve: ValveState, inputs: { positionSetpoint: number }, dt: number): ValveState {
  const target = clamp(inputs.positionSetpoint, 0, 100);
  const position = approach(valve.position, target, TRAVEL * dt);
  const resting = position < 0.5 ? "closed" : "open";
  return { position, state: position === target ? resting : "moving" };
}
