/** Builders for twins and relationships of the plant: one line per twin in the files beside this one. */
import { demo } from "./models/dtdl.ts";
import type { PlantRelationship, PlantTwin } from "./plantTypes.ts";

const MAKERS = ["Norddeich", "Calder & Sons", "Aqvia", "Sulven"] as const;

/** A twin of a demo model with what only it has. */
export function twin(id: string, model: string, name: string, properties: Record<string, unknown> = {}): PlantTwin {
  return { id, modelId: demo(model), properties: { name, ...properties } };
}

/** A twin of an Asset, with a nameplate that is always the same for the same id. */
export function asset(id: string, model: string, name: string, properties: Record<string, unknown> = {}): PlantTwin {
  const hash = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 100_000, 7);
  const month = String((hash % 12) + 1).padStart(2, "0");
  const nameplate = {
    manufacturer: MAKERS[hash % MAKERS.length],
    serialNumber: `HW-${String(hash).padStart(5, "0")}`,
    installedOn: `${2008 + (hash % 15)}-${month}-15`,
  };
  return twin(id, model, name, { ...nameplate, ...properties });
}

export function pump(
  id: string,
  name: string,
  speedSetpoint: number,
  ratedFlow: number,
  ratedPower: number,
): PlantTwin {
  return asset(id, "Pump", name, { speedSetpoint, ratedFlow, motor: { ratedPower } });
}

export function valve(id: string, name: string, positionSetpoint = 100): PlantTwin {
  return asset(id, "Valve", name, { positionSetpoint });
}

export function tank(id: string, name: string, capacity: number): PlantTwin {
  return asset(id, "Tank", name, { capacity });
}

export function room(id: string, name: string, floorArea: number, targetTemperature = 21.5): PlantTwin {
  return twin(id, "Room", name, { floorArea, targetTemperature });
}

function link(
  name: string,
  sourceId: string,
  targetId: string,
  properties: Record<string, unknown>,
): PlantRelationship {
  return { id: `${sourceId}-${name}-${targetId}`, sourceId, targetId, name, properties };
}

export const contains = (space: string, twins: readonly PlantTwin[]): PlantRelationship[] =>
  twins.map((it) => link("contains", space, it.id, {}));

/** A pipe; `pipeDiameter` in mm, `pipeLength` in m. */
export const feeds = (from: string, to: string, pipeDiameter: number, pipeLength: number): PlantRelationship =>
  link("feeds", from, to, { pipeDiameter, pipeLength });

export const measures = (sensor: string, target: string): PlantRelationship => link("measures", sensor, target, {});

export const serves = (airHandler: string, space: string): PlantRelationship => link("serves", airHandler, space, {});
