/** The pump hall, the first space: sump → four pumps with valves → two filters → rising main to the tank farm. */
import { asset, contains, feeds, measures, pump, serves, tank, twin, valve } from "./build.ts";
import type { PlantRelationship, PlantTwin } from "./plantTypes.ts";

export const firstSpace = "hall-1";

const hall = twin(firstSpace, "Hall", "Pump hall", { floorArea: 640, targetTemperature: 18 });

const equipment: PlantTwin[] = [
  pump("pump-101", "Raw water pump 1", 1200, 16, 11),
  pump("pump-102", "Raw water pump 2", 1180, 16, 11),
  pump("pump-103", "Raw water pump 3", 1160, 16, 11),
  pump("pump-104", "Raw water pump 4 (standby)", 0, 16, 11),
  valve("valve-101", "Discharge valve 1"),
  valve("valve-102", "Discharge valve 2"),
  valve("valve-103", "Discharge valve 3"),
  valve("valve-104", "Discharge valve 4"),
  valve("valve-100", "Intake valve", 70),
  tank("tank-101", "Intake sump", 24),
  asset("filter-101", "Filter", "Sand filter 1"),
  asset("filter-102", "Filter", "Sand filter 2"),
  asset("doser-101", "Doser", "Chlorine doser", { doseSetpoint: 0.5 }),
  asset("main-101", "Pipe", "Rising main"),
  asset("flow-101", "FlowMeter", "Rising main flow meter"),
  asset("pressure-101", "PressureGauge", "Header pressure before the filters"),
  asset("pressure-102", "PressureGauge", "Rising main pressure"),
  asset("analyser-101", "WaterAnalyser", "Water analyser"),
  asset("leak-101", "LeakDetector", "Leak mat under the pumps"),
  asset("power-101", "PowerMeter", "Pump hall power meter"),
  asset("hvac-101", "AirHandler", "Pump hall air handler"),
];

const lines = ["101", "102", "103", "104"].flatMap((n) => [
  feeds("tank-101", `pump-${n}`, 150, 4),
  feeds(`pump-${n}`, `valve-${n}`, 125, 2),
  feeds(`valve-${n}`, "filter-101", 200, 9),
  feeds(`valve-${n}`, "filter-102", 200, 11),
]);

export const pumpHall: { space: PlantTwin; twins: PlantTwin[]; relationships: PlantRelationship[] } = {
  space: hall,
  twins: [hall, ...equipment],
  relationships: [
    ...contains(firstSpace, equipment),
    feeds("valve-100", "tank-101", 300, 35),
    ...lines,
    feeds("filter-101", "main-101", 250, 6),
    feeds("filter-102", "main-101", 250, 6),
    feeds("doser-101", "main-101", 15, 3),
    measures("flow-101", "main-101"),
    measures("pressure-101", "filter-101"),
    measures("pressure-102", "main-101"),
    measures("analyser-101", "main-101"),
    measures("leak-101", firstSpace),
    measures("power-101", firstSpace),
    serves("hvac-101", firstSpace),
  ],
};
