/**
 * What the instruments of the simulated plant show: the state as readings, one per device and component. Field names are the Properties and Telemetry of the models.
 */

import { filterResistance } from "../physics/filter.ts";
import { clamp, wave } from "../physics/math.ts";
import type { PumpState } from "../physics/pump.ts";
import { OUTSIDE_CO2, type RoomState } from "../physics/room.ts";
import { FARM_TANKS, FILTERS, HALL, LOGGERS, ROOMS, SUMP, VALVES } from "./layout.ts";
import { at, type PlantState } from "./plantState.ts";
import { powerDraw } from "./stepPlant.ts";
import { tankLevel } from "./stepWater.ts";

export type FieldValue = number | string | boolean;

/** One message's worth: what one device, or one component of it, measures. */
export interface Reading {
  deviceId: string;
  component?: string;
  /** The model that the fields belong to. */
  modelId: string;
  fields: Record<string, FieldValue>;
}

const model = (name: string): string => `dtmi:digitaltwins:demo:${name};1`;
const reading = (deviceId: string, name: string, fields: Record<string, FieldValue>): Reading => ({
  deviceId,
  modelId: model(name),
  fields,
});

/** True values of all instruments; `measure` makes them look measured. */
export function readPlant(state: PlantState): Reading[] {
  return [
    ...[...state.pumps].flatMap(([id, it]) => readPump(id, it, state)),
    ...VALVES.map((id) => reading(id, "Valve", { ...at(state.valves, id), flow: at(state.water.flow, id) })),
    ...[SUMP, ...FARM_TANKS].map((id) => readTank(id, state)),
    ...FILTERS.map((id) => readFilter(id, state)),
    ...readInstruments(state),
    ...readPower(state),
    ...ROOMS.map((id) => reading(id, "Room", readRoom(at(state.rooms, id)))),
    ...[...state.airHandlers].map(([id, it]) => reading(id, "AirHandler", { ...it })),
    ...LOGGERS.map((id, i) => readLogger(id, i, state)),
  ];
}

function readPump(id: string, pump: PumpState, state: PlantState): Reading[] {
  const { state: machine, speed, bearingTemperature, runHours } = pump;
  const flow = at(state.water.flow, id);
  const pressure = at(state.water.pressure, id);
  const main = reading(id, "Pump", { state: machine, speed, flow, pressure, bearingTemperature, runHours });
  const vibration = 0.02 + 0.25 * (speed / 1500) ** 2 + (bearingTemperature > 70 ? 0.6 : 0);
  const motor = { temperature: pump.windingTemperature, current: pump.power * 1.75, power: pump.power, vibration };
  return [main, { deviceId: id, component: "motor", modelId: model("Pump"), fields: motor }];
}

function readTank(id: string, state: PlantState): Reading {
  const { volume, temperature } = at(state.tanks, id);
  const inflow = at(state.water.inflow, id);
  const outflow = at(state.water.outflow, id);
  return reading(id, "Tank", { level: 100 * tankLevel(state, id), volume, temperature, inflow, outflow });
}

function readFilter(id: string, state: PlantState): Reading {
  const filter = at(state.filters, id);
  const flow = at(state.water.flow, id);
  const differentialPressure = filter.state === "backwash" ? 0.9 : filterResistance(filter) * flow ** 2;
  return reading(id, "Filter", { ...filter, flow, differentialPressure });
}

function readInstruments(state: PlantState): Reading[] {
  const flow = at(state.water.flow, "main-101");
  const pressure = (id: string) => at(state.water.pressure, id);
  const { dose, reagent, chlorine, turbidity } = state.quality;
  const hall = at(state.rooms, HALL);
  const { temperature, humidity, windSpeed, tide } = state.weather;
  const ph = 7.35 + 0.08 * wave(state.time, 400, 2);
  const moisture = 6 + 2 * wave(state.time, 300, 5);
  const doserState = dose > 0.01 ? "running" : "off";
  return [
    reading("main-101", "Pipe", { flow, velocity: flow / 1000 / 0.0491, pressure: pressure("main-101") }),
    reading("flow-101", "FlowMeter", { flow, total: at(state.totals, "flow-101"), health: "ok" }),
    reading("flow-201", "FlowMeter", {
      flow: at(state.water.flow, "town"),
      total: at(state.totals, "flow-201"),
      health: "ok",
    }),
    ...["pressure-101", "pressure-102", "pressure-201"].map((id) =>
      reading(id, "PressureGauge", { pressure: pressure(id), health: "ok" }),
    ),
    reading("analyser-101", "WaterAnalyser", {
      ph,
      turbidity,
      chlorine,
      temperature: at(state.tanks, SUMP).temperature,
      health: "ok",
    }),
    reading("doser-101", "Doser", { state: doserState, doseRate: dose, reagentLevel: reagent }),
    reading("leak-101", "LeakDetector", { wet: false, moisture, health: "ok" }),
    reading("weather-201", "WeatherStation", { temperature, humidity, windSpeed, tide, health: "ok" }),
    reading(HALL, "Hall", { temperature: hall.temperature, humidity: hall.humidity }),
  ];
}

function readPower(state: PlantState): Reading[] {
  const draw = powerDraw(state);
  return Object.entries(draw).map(([id, power], i) =>
    reading(id, "PowerMeter", {
      power,
      energy: at(state.totals, id),
      voltage: 231 + 1.4 * wave(state.time, 95, i),
      health: "ok",
    }),
  );
}

function readRoom(room: RoomState): Record<string, FieldValue> {
  const { temperature, humidity, illuminance } = room;
  return { temperature, humidity, illuminance, co2: Math.max(OUTSIDE_CO2, room.co2), occupied: room.people > 0 };
}

function readLogger(id: string, index: number, state: PlantState): Reading {
  const temperature = 17 + wave(state.time, 200, index);
  const vibration = 0.02 + 0.01 * wave(state.time, 17, index);
  return reading(id, "Logger", {
    temperature,
    vibration,
    battery: clamp(96 - 9 * index - state.time / 36_000, 0, 100),
    health: "ok",
  });
}
