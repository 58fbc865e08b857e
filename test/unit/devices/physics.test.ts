// Each physical part by itself: does it do what a person who knows one would expect?
import assert from "node:assert/strict";
import { type FilterState, filterResistance, stepFilter } from "../../../emulator/devices/physics/filter.ts";
import { balanceHeader, parallel, valveResistance } from "../../../emulator/devices/physics/hydraulics.ts";
import { seededRandom, wave } from "../../../emulator/devices/physics/math.ts";
import { newPump, type PumpInputs, type PumpState, stepPump } from "../../../emulator/devices/physics/pump.ts";
import { newRoom, type RoomInputs, stepOccupancy, stepRoom } from "../../../emulator/devices/physics/room.ts";
import { inletShare, outletShare, stepTank } from "../../../emulator/devices/physics/tank.ts";
import { newValve, stepValve } from "../../../emulator/devices/physics/valve.ts";

/** Applies `step` for so many seconds. */
function simulate<S>(state: S, seconds: number, step: (state: S, dt: number) => S, dt = 0.5): S {
  let now = state;
  for (let t = 0; t < seconds; t += dt) now = step(now, dt);
  return now;
}
const close = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);

describe("pump", () => {
  const inputs: PumpInputs = { speedSetpoint: 1200, flow: 11, pressure: 2.6, ambient: 18, coolingFailed: false };
  const run = (pump: PumpState, seconds: number, more: Partial<PumpInputs> = {}) =>
    simulate(pump, seconds, (it, dt) => stepPump(it, { ...inputs, ...more }, dt));

  it("ramps to its set-point at 120 rpm/s and stays there", () => {
    close(run(newPump(), 5).speed, 600, 1);
    assert.equal(run(newPump(), 5).state, "starting");
    assert.deepEqual([run(newPump(), 11).speed, run(newPump(), 11).state], [1200, "running"]);
    assert.deepEqual(
      [run(newPump(1200), 60, { speedSetpoint: 0 }).speed, run(newPump(1200), 60, { speedSetpoint: 0 }).state],
      [0, "off"],
    );
  });

  it("limits what it is asked for", () => {
    assert.equal(run(newPump(), 60, { speedSetpoint: 99_999 }).speed, 1500);
    assert.equal(run(newPump(1200), 60, { speedSetpoint: -5 }).speed, 0);
  });

  it("warms slowly, trips without cooling, and starts again when it is cool", () => {
    close(run(newPump(1200), 600).bearingTemperature, 18 + 45 * 0.64, 0.2);
    const hot = run(newPump(1200), 300, { coolingFailed: true });
    assert.equal(hot.state, "fault");
    assert.equal(hot.speed, 0);
    assert.equal(run(hot, 600, { coolingFailed: true }).state, "fault");
    assert.equal(run(hot, 300).state, "running");
  });

  it("ends in the same place whatever the step", () => {
    const coarse = simulate(newPump(), 60, (it, dt) => stepPump(it, inputs, dt), 0.5);
    const fine = simulate(newPump(), 60, (it, dt) => stepPump(it, inputs, dt), 0.05);
    close(coarse.bearingTemperature, fine.bearingTemperature, 0.3);
  });
});

describe("hydraulics", () => {
  const drain = { back: 1.4, resistance: 0.0006 };
  const line = (shutoff: number) => ({ shutoff, resistance: 0.015 });

  it("gives exactly what it takes", () => {
    const header = balanceHeader([line(4.4), line(4.2), line(0.2)], drain);
    close(header.total, Math.sqrt((header.pressure - drain.back) / drain.resistance), 1e-6);
    assert.equal(header.flows[2], 0);
    assert.ok((header.flows[0] ?? 0) > (header.flows[1] ?? 0));
  });

  it("brings more flow with more pumps, but less per pump", () => {
    const [one, two] = [balanceHeader([line(4.4)], drain), balanceHeader([line(4.4), line(4.4)], drain)];
    assert.ok(two.total > one.total && two.total < 2 * one.total && two.pressure > one.pressure);
  });

  it("lets nothing flow against a closed valve or a higher pressure", () => {
    close(balanceHeader([{ shutoff: 4, resistance: valveResistance(0, 0.003) }], drain).total, 0, 0.01);
    assert.equal(balanceHeader([line(1)], drain).total, 0);
    close(parallel([0.4, 0.4]), 0.1, 1e-9);
  });
});

