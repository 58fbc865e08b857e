/**
 * The office building on two floors. `office-101` is the twin of a real room: nothing simulates it, a replay of recorded
 * measurements brings it to life (docs/replay.md). The lobby sign is fed the same way.
 */
import { asset, contains, measures, room, serves, twin } from "./build.ts";
import type { PlantRelationship, PlantTwin } from "./plantTypes.ts";

const building = twin("office-building", "Building", "Office building", { floorArea: 820, floors: 2, yearBuilt: 1998 });

const groundFloor: PlantTwin[] = [
  room("office-101", "Office 101 (a real room, replayed)", 20, 21),
  room("office-102", "Office 102", 22),
  room("office-103", "Office 103", 22, 21),
  room("office-104", "Laboratory 104", 38, 20.5),
  room("meeting-105", "Meeting room Ebb", 30),
];
const upperFloor: PlantTwin[] = [
  room("office-201", "Office 201", 24),
  room("office-202", "Office 202", 24, 22),
  room("office-203", "Control room 203", 46, 21),
  room("office-204", "Office 204", 18, 22),
  room("meeting-205", "Meeting room Flood", 34),
];
const equipment: PlantTwin[] = [
  asset("hvac-301", "AirHandler", "Air handler, ground floor"),
  asset("hvac-302", "AirHandler", "Air handler, upper floor"),
  asset("power-301", "PowerMeter", "Office power meter"),
  asset("display-301", "Display", "Lobby sign", {
    line1: "Welcome to",
    line2: "Harbour Water Works",
    languages: ["en"],
  }),
];

export const offices: { space: PlantTwin; twins: PlantTwin[]; relationships: PlantRelationship[] } = {
  space: building,
  twins: [building, ...groundFloor, ...upperFloor, ...equipment],
  relationships: [
    ...contains("office-building", [...groundFloor, ...upperFloor, ...equipment]),
    ...groundFloor.map((it) => serves("hvac-301", it.id)),
    ...upperFloor.map((it) => serves("hvac-302", it.id)),
    measures("power-301", "office-building"),
  ],
};
