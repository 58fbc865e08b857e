// Operations that go to devices, and each fault that can befall them: the right end, with the right reason.
import assert from "node:assert/strict";
import { TwinError } from "../../../src/errors.ts";
import { Store } from "../../../src/store/Store.ts";
import type { TwinEvent } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { actor, newControl, refusal, set } from "./newControl.ts";
import { newPlant } from "./newPlant.ts";

const operator = actor("operator");

const patch = (operationId: string, value = 7) => ({ twinId: "p1", patch: [set("/setpoint", value)], operationId });

describe("a property that a device obeys", () => {
  it("is asked of the device, and verified when the device reports it", async () => {
    const { control, devices, provider, says, state } = await newPlant();
    assert.deepEqual(await control.patchTwin(operator, patch("a")), { operationId: "a", status: "sent" });
    assert.deepEqual(devices.wishes, [{ id: "p1", path: "/setpoint", value: 7 }]);
    assert.equal(provider.patches.length, 0);
    says("/temperature", 30);
    assert.equal(state("a").status, "sent");
    says("/setpoint", 7);
    assert.equal(state("a").status, "verified");
  });

  it("is not verified by a notification of the provider", async () => {
    const { control, events, provider, state } = await newPlant();
    await control.patchTwin(operator, patch("a"));
    await provider.patchTwin("p1", [set("/setpoint", 7)]);
    control.observe(events.at(-1) as TwinEvent);
    assert.equal(state("a").status, "sent");
  });

  it("of a component too; and what the device does not report goes to the provider", async () => {
    const { control, devices, provider } = await newPlant();
    await control.patchTwin(operator, { twinId: "p1", patch: [set("/motor/limit", 3)] });
    await control.patchTwin(operator, { twinId: "p1", patch: [set("/mode", "off")] });
    assert.deepEqual([devices.wishes.length, provider.patches.length], [1, 1]);
    const both = { twinId: "p1", patch: [set("/setpoint", 1), set("/mode", "off")] };
    await assert.rejects(control.patchTwin(operator, both), refusal("UNSUPPORTED", "/mode"));
  });

  it("device silent: timed out, and it may still come", async () => {
    const { control, ends } = await newPlant();
    await control.patchTwin(operator, patch("a"));
    await ends("a", 15_000, "timed-out", /did not report it within 15 s; it may still/);
  });

  it("device lies: it answers, and reports another value", async () => {
    const { control, says, state, ends } = await newPlant();
    await control.patchTwin(operator, patch("a"));
    says("/setpoint", 5);
    assert.equal(state("a").status, "acknowledged");
    await ends("a", 15_000, "failed", /answered, but reports \/setpoint = 5/);
  });

  it("device offline, then back: queued, sent, verified", async () => {
    const { control, devices, says, back, state } = await newPlant();
    devices.connect("p1", false);
    assert.equal((await control.patchTwin(operator, patch("a"))).status, "queued");
    assert.match(state("a").reason ?? "", /offline/);
    assert.equal(devices.wishes.length, 0);
    back();
    await eventually(() => assert.equal(state("a").status, "sent"));
    says("/setpoint", 7);
    assert.equal(state("a").status, "verified");
  });

  it("device offline for too long: expired, and nothing was sent", async () => {
    const { control, devices, back, ends } = await newPlant();
    devices.connect("p1", false);
    await control.patchTwin(operator, patch("a"));
    await ends("a", 15_000, "expired", /offline for 15 s; nothing was sent/);
    back();
    assert.equal(devices.wishes.length, 0);
  });

  it("two operators at once: the older wish is superseded", async () => {
    const { control, says, state } = await newPlant();
    await Promise.all([control.patchTwin(operator, patch("a", 7)), control.patchTwin(actor("admin"), patch("b", 8))]);
    says("/setpoint", 8);
    assert.deepEqual([state("a").status, state("b").status], ["superseded", "verified"]);
    assert.match(state("a").reason ?? "", /a admin asked for something newer/);
  });

  it("two operators at once, and the hub refuses the newer wish: the older one stands", async () => {
    const { control, devices, says, state } = await newPlant();
    await control.patchTwin(operator, patch("a", 7));
    devices.fail.push(new TwinError("RATE_LIMITED", "The IoT Hub throttles."));
    await assert.rejects(control.patchTwin(actor("admin"), patch("b", 8)), refusal("RATE_LIMITED"));
    says("/setpoint", 7);
    assert.deepEqual([state("a").status, state("b").status], ["verified", "rejected"]);
  });

  it("etag stale: refused before anything is sent", async () => {
    const { control, devices, state } = await newPlant();
    await assert.rejects(control.patchTwin(operator, { ...patch("a"), ifMatch: "old" }), refusal("CONFLICT"));
    assert.deepEqual([devices.wishes.length, state("a").status], [0, "rejected"]);
  });

  it("hub throttles: rejected with its reason", async () => {
    const { control, devices, state } = await newPlant();
    devices.fail.push(new TwinError("RATE_LIMITED", "The IoT Hub throttles."));
    await assert.rejects(control.patchTwin(operator, patch("a")), refusal("RATE_LIMITED"));
    assert.deepEqual(state("a"), { status: "rejected", reason: "The IoT Hub throttles.", result: "" });
  });

  it("connection lost between accept and send: not known, until it is observed", async () => {
    const { control, devices, says, state } = await newPlant();
    devices.fail.push(new TwinError("UNAVAILABLE", "reset"));
    await assert.rejects(control.patchTwin(operator, patch("a")), refusal("UNAVAILABLE"));
    assert.equal(state("a").status, "requested");
    says("/setpoint", 7);
    assert.equal(state("a").status, "verified");
  });

  it("the hub cannot be asked whether there is a device: failed, nothing was sent", async () => {
    const { control, devices, provider, state } = await newPlant();
    devices.find = async () => {
      throw new TwinError("UNAVAILABLE", "The IoT Hub does not answer.");
    };
    await assert.rejects(control.patchTwin(operator, patch("a")), refusal("UNAVAILABLE"));
    assert.deepEqual([state("a").status, provider.patches.length], ["failed", 0]);
  });
});

