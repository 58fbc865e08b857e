/**
 * The water's way: intake → sump → pumps → filters → rising main → tanks → boosters → town. Two headers are balanced,
 * the tanks take and give what flows. Called by `stepPlant`.
 */

import { filterResistance } from "../physics/filter.ts";
import { BAR_PER_METRE, balanceHeader, parallel, shutoffPressure, valveResistance } from "../physics/hydraulics.ts";
import { clamp, wave } from "../physics/math.ts";
import { inletShare, outletShare, stepTank } from "../physics/tank.ts";
import {
  BOOSTERS,
  dischargeValve,
  FARM_TANKS,
  FILTERS,
  HALL_PUMPS,
  INTAKE,
  inletValve,
  outletValve,
  plantNumber,
  SUMP,
} from "./layout.ts";
import { at, mapOf, type PlantState, sum, type WaterFlows } from "./plantState.ts";

export const tankLevel = (state: PlantState, id: string): number =>
  at(state.tanks, id).volume / plantNumber(id, "capacity");

const position = (state: PlantState, valve: string): number => at(state.valves, valve).position;

/** What the pipework settles at for these speeds, valve positions and levels. */
export function solveFlows(state: PlantState): WaterFlows {
  const hall = solveHall(state);
  const town = solveTown(state);
  const intake = 55 * (position(state, INTAKE) / 100) * Math.sqrt(clamp(1 - tankLevel(state, SUMP), 0, 1));
  const shares = (of: (tank: string) => number, total: number): Map<string, number> => {
    const all = sum(FARM_TANKS.map(of));
    return mapOf(FARM_TANKS, (id) => (all > 0 ? (total * of(id)) / all : 0));
  };
  const inflow = shares((id) => inShare(state, id), hall.total).set(SUMP, intake);
  const outflow = shares((id) => outShare(state, id), town.total).set(SUMP, hall.total);
  const flow = new Map([...hall.flow, ...town.flow, [INTAKE, intake], ["main-101", hall.total], ["town", town.total]]);
  for (const id of FARM_TANKS) flow.set(inletValve(id), at(inflow, id)).set(outletValve(id), at(outflow, id));
  return { flow, inflow, outflow, pressure: new Map([...hall.pressure, ...town.pressure]) };
}

const inShare = (state: PlantState, tank: string) =>
  inletShare(tankLevel(state, tank), position(state, inletValve(tank)));
const outShare = (state: PlantState, tank: string) =>
  outletShare(tankLevel(state, tank), position(state, outletValve(tank)));

interface Solved {
  flow: Map<string, number>;
  pressure: Map<string, number>;
  total: number;
}

/** Below 5 % of the sump the pumps lose their suction. */
function solveHall(state: PlantState): Solved {
  const level = tankLevel(state, SUMP);
  const suction = 3 * level * BAR_PER_METRE;
  const prime = clamp(level / 0.05, 0.001, 1);
  const filters = FILTERS.map((id) => filterResistance(at(state.filters, id)));
  const tanks = 0.0004 / Math.max(sum(FARM_TANKS.map((id) => inShare(state, id))) / FARM_TANKS.length, 1e-4) ** 2;
  const header = balanceHeader(
    HALL_PUMPS.map((id) => ({
      shutoff: shutoffPressure(at(state.pumps, id).speed, 6.2, suction),
      resistance: (0.012 + valveResistance(position(state, dischargeValve(id)), 0.003)) / prime ** 2,
    })),
    { back: 1.4, resistance: parallel(filters) + 0.0002 + tanks },
  );
  const afterFilters = header.pressure - parallel(filters) * header.total ** 2;
  const flow = new Map<string, number>();
  const pressure = new Map([
    ["pressure-101", header.pressure],
    ["pressure-102", afterFilters],
    ["main-101", afterFilters],
  ]);
  HALL_PUMPS.forEach((id, i) => {
    const q = header.flows[i] ?? 0;
    flow.set(id, q).set(dischargeValve(id), q);
    pressure.set(id, dischargePressure(state, id, header.pressure, q, 0.003));
  });
  FILTERS.forEach((id, i) => {
    flow.set(id, header.total * Math.sqrt(parallel(filters) / (filters[i] ?? 1)));
  });
  return { flow, pressure, total: header.total };
}

/** Before its valve; a pump that stands shows its suction side. */
function dischargePressure(state: PlantState, pump: string, header: number, flow: number, valve: number): number {
  if (flow > 0) return header + valve * flow ** 2;
  return at(state.pumps, pump).speed > 1 ? shutoffPressure(at(state.pumps, pump).speed, 6.2, 0.15) : 0.15;
}

/** The town's demand swings over about ten minutes. */
function solveTown(state: PlantState): Solved {
  const willing = sum(FARM_TANKS.map((id) => outShare(state, id))) / FARM_TANKS.length;
  const level = sum(FARM_TANKS.map((id) => tankLevel(state, id))) / FARM_TANKS.length;
  const demand = 1 + 0.35 * wave(state.time, 600, 1);
  const tap = 0.0011 / demand ** 2;
  const header = balanceHeader(
    BOOSTERS.map((id) => ({
      shutoff: shutoffPressure(at(state.pumps, id).speed, 8, 5 * level * BAR_PER_METRE),
      resistance: 0.004,
    })),
    { back: 2, resistance: tap + 0.0002 / Math.max(willing, 1e-4) ** 2 },
  );
  const flow = mapOf(BOOSTERS, (_, i) => header.flows[i] ?? 0);
  const pressure = mapOf(BOOSTERS, () => header.pressure).set("pressure-201", 2 + tap * header.total ** 2);
  return { flow, pressure, total: header.total };
}

export function stepTanks(state: PlantState, water: WaterFlows, dt: number): PlantState["tanks"] {
  const sumpTemperature = at(state.tanks, SUMP).temperature;
  const river = 10.5 + 0.8 * wave(state.time, 5400, 4);
  return mapOf([SUMP, ...FARM_TANKS], (id) =>
    stepTank(
      at(state.tanks, id),
      {
        inflow: at(water.inflow, id),
        outflow: at(water.outflow, id),
        capacity: plantNumber(id, "capacity"),
        inflowTemperature: id === SUMP ? river : sumpTemperature,
        ambient: id === SUMP ? 16 : state.weather.temperature,
      },
      dt,
    ),
  );
}