describe("tank", () => {
  const inputs = { inflow: 12, outflow: 7, capacity: 15, inflowTemperature: 11, ambient: 12 };

  it("keeps its mass balance to the litre", () => {
    const full = simulate({ volume: 5, temperature: 11 }, 1000, (it, dt) => stepTank(it, inputs, dt));
    close(full.volume, 5 + (5 * 1000) / 1000, 1e-9);
  });

  it("mixes the temperature of what comes in", () => {
    const warm = simulate({ volume: 5, temperature: 11 }, 600, (it, dt) =>
      stepTank(it, { ...inputs, inflowTemperature: 21 }, dt),
    );
    assert.ok(warm.temperature > 14 && warm.temperature < 21);
  });

  it("takes nothing when full and gives nothing when empty", () => {
    assert.equal(inletShare(0.99, 100), 0);
    assert.equal(outletShare(0.02, 100), 0);
    assert.ok(inletShare(0.3, 100) > inletShare(0.8, 100) && outletShare(0.8, 100) > outletShare(0.3, 100));
  });
});

describe("valve and filter", () => {
  it("a valve travels 5 % a second and says so", () => {
    const moving = simulate(newValve(100), 10, (it, dt) => stepValve(it, { positionSetpoint: 0 }, dt));
    assert.deepEqual(moving, { position: 50, state: "moving" });
    assert.deepEqual(
      simulate(moving, 11, (it, dt) => stepValve(it, { positionSetpoint: -20 }, dt)),
      { position: 0, state: "closed" },
    );
  });

  it("a filter clogs, washes itself when it may, and then resists less", () => {
    const clogged = simulate<FilterState>({ state: "filtering", clogging: 0 }, 3600, (it, dt) =>
      stepFilter(it, { flow: 18, mayWash: false }, dt),
    );
    assert.equal(clogged.clogging, 100);
    assert.equal(stepFilter(clogged, { flow: 18, mayWash: true }, 0.5).state, "backwash");
    const washed = simulate(clogged, 55, (it, dt) => stepFilter(it, { flow: 18, mayWash: true }, dt));
    assert.equal(washed.state, "filtering");
    assert.ok(filterResistance(washed) < filterResistance(clogged));
  });
});

describe("room", () => {
  const inputs: RoomInputs = {
    targetTemperature: 21,
    outside: 8,
    outsideHumidity: 70,
    people: 0,
    daylight: 0,
    load: 0,
  };
  const live = (seconds: number, more: Partial<RoomInputs> = {}, from = newRoom(19)) =>
    simulate(from, seconds, (it, dt) => stepRoom(it, { ...inputs, ...more }, dt));

  it("comes to its target slowly and holds it against the weather", () => {
    assert.ok(live(30).temperature < 20);
    close(live(3600).temperature, 21, 0.1);
    close(live(3600, { targetTemperature: 24, outside: 30, people: 6 }).temperature, 24, 0.2);
  });

  it("never heats beyond what it can", () => {
    assert.ok(live(7200, { targetTemperature: 35, outside: -20 }).temperature < 5);
  });

  it("fills with CO₂ when people are in, clears when they leave, and has its light on", () => {
    const full = live(3600, { people: 4 });
    close(full.co2, 420 + 4 * 130, 5);
    close(full.illuminance, 380, 1);
    close(live(3600, {}, full).co2, 420, 5);
  });

  it("holds no more people than seats", () => {
    const random = seededRandom(1);
    let people = 0;
    let seen = 0;
    for (let i = 0; i < 20_000; i++) {
      people = stepOccupancy(people, 3, 1, random);
      seen = Math.max(seen, people);
      assert.ok(people >= 0 && people <= 3);
    }
    assert.ok(seen >= 2);
  });
});

describe("random and waves", () => {
  it("repeat for the same seed and stay in bounds", () => {
    const [a, b] = [seededRandom(7), seededRandom(7)];
    for (let i = 0; i < 1000; i++) {
      const value = a();
      assert.equal(value, b());
      assert.ok(value >= 0 && value < 1);
      assert.ok(Math.abs(wave(i, 60, 2)) <= 1);
    }
  });
});