describe("commands", () => {
  const reset = (operationId: string) => ({ twinId: "p1", command: "reset", operationId });

  it("run as direct methods; the answer is everybody's", async () => {
    const { control, devices, state } = await newPlant();
    devices.answer = () => ({ status: 200, response: "done" });
    const reply = await control.command(operator, { twinId: "p1", command: "run", request: 5, operationId: "a" });
    assert.equal(reply.operationId, "a");
    await eventually(() => assert.deepEqual(state("a"), { status: "acknowledged", reason: "", result: '"done"' }));
    assert.deepEqual(devices.calls, [{ id: "p1", command: "run", request: 5 }]);
  });

  it("of a component too", async () => {
    const { control, devices, state } = await newPlant();
    await control.command(operator, { twinId: "p1", component: "motor", command: "start", operationId: "a" });
    await eventually(() => assert.equal(state("a").status, "acknowledged"));
    assert.equal(devices.calls[0]?.command, "motor/start");
    assert.equal(control.operation("a")?.path, "motor/start");
  });

  it("are refused by model, role, and where there is no device", async () => {
    const { control, devices } = await newPlant();
    const run = (more: object, who = operator) => control.command(who, { twinId: "p1", command: "run", ...more });
    await assert.rejects(run({ command: "fly" }), refusal("INVALID_VALUE", "/command"));
    await assert.rejects(run({ command: "fly" }), /has no command fly; it has reset, run, motor\/start\.$/);
    await assert.rejects(run({ request: "much" }), refusal("INVALID_VALUE", "/request"));
    await assert.rejects(run({ command: "reset", request: 1 }), refusal("INVALID_VALUE", "/request"));
    await assert.rejects(run({ request: 1 }, actor("player")), refusal("FORBIDDEN"));
    await assert.rejects(run({ twinId: "p2", request: 1 }), refusal("UNSUPPORTED"));
    const { control: without } = await newControl();
    await assert.rejects(without.command(operator, { twinId: "p1", command: "reset" }), refusal("UNSUPPORTED"));
    assert.equal(devices.calls.length, 0);
  });

  it("whose answer does not fit the model fail, with the answer", async () => {
    const { control, devices, state } = await newPlant();
    devices.answer = () => ({ status: 200, response: 17 });
    await control.command(operator, { twinId: "p1", command: "run", request: 5, operationId: "a" });
    await eventually(() => assert.equal(state("a").status, "failed"));
    assert.match(state("a").reason ?? "", /does not fit the model/);
    assert.equal(state("a").result, "17");
  });

  it("that the device refuses fail with its status", async () => {
    const { control, devices, state } = await newPlant();
    devices.answer = () => ({ status: 409, response: "hot" });
    await control.command(operator, reset("a"));
    await eventually(() => assert.equal(state("a").status, "failed"));
    assert.match(state("a").reason ?? "", /status 409/);
  });

  it("repeated with the same id run once; the id of another is refused", async () => {
    const { control, devices } = await newPlant();
    await Promise.all([control.command(operator, reset("a")), control.command(operator, reset("a"))]);
    assert.equal((await control.command(operator, reset("a"))).operationId, "a");
    assert.equal(devices.calls.length, 1);
    await assert.rejects(control.command(operator, { ...reset("a"), command: "run", request: 1 }), refusal("CONFLICT"));
  });

  it("device silent: timed out, not sent again", async () => {
    const { control, devices, state } = await newPlant();
    devices.fail.push(new TwinError("UNAVAILABLE", "no answer", { status: 504 }));
    await control.command(operator, reset("a"));
    await eventually(() => assert.equal(state("a").status, "timed-out"));
    assert.match(state("a").reason ?? "", /did not answer in time; whether it did it is not known/);
    assert.equal(devices.calls.length, 1);
  });

  it("connection lost: failed, not known, not sent again", async () => {
    const { control, devices, state } = await newPlant();
    devices.fail.push(new TwinError("UNAVAILABLE", "reset"));
    await control.command(operator, reset("a"));
    await eventually(() => assert.equal(state("a").status, "failed"));
    assert.match(state("a").reason ?? "", /whether the device got it is not known/);
    assert.equal(devices.calls.length, 1);
  });

  it("device offline then back: queued, and sent once", async () => {
    const { control, devices, back, state } = await newPlant();
    devices.fail.push(new TwinError("OFFLINE", "not connected")); // the hub knows it before we do
    await control.command(operator, reset("a"));
    await eventually(() => assert.equal(state("a").status, "queued"));
    back();
    await eventually(() => assert.equal(state("a").status, "acknowledged"));
    assert.equal(devices.calls.length, 2);
  });

  it("can be cancelled while they wait, not later, and not by a player", async () => {
    const { control, devices, back, state } = await newPlant();
    devices.connect("p1", false);
    await control.command(operator, reset("a"));
    assert.throws(() => control.cancel(actor("player"), "a"), refusal("FORBIDDEN"));
    assert.deepEqual(control.cancel(operator, "a"), { status: "cancelled" });
    assert.match(state("a").reason ?? "", /a operator cancelled it/);
    assert.throws(() => control.cancel(operator, "a"), refusal("CONFLICT"));
    back();
    await control.command(operator, reset("b"));
    await eventually(() => assert.equal(state("b").status, "acknowledged"));
    assert.throws(() => control.cancel(operator, "b"), refusal("CONFLICT"));
    assert.equal(devices.calls.length, 1);
  });

  it("device lies: what the control file names as the effect does not come", async () => {
    const effect = { model: "dtmi:test:Pump;1", command: "reset", becomes: { path: "/mode", equals: "off" } };
    const { control, says, state, ends } = await newPlant({ rules: { effects: [effect] } });
    await control.command(operator, reset("a"));
    await eventually(() => assert.equal(state("a").status, "acknowledged"));
    await ends("a", 30_000, "failed", /said that it did it, but \/mode does not show it/);
    await control.command(operator, reset("b"));
    await eventually(() => assert.equal(state("b").status, "acknowledged"));
    says("/mode", "off");
    assert.equal(state("b").status, "verified");
  });
});

describe("after the server was killed", () => {
  it("what is so is verified, the rest has failed, and says so; ids stay known", async () => {
    const store = Store.open();
    const before = await newPlant({ store });
    before.provider.hold();
    const { devices } = before;
    void before.control.patchTwin(operator, { twinId: "p2", patch: [set("/setpoint", 4)], operationId: "lost" });
    await before.control.patchTwin(operator, patch("done", 5));
    devices.connect("p1", false);
    await before.control.command(operator, { twinId: "p1", command: "reset", operationId: "waiting" });
    const { control } = await newControl({ store, devices });
    control.recover();
    assert.equal(control.operation("done")?.status, "verified");
    assert.match(control.operation("done")?.reason ?? "", /Observed after a restart/);
    assert.equal(control.operation("lost")?.status, "failed");
    assert.match(control.operation("lost")?.reason ?? "", /restarted before the effect was observed/);
    assert.equal(control.operation("waiting")?.status, "failed");
    assert.match(control.operation("waiting")?.reason ?? "", /restarted before it was sent/);
    assert.equal((await control.patchTwin(operator, patch("done", 5))).status, "verified");
    assert.equal(devices.wishes.length, 1);
  });
});
