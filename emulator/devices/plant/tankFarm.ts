/** The tank farm: six tanks between the rising main and two booster pumps that feed the town. */
import { asset, contains, feeds, measures, pump, tank, twin, valve } from "./build.ts";
import type { PlantRelationship, PlantTwin } from "./plantTypes.ts";

const farm = twin("tank-farm", "OutdoorArea", "Tank farm", { floorArea: 2400 });

const numbers = [1, 2, 3, 4, 5, 6] as const;
const rows: PlantTwin[] = numbers.flatMap((n) => [
  tank(`tank-20${n}`, `Clean water tank ${n}`, n <= 4 ? 15 : 24),
  valve(`valve-20${n}`, `Tank ${n} inlet valve`),
  valve(`valve-21${n}`, `Tank ${n} outlet valve`),
]);

const equipment: PlantTwin[] = [
  ...rows,
  pump("pump-201", "Booster pump east", 1100, 24, 15),
  pump("pump-202", "Booster pump west", 1100, 24, 15),
  asset("flow-201", "FlowMeter", "Flow to the town"),
  asset("pressure-201", "PressureGauge", "Town mains pressure"),
  asset("weather-201", "WeatherStation", "Weather station at the quay"),
];

const pipes = numbers.flatMap((n) => [
  feeds("main-101", `valve-20${n}`, 150, 40 + 12 * n),
  feeds(`valve-20${n}`, `tank-20${n}`, 150, 5),
  feeds(`tank-20${n}`, `valve-21${n}`, 150, 3),
  feeds(`valve-21${n}`, "pump-201", 200, 20 + 8 * n),
  feeds(`valve-21${n}`, "pump-202", 200, 24 + 8 * n),
]);

export const tankFarm: { space: PlantTwin; twins: PlantTwin[]; relationships: PlantRelationship[] } = {
  space: farm,
  twins: [farm, ...equipment],
  relationships: [
    ...contains("tank-farm", equipment),
    ...pipes,
    feeds("pump-201", "flow-201", 250, 14),
    feeds("pump-202", "flow-201", 250, 14),
    measures("pressure-201", "flow-201"),
    measures("weather-201", "tank-farm"),
  ],
};
