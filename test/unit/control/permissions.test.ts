// `permissions.check` answers what the request would be answered: nothing is offered and then refused.
import assert from "node:assert/strict";
import type { PermissionCheck } from "../../../src/services.ts";
import { actor, type NewControlOptions, newControl, refusal, set } from "./newControl.ts";
import { newPlant } from "./newPlant.ts";

const operator = actor("operator");
const admin = actor("admin");
const PUMP = "dtmi:test:Pump;1";
const never = { requires: [{ path: "/temperature", above: 1000 }], model: PUMP, reason: "No." };

async function newAsk(options: NewControlOptions = {}) {
  const plant = await newPlant(options);
  const ask = async (check: Partial<PermissionCheck> & Pick<PermissionCheck, "do">, who = operator) => {
    const [answer] = await plant.control.check(who, [{ twinId: "p1", ...check }]);
    return answer?.code ?? answer?.allowed;
  };
  return { ...plant, ask };
}

describe("permissions.check", () => {
  it("knows twins, properties and commands that do not exist", async () => {
    const { ask } = await newAsk();
    for (const what of ["patch", "command", "delete"] as const) {
      assert.equal(await ask({ do: what, twinId: "nobody", path: "/setpoint" }, admin), "NOT_FOUND", what);
    }
    assert.equal(await ask({ do: "patch", path: "/nothing" }), "INVALID_VALUE");
    assert.equal(await ask({ do: "patch", path: "/nothing" }, admin), "INVALID_VALUE");
    assert.equal(await ask({ do: "patch", path: "/vibration" }, admin), "INVALID_VALUE");
    assert.equal(await ask({ do: "command", path: "fly" }), "INVALID_VALUE");
    assert.equal(await ask({ do: "command", path: "motor/start" }), true);
    assert.equal(await ask({ do: "patch", path: "/motor/limit" }), true);
    assert.equal(await ask({ do: "patch" }), true);
  });

  it("sees interlocks inside of values and components, as the request does", async () => {
    const interlocks = [
      { ...never, name: "a", guards: ["patch /motor/limit"] },
      { ...never, name: "b", guards: ["patch /tags"] },
    ];
    const { ask } = await newAsk({ rules: { interlocks } });
    assert.equal(await ask({ do: "patch", path: "/motor" }, admin), "INTERLOCKED");
    assert.equal(await ask({ do: "patch", path: "/tags/line" }), "INTERLOCKED");
    assert.equal(await ask({ do: "patch", path: "/mode" }), true);
  });
});

describe("commands", () => {
  it("have no other names than the model gives them", async () => {
    const { control, devices } = await newAsk();
    const run = (given: object) => control.command(operator, { twinId: "p1", command: "start", ...given });
    await assert.rejects(run({ command: "motor/start" }), refusal("INVALID_VALUE"));
    await assert.rejects(run({ component: "motor", command: "start/x" }), refusal("INVALID_VALUE"));
    await assert.rejects(run({ component: "motor/start" }), refusal("INVALID_VALUE"));
    await run({ component: "motor" });
    assert.equal(devices.calls.length, 1);
  });
});

describe("replacing a whole twin", () => {
  const interlocks = [{ ...never, name: "a", guards: ["patch /setpoint"], asking: { above: 5 } }];
  const twin = (properties: object) => ({
    id: "p2",
    modelId: PUMP,
    properties: { motor: {}, name: "P", ...properties },
  });

  it("is bound by the interlocks of what it changes", async () => {
    const { control } = await newControl({ rules: { interlocks } });
    await assert.rejects(control.putTwin(admin, twin({ setpoint: 9 })), refusal("INTERLOCKED"));
    await control.putTwin(admin, twin({ setpoint: 4 }));
    await control.putTwin(admin, { ...twin({ setpoint: 9 }), id: "new" }); // there was nothing that could run
  });

  it("takes the second step of what is hazardous", async () => {
    const hazardous = [{ model: PUMP, guards: ["patch /running"], reason: "It starts." }];
    const { control } = await newControl({ rules: { hazardous } });
    await control.putTwin(admin, twin({ setpoint: 4 }));
    await assert.rejects(control.putTwin(admin, twin({ running: true })), /It is armed/);
    await control.putTwin(admin, twin({ running: true }));
  });
});

describe("interlocks over related twins", () => {
  it("fail closed where one of them is not known", async () => {
    const of = { incoming: "feeds", model: "dtmi:test:Hall;1" };
    const requires = [{ of, path: "/name", equals: "Annex", within: 86_400 }];
    const interlocks = [{ name: "fed", model: PUMP, guards: ["patch /setpoint"], requires, reason: "No." }];
    const { control, mirror, wait } = await newControl({ rules: { interlocks } });
    const feeds = (sourceId: string) =>
      mirror.upsertRelationship({ id: sourceId, sourceId, targetId: "p1", name: "feeds", properties: {} });
    const at = wait(1);
    mirror.setValues("annex", [["/name", "Annex"]], { source: at, received: at, sequence: 1, origin: "hub" });
    feeds("annex");
    const patch = { twinId: "p1", patch: [set("/setpoint", 1)] };
    await control.patchTwin(operator, patch);
    feeds("not-loaded");
    await assert.rejects(control.patchTwin(operator, patch), /\/name of not-loaded is not known/);
  });
});
