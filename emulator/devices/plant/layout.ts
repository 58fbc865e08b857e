/**
 * Where the demo plant's twins stand in each space, metres, y up: along the water's way, so that a person can read the
 * plant off the scene. Placed once, when the demo is started for the first time; from then on builders own it. The spare
 * pump and a few meters are left to them.
 */
export interface PlantPlacement {
  twinId: string;
  x: number;
  y: number;
  z: number;
  /** Uniform scale. */
  s?: number;
}

const at = (twinId: string, x: number, z: number, s?: number): PlantPlacement => ({
  twinId,
  x,
  y: 0,
  z,
  ...(s === undefined ? {} : { s }),
});

/** `ids` side by side along z, `gap` apart, centred on 0. */
function column(x: number, gap: number, ids: readonly string[], s?: number): PlantPlacement[] {
  return ids.map((id, i) => at(id, x, (i - (ids.length - 1) / 2) * gap, s));
}

const lanes = [1, 2, 3, 4];
const tanks = [1, 2, 3, 4, 5, 6];

const hall: PlantPlacement[] = [
  at("valve-100", -12, 0),
  at("tank-101", -8.5, 0, 1.6),
  ...column(
    -3.5,
    3.5,
    lanes.map((n) => `pump-10${n}`),
    1.2,
  ),
  ...column(
    0,
    3.5,
    lanes.map((n) => `valve-10${n}`),
  ),
  at("pressure-101", 2.5, 0),
  ...column(5.5, 5, ["filter-101", "filter-102"], 1.4),
  at("doser-101", 9, -3),
  at("main-101", 10, 0),
  at("flow-101", 12.5, 0),
  at("pressure-102", 12.5, 2.5),
  at("analyser-101", 12.5, -2.5),
  at("leak-101", -3.5, 8),
  at("power-101", 2, 8),
  at("hvac-101", 7, 8),
];

const farm: PlantPlacement[] = tanks.flatMap((n) => {
  const x = ((n - 1) % 3) * 8 - 8;
  const z = n <= 3 ? -5 : 5;
  const towardsMiddle = n <= 3 ? 1 : -1;
  return [
    at(`tank-20${n}`, x, z, 2),
    at(`valve-20${n}`, x - 1.5, z + 3 * towardsMiddle),
    at(`valve-21${n}`, x + 1.5, z + 3 * towardsMiddle),
  ];
});
farm.push(
  at("pump-201", 13, -2, 1.2),
  at("pump-202", 13, 2, 1.2),
  at("flow-201", 16, 0),
  at("pressure-201", 18, 0),
  at("weather-201", -14, 0),
);

const ground = ["office-101", "office-102", "office-103", "office-104", "meeting-105"];
const upper = ["office-201", "office-202", "office-203", "office-204", "meeting-205"];
const office: PlantPlacement[] = [
  ...ground.map((id, i) => at(id, (i - 2) * 5, -4, 1.2)),
  ...upper.map((id, i) => at(id, (i - 2) * 5, 4, 1.2)),
  at("hvac-301", -14, -4),
  at("hvac-302", -14, 4),
  at("power-301", 14, 4),
  at("display-301", 14, -4),
];

const site: PlantPlacement[] = [
  at("hall-1", -12, 0, 2.5),
  at("tank-farm", 2, 0, 2.5),
  at("office-building", 14, 6, 2.5),
  at("power-001", 14, -6, 1.5),
];

/** Space → its placements. */
export const layout: Readonly<Record<string, readonly PlantPlacement[]>> = {
  "hall-1": hall,
  "tank-farm": farm,
  "office-building": office,
  site,
};
