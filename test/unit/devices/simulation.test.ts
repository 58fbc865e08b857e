// The whole simulated plant over hours: mass is conserved, nothing leaves its bounds, faults come and go, set-points work.
import assert from "node:assert/strict";
import { seededRandom } from "../../../emulator/devices/physics/math.ts";
import { measure } from "../../../emulator/devices/simulation/instruments.ts";
import { FARM_TANKS, plantNumber } from "../../../emulator/devices/simulation/layout.ts";
import { at, newPlantState, type PlantState, type Setpoints } from "../../../emulator/devices/simulation/plantState.ts";
import { readPlant } from "../../../emulator/devices/simulation/readings.ts";
import { advancePlant, stepPlant } from "../../../emulator/devices/simulation/stepPlant.ts";

const never = () => 0.999_999;
const withSetpoints = (overrides: Record<string, number>): Setpoints => {
  return (id, name) => overrides[`${id}/${name}`] ?? plantNumber(id, name);
};
const stored = (state: PlantState) => [...state.tanks.values()].reduce((total, it) => total + it.volume, 0);

const numbersOf = (state: PlantState): [string, number][] =>
  readPlant(state).flatMap((it) =>
    Object.entries(it.fields).flatMap(([name, value]): [string, number][] =>
      typeof value === "number" ? [[`${it.deviceId} ${name}`, value]] : [],
    ),
  );

describe("simulated plant", () => {
  it("keeps every litre: what the tanks gain is what came in minus what the town took", () => {
    let state = stepPlant(newPlantState(plantNumber), plantNumber, never, 0.5);
    const before = stored(state);
    let net = 0;
    for (let i = 0; i < 7200; i++) {
      state = stepPlant(state, plantNumber, never, 0.5);
      net += ((at(state.water.flow, "valve-100") - at(state.water.flow, "town")) * 0.5) / 1000;
    }
    assert.ok(Math.abs(stored(state) - before - net) < 1e-6, `${stored(state) - before} against ${net}`);
  });

  it("stays within its bounds for four simulated hours, and pumps trip and recover in it", () => {
    const random = seededRandom(11);
    let state = newPlantState(plantNumber);
    const seen = new Set<string>();
    for (let i = 0; i < 240; i++) {
      state = advancePlant(state, plantNumber, random, 60);
      for (const it of state.pumps.values()) seen.add(it.state);
      for (const [id, it] of state.tanks)
        assert.ok(it.volume > 0.02 && it.volume < plantNumber(id, "capacity"), `${id} ${it.volume}`);
      for (const [id, it] of state.rooms)
        assert.ok(it.temperature > 14 && it.temperature < 27, `${id} ${it.temperature}`);
      assert.ok(at(state.water.flow, "main-101") > 5 && at(state.water.flow, "town") > 5);
    }
    assert.ok(seen.has("fault") && seen.has("running"));
    assert.ok([...state.pumps.values()].filter((it) => it.state === "running").length >= 3);
  });

  it("follows its set-points: a slower pump gives less, a shut valve stops its tank's inflow", () => {
    const start = advancePlant(newPlantState(plantNumber), plantNumber, never, 10);
    const slow = advancePlant(start, withSetpoints({ "pump-101/speedSetpoint": 1000 }), never, 30);
    assert.ok(at(slow.water.flow, "pump-101") < 0.7 * at(start.water.flow, "pump-101"));
    assert.ok(at(slow.water.flow, "pump-102") > at(start.water.flow, "pump-102"));
    const shut = advancePlant(start, withSetpoints({ "valve-201/positionSetpoint": 0 }), never, 30);
    assert.equal(at(shut.water.inflow, "tank-201"), 0);
    assert.ok(at(shut.tanks, "tank-201").volume < at(start.tanks, "tank-201").volume);
  });

  it("survives a plant that is switched off, and one that is driven to its limits", () => {
    const off: Setpoints = () => 0;
    const wild: Setpoints = (_, name) => (name === "targetTemperature" ? 35 : 1e9);
    for (const setpoints of [off, wild]) {
      const state = advancePlant(newPlantState(plantNumber), setpoints, seededRandom(2), 3600);
      const odd = numbersOf(state).filter(([, value]) => !Number.isFinite(value) || Math.abs(value) > 1e7);
      assert.deepEqual(odd, []);
      for (const id of FARM_TANKS) assert.ok(at(state.tanks, id).volume >= 0);
    }
  });

  it("moves a third of the first space within 8 s, as people see it", () => {
    const random = seededRandom(5);
    const look = (state: PlantState) =>
      new Map(
        readPlant(state).map((it) => [
          `${it.deviceId}/${it.component ?? ""}`,
          JSON.stringify(Object.entries(it.fields).map(([name, value]) => measure(name, value, never))),
        ]),
      );
    const start = advancePlant(newPlantState(plantNumber), plantNumber, random, 30);
    const later = look(advancePlant(start, plantNumber, random, 8));
    const changed = [...look(start)].filter(([key, value]) => later.get(key) !== value);
    assert.ok(changed.length > 0.3 * later.size, `${changed.length} of ${later.size}`);
  });
});
