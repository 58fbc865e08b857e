/** One step of the whole simulated plant: a pure function of the state, the set-points in force, chance and time. */
import { stepFilter } from "../physics/filter.ts";
import { happens, lag, type Random, wave } from "../physics/math.ts";
import { stepPump } from "../physics/pump.ts";
import { stepValve } from "../physics/valve.ts";
import { BOOSTERS, FILTERS, HALL, HALL_PUMPS, VALVES } from "./layout.ts";
import { at, mapOf, type PlantState, type Setpoints, sum, type WaterFlows } from "./plantState.ts";
import { stepAirHandlers, stepRooms, weatherAt } from "./stepClimate.ts";
import { solveFlows, stepTanks } from "./stepWater.ts";

/** Longest step that keeps the controllers stable, seconds. */
const LONGEST_STEP = 0.5;
/** A running pump loses its bearing cooling about every two hours, for 2 to 4 minutes. */
const COOLING_FAULT_RATE = 1 / 7200;

/** Advances by `seconds` in steps short enough to be stable. */
export function advancePlant(state: PlantState, setpoints: Setpoints, random: Random, seconds: number): PlantState {
  const steps = Math.max(1, Math.ceil(seconds / LONGEST_STEP));
  let next = state;
  for (let i = 0; i < steps; i++) next = stepPlant(next, setpoints, random, seconds / steps);
  return next;
}

export function stepPlant(state: PlantState, setpoints: Setpoints, random: Random, dt: number): PlantState {
  const water = solveFlows(state);
  const coolingFailed = stepCooling(state, random, dt);
  return {
    time: state.time + dt,
    weather: weatherAt(state.time + dt),
    pumps: stepPumps(state, water, setpoints, dt),
    coolingFailed,
    valves: mapOf(VALVES, (id) =>
      stepValve(at(state.valves, id), { positionSetpoint: setpoints(id, "positionSetpoint") }, dt),
    ),
    filters: stepFilters(state, water, dt),
    tanks: stepTanks(state, water, dt),
    water,
    rooms: stepRooms(state, setpoints, random, dt),
    airHandlers: stepAirHandlers(state, dt),
    quality: stepQuality(state, water, setpoints, dt),
    totals: stepTotals(state, water, dt),
  };
}

function stepPumps(state: PlantState, water: WaterFlows, setpoints: Setpoints, dt: number): PlantState["pumps"] {
  return mapOf([...HALL_PUMPS, ...BOOSTERS], (id) =>
    stepPump(
      at(state.pumps, id),
      {
        speedSetpoint: setpoints(id, "speedSetpoint"),
        flow: at(water.flow, id),
        pressure: at(water.pressure, id),
        ambient: HALL_PUMPS.includes(id) ? at(state.rooms, HALL).temperature : state.weather.temperature,
        coolingFailed: state.coolingFailed.has(id),
      },
      dt,
    ),
  );
}

function stepCooling(state: PlantState, random: Random, dt: number): PlantState["coolingFailed"] {
  const next = new Map(
    [...state.coolingFailed].map(([id, left]) => [id, left - dt] as const).filter(([, left]) => left > 0),
  );
  for (const [id, pump] of state.pumps) {
    if (pump.speed > 600 && !next.has(id) && happens(COOLING_FAULT_RATE, dt, random))
      next.set(id, 120 + 120 * random());
  }
  return next;
}

/** Only one filter is washed at a time. */
function stepFilters(state: PlantState, water: WaterFlows, dt: number): PlantState["filters"] {
  const washing = FILTERS.find((id) => at(state.filters, id).state === "backwash");
  const next = FILTERS.find((id) => at(state.filters, id).clogging > 80);
  return mapOf(FILTERS, (id) =>
    stepFilter(at(state.filters, id), { flow: at(water.flow, id), mayWash: washing === undefined && id === next }, dt),
  );
}

/** Dosing follows its set-point while water flows; the analyser sees it a minute later. */
function stepQuality(state: PlantState, water: WaterFlows, setpoints: Setpoints, dt: number): PlantState["quality"] {
  const { dose, reagent, chlorine, turbidity } = state.quality;
  const flow = at(water.flow, "main-101");
  const clogging = sum([...state.filters.values()].map((it) => it.clogging)) / FILTERS.length;
  const wanted = flow > 1 && reagent > 0 ? Math.min(2, Math.max(0, setpoints("doser-101", "doseSetpoint"))) : 0;
  return {
    dose: lag(dose, wanted, 3, dt),
    reagent: reagent < 10 ? 100 : reagent - (dose * flow * dt) / 4000,
    chlorine: lag(chlorine, 0.92 * dose + 0.02 * wave(state.time, 130, 1), 60, dt),
    turbidity: lag(turbidity, 0.12 + 0.002 * clogging + 0.03 * wave(state.time, 90, 3), 30, dt),
  };
}

/** kW that each building draws now. */
export function powerDraw(state: PlantState): Record<"power-001" | "power-101" | "power-301", number> {
  const pumps = (ids: readonly string[]) => sum(ids.map((id) => at(state.pumps, id).power));
  const air = (id: string) => at(state.airHandlers, id).power;
  const people = sum([...state.rooms.values()].map((it) => it.people));
  const hall = pumps(HALL_PUMPS) + air("hvac-101") + 2.1;
  const office = air("hvac-301") + air("hvac-302") + 3.4 + 0.15 * people;
  return { "power-101": hall, "power-301": office, "power-001": hall + office + pumps(BOOSTERS) + 1.2 };
}

function stepTotals(state: PlantState, water: WaterFlows, dt: number): PlantState["totals"] {
  const draw = powerDraw(state);
  const growth: Record<string, number> = {
    "flow-101": (at(water.flow, "main-101") * dt) / 1000,
    "flow-201": (at(water.flow, "town") * dt) / 1000,
  };
  for (const [id, kilowatts] of Object.entries(draw)) growth[id] = (kilowatts * dt) / 3600;
  return new Map([...state.totals].map(([id, total]) => [id, total + (growth[id] ?? 0)]));
}
