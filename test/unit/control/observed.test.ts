// "Verified" means observed: what counts as seen, in whatever order it comes, and after a restart.
import assert from "node:assert/strict";
import { TwinError } from "../../../src/errors.ts";
import { Store } from "../../../src/store/Store.ts";
import { eventually } from "../../support/eventually.ts";
import { actor, newControl, refusal, set } from "./newControl.ts";
import { newPlant } from "./newPlant.ts";

const operator = actor("operator");
const admin = actor("admin");
const PUMP = "dtmi:test:Pump;1";
const effects = [{ model: PUMP, command: "reset", becomes: { path: "/mode", equals: "off" } }];
const reset = (operationId: string) => ({ twinId: "p1", command: "reset", operationId });

describe("the effect of a command", () => {
  it("counts when it is seen before the device's answer", async () => {
    const { control, devices, says, state } = await newPlant({ rules: { effects } });
    const answer = Promise.withResolvers<{ status: number }>();
    devices.answer = () => answer.promise;
    await control.command(operator, reset("a"));
    says("/mode", "off");
    assert.equal(state("a").status, "sent");
    answer.resolve({ status: 200 });
    await eventually(() => assert.equal(state("a").status, "verified"));
  });

  it("does not count when it was so before, or when the device refuses", async () => {
    const { control, devices, says, state, wait } = await newPlant({ rules: { effects } });
    says("/mode", "off");
    wait(1);
    await control.command(operator, reset("a"));
    await eventually(() => assert.equal(state("a").status, "acknowledged"));
    devices.answer = () => ({ status: Number.NaN });
    await control.command(operator, reset("b"));
    await eventually(() => assert.equal(state("b").status, "failed"));
  });

  it("is looked for after a restart, among what was told since", async () => {
    const store = Store.open();
    const before = await newPlant({ store, rules: { effects } });
    await before.control.command(operator, reset("a"));
    await eventually(() => assert.equal(before.state("a").status, "acknowledged"));
    const next = await newControl({ store, devices: before.devices, rules: { effects } });
    const at = next.wait(10);
    next.mirror.setValues("p1", [["/mode", "off"]], { source: at, received: at, sequence: 1, origin: "hub" });
    next.control.recover();
    assert.equal(next.control.operation("a")?.status, "verified");
  });
});

describe("a write after a restart", () => {
  async function restarted(patch: object[]) {
    const store = Store.open();
    const before = await newControl({ store });
    before.provider.hold();
    const twinId = "p1";
    void before.control.patchTwin(admin, { twinId, patch: patch as never, operationId: "a" });
    await eventually(() => assert.equal(before.control.operation("a")?.status, "requested"));
    const { control } = await newControl({ store });
    control.recover();
    return control.operation("a")?.status;
  }

  it("is verified where it is so: inside of a value, a whole component, what is gone", async () => {
    assert.equal(await restarted([set("/tags/line", "a")]), "verified");
    assert.equal(await restarted([set("/motor", {})]), "verified");
    assert.equal(await restarted([{ op: "remove", path: "/running" }]), "verified");
  });

  it("has failed where it is not so", async () => {
    assert.equal(await restarted([{ op: "remove", path: "/tags/line" }]), "failed");
    assert.equal(await restarted([set("/motor", { limit: 4 })]), "failed");
    assert.equal(await restarted([{ op: "remove", path: "/steps/1" }]), "failed");
  });
});

describe("a wish to a device", () => {
  it("of -0 is one of 0", async () => {
    const { control, says, state } = await newPlant();
    await control.patchTwin(operator, { twinId: "p1", patch: [set("/setpoint", -0)], operationId: "a" });
    says("/setpoint", 0);
    assert.equal(state("a").status, "verified");
  });

  it("is not answered by what was measured before it went out", async () => {
    const { control, clock, wait, says, state } = await newPlant();
    const before = clock();
    wait(10);
    await control.patchTwin(operator, { twinId: "p1", patch: [set("/setpoint", 7)], operationId: "a" });
    says("/setpoint", 5, before);
    assert.equal(state("a").status, "sent");
    says("/setpoint", 5);
    assert.equal(state("a").status, "acknowledged");
  });

  it("does not go around the device as a whole component", async () => {
    const { control, devices, provider } = await newPlant();
    const whole = { twinId: "p1", patch: [set("/motor", { limit: 4 })] };
    await assert.rejects(control.patchTwin(admin, whole), refusal("UNSUPPORTED", "/motor"));
    assert.deepEqual([devices.wishes.length, provider.patches.length], [0, 0]);
  });
});

describe("one operation id", () => {
  it("is one operation, also where the first of three requests fails", async () => {
    const { control, provider } = await newControl();
    await provider.putTwin({ id: "new", modelId: PUMP, properties: { motor: {} } }); // not in the mirror yet
    provider.failReads.push(new TwinError("UNAVAILABLE", "The twin service does not answer."));
    const again = provider.hold();
    const same = { twinId: "new", patch: [set("/setpoint", 7)], operationId: "a" };
    const all = ["1", "2", "3"].map(() => control.patchTwin(operator, same));
    await assert.rejects(all[0] ?? Promise.resolve(), refusal("UNAVAILABLE"));
    again();
    await Promise.all(all.slice(1));
    assert.equal(provider.patches.length, 1);
  });
});

describe("a disk that is full", () => {
  const full = () => {
    throw new Error("database or disk is full");
  };

  it("refuses what it cannot keep, and still ends what is under way", async () => {
    const store = Store.open();
    const { control, devices, says, state } = await newPlant({ store });
    const patch = (operationId: string) => ({ twinId: "p1", patch: [set("/setpoint", 7)], operationId });
    await control.patchTwin(operator, patch("a"));
    store.operations.put = full;
    says("/setpoint", 7);
    assert.equal(state("a").status, "verified");
    await assert.rejects(control.patchTwin(operator, patch("b")), /disk is full/);
    assert.equal(devices.wishes.length, 1);
    assert.deepEqual(
      [...control.operations()].map(({ id }) => id),
      ["a"],
    );
  });
});
