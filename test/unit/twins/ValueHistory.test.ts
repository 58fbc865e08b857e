// Recent values of twins: what is kept, in which order, and that memory has an end.
import assert from "node:assert/strict";
import { TwinMirror } from "../../../src/twins/TwinMirror.ts";
import { ValueHistory } from "../../../src/twins/ValueHistory.ts";

const PATH = "/speed";

function newHistory(options: ConstructorParameters<typeof ValueHistory>[0] = {}) {
  const mirror = new TwinMirror(() => NO_MODELS);
  const history = new ValueHistory(options);
  history.follow(mirror);
  let sequence = 0;
  const says = (time: number, value: unknown, twinId = "pump", path = PATH) => {
    if (!mirror.get(twinId)) {
      mirror.upsertTwin({ id: twinId, modelId: "dtmi:Pump;1", properties: {}, times: {} }, 0);
    }
    const stamp = { source: time, received: time, sequence: sequence++, origin: "test" };
    mirror.setValues(twinId, [[path, value]], stamp);
  };
  return { mirror, history, says, of: (since = 0, id = "pump") => Object.fromEntries(history.of(id, since)) };
}

const NO_MODELS = { get: () => undefined } as unknown as ReturnType<ConstructorParameters<typeof TwinMirror>[0]>;

describe("the history of values", () => {
  it("keeps numbers and booleans with their source time, oldest first, from the time that is asked for", () => {
    const { says, of } = newHistory();
    says(1000, 1);
    says(3000, 2.5);
    says(4000, true, "pump", "/running");
    says(4000, "Open", "pump", "/state");
    assert.deepEqual(of(), { [PATH]: [[1000, 1], [3000, 2.5]], "/running": [[4000, 1]] }); // biome-ignore format: one line reads better
    assert.deepEqual(of(2000)[PATH], [[3000, 2.5]]);
    assert.deepEqual(of(0, "nobody"), {});
  });

  it("keeps the last of many changes within a second", () => {
    const { says, of } = newHistory();
    for (let time = 10_000; time < 13_000; time += 50) {
      says(time, time);
    }
    const samples = of()[PATH] ?? [];
    assert.ok(samples.length >= 3 && samples.length <= 5, `${samples.length} samples`);
    assert.deepEqual(samples.at(-1), [12_950, 12_950]);
  });

  it("leaves out what came too late to be shown", () => {
    const { says, of } = newHistory();
    says(5000, 5);
    says(2000, 2);
    says(7000, 7);
    assert.deepEqual(of()[PATH], [[5000, 5], [7000, 7]]); // biome-ignore format: one line reads better
  });

  it("overwrites the oldest when a value has had its share", () => {
    const { says, of } = newHistory({ perValue: 20 });
    for (let second = 1; second <= 50; second++) {
      says(second * 1000, second);
    }
    const samples = of()[PATH] ?? [];
    assert.equal(samples.length, 20);
    assert.deepEqual([samples[0], samples.at(-1)], [[31_000, 31], [50_000, 50]]); // biome-ignore format: as above
  });

  it("stops growing at its limit, and gives back what removed twins had", () => {
    const maxBytes = 100 * 16;
    const { history, mirror, says, of } = newHistory({ maxBytes });
    for (let second = 1; second <= 100; second++) {
      for (const id of ["a", "b", "c"]) {
        says(second * 1000, second, id);
      }
    }
    assert.ok(history.bytes <= maxBytes, `${history.bytes} bytes`);
    const kept = (id: string) => of(0, id)[PATH] ?? [];
    assert.ok(["a", "b", "c"].every((id) => kept(id).length >= 16 && kept(id).at(-1)?.[1] === 100));
    mirror.removeTwin("a");
    mirror.removeTwin("b");
    mirror.removeTwin("c");
    assert.equal(history.bytes, 0);
    assert.deepEqual(kept("a"), []);
  });
});
