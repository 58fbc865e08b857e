/** What the plant's machines do when they are commanded: a pure function of the state. Called for direct methods. */
import { RESTART_TEMPERATURE } from "../physics/pump.ts";
import type { PlantState } from "./plantState.ts";

export interface MethodResult {
  state: PlantState;
  status: number;
  payload?: unknown;
}

export function runMethod(state: PlantState, deviceId: string, name: string): MethodResult {
  if (name === "backwash" && state.filters.has(deviceId)) {
    return backwash(state, deviceId);
  }
  if (name === "reset" && state.pumps.has(deviceId)) {
    return reset(state, deviceId);
  }
  return name === "reset" && deviceId.startsWith("doser") ? { state, status: 200 } : { state, status: 404 };
}

/** One filter at a time: the others have to carry the flow. */
function backwash(state: PlantState, id: string): MethodResult {
  const washing = [...state.filters].find(([, it]) => it.state === "backwash")?.[0];
  if (washing !== undefined && washing !== id) {
    return { state, status: 409, payload: { reason: `${washing} is being washed` } };
  }
  const filters = new Map(state.filters);
  filters.set(id, { clogging: filters.get(id)?.clogging ?? 0, state: "backwash" });
  return { state: { ...state, filters }, status: 200 };
}

function reset(state: PlantState, id: string): MethodResult {
  const pump = state.pumps.get(id);
  if (!pump || pump.faultFor === 0) {
    return { state, status: 200 };
  }
  if (pump.bearingTemperature >= RESTART_TEMPERATURE || state.coolingFailed.has(id)) {
    return { state, status: 409, payload: { reason: "the bearing is still hot" } };
  }
  const pumps = new Map(state.pumps);
  pumps.set(id, { ...pump, faultFor: 0, state: "off" });
  return { state: { ...state, pumps }, status: 200 };
}
