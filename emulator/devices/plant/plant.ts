/**
 * The demo world as data: Harbour Water Works. DTDL models (Commands included; a twin service that knows none, such as
 * Azure's, gets them stripped), twins with their nameplates and set-points, and the relationships between them.
 * What devices report is not in here: a twin shows it once its device has spoken. Seeded by the composition root.
 */
import { asset, contains, measures, pump, twin } from "./build.ts";
import { equipment } from "./models/equipment.ts";
import { sensors } from "./models/sensors.ts";
import { spaces } from "./models/spaces.ts";
import { offices } from "./offices.ts";
import type { Plant, PlantTwin } from "./plantTypes.ts";
import { pumpHall } from "./pumpHall.ts";
import { tankFarm } from "./tankFarm.ts";

const site = twin("site", "Site", "Harbour Water Works", {
  owner: "Harbour Town Council",
  floorArea: 18_500,
  location: { latitude: 54.3213, longitude: 10.1349 },
});

const siteMeter = asset("power-001", "PowerMeter", "Grid connection");

/** In no space yet: there to be placed by a world builder. */
const unplaced: PlantTwin[] = [
  asset("logger-901", "Logger", "Portable logger 1"),
  asset("logger-902", "Logger", "Portable logger 2"),
  pump("pump-901", "Spare pump on a trolley", 0, 16, 11),
];

export const plant: Plant = {
  models: [...spaces, ...equipment, ...sensors],
  twins: [...pumpHall.twins, ...tankFarm.twins, ...offices.twins, site, siteMeter, ...unplaced],
  relationships: [
    ...pumpHall.relationships,
    ...tankFarm.relationships,
    ...offices.relationships,
    ...contains("site", [pumpHall.space, tankFarm.space, offices.space, siteMeter]),
    measures("power-001", "site"),
  ],
};
