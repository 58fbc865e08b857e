/**
 * Which twins of the plant are simulated, and how the water runs through them. Sizes and first set-points come from the
 * plant's data; the pipework below says the same as its `feeds` relationships.
 */
import { plant } from "../plant/index.ts";

const byModel = (name: string): string[] =>
  plant.twins.filter((it) => it.modelId === `dtmi:digitaltwins:demo:${name};1`).map((it) => it.id);

/** Twins that a replay drives (docs/replay.md) or that have no device at all. */
export const NOT_SIMULATED: ReadonlySet<string> = new Set(["office-101", "display-301", "pump-901"]);
const simulated = (id: string): boolean => !NOT_SIMULATED.has(id);

export const HALL = "hall-1";
export const SUMP = "tank-101";
export const INTAKE = "valve-100";
export const HALL_PUMPS: readonly string[] = byModel("Pump").filter((id) => id.startsWith("pump-1"));
export const BOOSTERS: readonly string[] = byModel("Pump").filter((id) => id.startsWith("pump-2"));
export const FILTERS: readonly string[] = byModel("Filter");
export const FARM_TANKS: readonly string[] = byModel("Tank").filter((id) => id !== SUMP);
export const VALVES: readonly string[] = byModel("Valve");
export const ROOMS: readonly string[] = byModel("Room").filter(simulated);
export const AIR_HANDLERS: readonly string[] = byModel("AirHandler");
export const LOGGERS: readonly string[] = byModel("Logger");

export const dischargeValve = (pump: string): string => pump.replace("pump-1", "valve-1");
export const inletValve = (tank: string): string => tank.replace("tank-20", "valve-20");
export const outletValve = (tank: string): string => tank.replace("tank-20", "valve-21");

/** Places whose air an air handler makes. */
export const servedBy = (airHandler: string): string[] =>
  plant.relationships.filter((it) => it.name === "serves" && it.sourceId === airHandler).map((it) => it.targetId);

/** A number from the plant's data, e.g. a capacity; 0 where there is none. */
export function plantNumber(twinId: string, name: string): number {
  const value = plant.twins.find((it) => it.id === twinId)?.properties[name];
  return typeof value === "number" ? value : 0;
}

/** Names of the properties that devices obey, by model: the writable numbers. */
const SETPOINT_NAMES = ["speedSetpoint", "positionSetpoint", "doseSetpoint", "targetTemperature"] as const;

/** The set-points of a twin as the plant's data has them; empty for a twin whose device obeys nothing. */
export function plantSetpoints(twinId: string): Record<string, number> {
  const properties = plant.twins.find((it) => it.id === twinId)?.properties ?? {};
  const entries = SETPOINT_NAMES.map((name) => [name, properties[name]] as const);
  return Object.fromEntries(
    entries.filter((it): it is [(typeof SETPOINT_NAMES)[number], number] => typeof it[1] === "number"),
  );
}

/** Twins whose devices obey set-points. */
export const OBEYING: readonly string[] = plant.twins
  .map((it) => it.id)
  .filter((id) => simulated(id) && Object.keys(plantSetpoints(id)).length > 0);

/** Models whose twins nothing measures: places of the plan. */
const WITHOUT: ReadonlySet<string> = new Set(
  ["Site", "Building", "OutdoorArea"].map((name) => `dtmi:digitaltwins:demo:${name};1`),
);

/** Twins with a device of their own, with their models. */
export const DEVICES: ReadonlyMap<string, string> = new Map(
  plant.twins.filter((it) => simulated(it.id) && !WITHOUT.has(it.modelId)).map((it) => [it.id, it.modelId] as const),
);

/** Those of OBEYING that take their set-points as desired properties; the others read them from the twin service. */
export const DESIRED: ReadonlySet<string> = new Set(
  [...HALL_PUMPS, ...BOOSTERS, ...VALVES].filter((id) => OBEYING.includes(id)),
);
