/** The demo world. `firstSpace` is the one that players enter when they name none: the pump hall, 22 twins. */
export { controlRules } from "./controlRules.ts";
export { layout, type PlantPlacement } from "./layout.ts";
export { plant } from "./plant.ts";
export type { Plant, PlantRelationship, PlantTwin } from "./plantTypes.ts";
export { firstSpace } from "./pumpHall.ts";
