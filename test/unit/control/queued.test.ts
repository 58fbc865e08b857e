// What waits for a device: what may still happen to it, in which order it goes out, and what is told of it.
import assert from "node:assert/strict";
import { mock } from "node:test";
import { TwinError } from "../../../src/errors.ts";
import { Store } from "../../../src/store/Store.ts";
import { eventually } from "../../support/eventually.ts";
import { actor, newControl, refusal, set } from "./newControl.ts";
import { newPlant } from "./newPlant.ts";

const operator = actor("operator");
const patch = (operationId: string, value = 7) => ({ twinId: "p1", patch: [set("/setpoint", value)], operationId });
const run = (operationId: string, request: number) => ({ twinId: "p1", command: "run", request, operationId });

/** A plant whose device is away, and a hub that answers a wish when it is told to. */
async function newSleepers(store?: Store) {
  const plant = await newPlant(store ? { store } : {});
  const { devices } = plant;
  devices.connect("p1", false);
  const hub = Promise.withResolvers<void>();
  const setDesired = devices.setDesired.bind(devices);
  devices.setDesired = async (...given) => {
    await setDesired(...given);
    await hub.promise;
  };
  return { ...plant, hub };
}

describe("what is hazardous", () => {
  it("does not wait for a device that is away: two steps now are no consent to an hour later", async () => {
    const guards = ["patch /setpoint", "command run"];
    const hazardous = [{ model: "dtmi:test:Pump;1", guards, reason: "It starts the pump." }];
    const { control, devices, back, state } = await newPlant({ rules: { hazardous } });
    devices.connect("p1", false);
    await assert.rejects(control.patchTwin(operator, patch("a")), refusal("INTERLOCKED"));
    await assert.rejects(control.patchTwin(operator, patch("a")), refusal("OFFLINE"));
    await assert.rejects(control.command(operator, run("b", 1)), refusal("INTERLOCKED"));
    assert.equal((await control.command(operator, run("b", 1))).status, "rejected");
    for (const id of ["a", "b"]) {
      assert.match(state(id).reason ?? "", /^It starts the pump\. The device is offline.*does not wait/);
    }
    back();
    devices.connect("p1", true);
    await assert.rejects(control.patchTwin(operator, patch("c", 8)), refusal("INTERLOCKED"));
    await control.patchTwin(operator, patch("c", 8));
    assert.deepEqual([devices.wishes.length, devices.calls.length], [1, 0]);
  });
});

describe("a write that waited for its device", () => {
  it("is verified by a report that is faster than the hub's answer", async () => {
    const { control, hub, devices, says, back, state } = await newSleepers();
    await control.patchTwin(operator, patch("a"));
    back();
    await eventually(() => assert.equal(devices.wishes.length, 1));
    says("/setpoint", 7);
    assert.equal(state("a").status, "verified");
    hub.resolve();
  });

  it("cannot be called back while it goes out", async () => {
    const { control, hub, devices, back } = await newSleepers();
    await control.patchTwin(operator, patch("a"));
    back();
    await eventually(() => assert.equal(devices.wishes.length, 1));
    assert.throws(() => control.cancel(operator, "a"), refusal("CONFLICT"));
    hub.resolve();
  });

  it("may have gone out where the hub's answer got lost: nobody says that nothing was sent", async () => {
    const { control, hub, devices, back, state, ends } = await newSleepers();
    await control.patchTwin(operator, patch("a"));
    back();
    await eventually(() => assert.equal(devices.wishes.length, 1));
    hub.reject(new TwinError("UNAVAILABLE", "reset"));
    await ends("a", 15_000, "timed-out", /did not report it within 15 s; it may still do it/);
    assert.match(state("a").reason ?? "", /may still/);
  });

  it("server killed between send and ack: it may still come", async () => {
    const store = Store.open();
    const { control, devices, back } = await newSleepers(store);
    await control.patchTwin(operator, patch("a"));
    back();
    await eventually(() => assert.equal(devices.wishes.length, 1));
    const { control: next } = await newControl({ store, devices });
    next.recover();
    assert.match(next.operation("a")?.reason ?? "", /restarted before the effect was observed/);
  });

  it("is refused where its requester may not write any more", async () => {
    const { control, devices, back, state, revoke } = await newPlant();
    devices.connect("p1", false);
    await control.patchTwin(operator, patch("a"));
    await control.command(operator, run("b", 1));
    revoke("As operator you may not patch here any more.");
    back();
    await eventually(() => assert.deepEqual([state("a").status, state("b").status], ["rejected", "rejected"]));
    assert.match(state("a").reason ?? "", /may not patch here any more/);
    assert.deepEqual([devices.wishes.length, devices.calls.length], [0, 0]);
  });

  it("is not asked for any more once it has expired", async () => {
    mock.timers.enable({ apis: ["setInterval"] });
    try {
      const { control, devices, state, wait } = await newPlant();
      devices.connect("p1", false);
      await control.patchTwin(operator, patch("a"));
      control.start();
      wait(15_000);
      mock.timers.tick(250);
      assert.equal(state("a").status, "expired");
      const find = mock.method(devices, "find");
      mock.timers.tick(10_000);
      control.close();
      assert.equal(find.mock.callCount(), 0);
    } finally {
      mock.timers.reset();
    }
  });
});

describe("commands that waited for their device", () => {
  it("reach it in the order in which they were asked for, each when the one before is answered", async () => {
    const { control, devices, back, state } = await newPlant();
    devices.connect("p1", false);
    const answers: PromiseWithResolvers<{ status: number; response: string }>[] = [];
    devices.answer = () => {
      const answer = Promise.withResolvers<{ status: number; response: string }>();
      answers.push(answer);
      return answer.promise;
    };
    await control.command(operator, run("a", 1));
    await control.command(operator, run("b", 2));
    back();
    await eventually(() => assert.equal(answers.length, 1));
    const late = await control.command(operator, run("c", 3)); // behind those that wait, though the device is there
    assert.equal(late.status, "queued");
    assert.equal(devices.calls.length, 1);
    for (const i of [0, 1, 2]) {
      await eventually(() => assert.equal(answers.length, i + 1));
      answers[i]?.resolve({ status: 200, response: "done" });
    }
    await eventually(() => assert.equal(state("c").status, "acknowledged"));
    assert.deepEqual(
      devices.calls.map((call) => call.request),
      [1, 2, 3],
    );
  });

  it("stay in that order when the device goes away in between", async () => {
    const { control, devices, back, state } = await newPlant();
    devices.connect("p1", false);
    devices.answer = () => ({ status: 200, response: "done" });
    for (const [i, id] of ["a", "b", "c"].entries()) {
      await control.command(operator, run(id, i + 1));
    }
    devices.fail.push(new TwinError("OFFLINE", "away again"));
    back();
    await eventually(() => assert.deepEqual([state("a").status, devices.calls.length], ["queued", 1]));
    assert.deepEqual([state("b").status, state("c").status], ["queued", "queued"]);
    back();
    await eventually(() => assert.equal(state("c").status, "acknowledged"));
    assert.deepEqual(
      devices.calls.map((call) => call.request),
      [1, 1, 2, 3],
    );
  });
});
