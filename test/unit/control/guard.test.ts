// What stands between a request and a write: leases, interlocks, the second step; and the audit of all of it.
import assert from "node:assert/strict";
import { checkRules } from "../../../src/control/rules/checkRules.ts";
import { type ControlFileError, parseControlFile } from "../../../src/control/rules/controlFile.ts";
import { actor, newControl, refusal, set } from "./newControl.ts";

const one = { ...actor("operator"), id: "one", name: "One" };
const two = { ...actor("operator"), id: "two", name: "Two" };
const admin = actor("admin");
const patch = (value = 7) => ({ twinId: "p1", patch: [set("/setpoint", value)] });
const PUMP = "dtmi:test:Pump;1";

describe("leases", () => {
  it("keep everybody else from writing, whoever he is, until they are released", async () => {
    const { control, leases } = await newControl();
    leases.acquire(one, "p1", 20);
    await assert.rejects(control.patchTwin(two, patch()), refusal("LEASED"));
    await assert.rejects(control.patchTwin({ ...admin, id: "rest" }, patch()), refusal("LEASED"));
    await assert.rejects(control.deleteTwin(admin, { twinId: "p1" }), refusal("LEASED"));
    assert.throws(() => leases.acquire(two, "p1"), /One holds p1 for 20 s more/);
    assert.throws(() => leases.release(two, "p1"), refusal("CONFLICT"));
    await control.patchTwin(one, patch());
    leases.release(one, "p1");
    await control.patchTwin(two, patch(8));
  });

  it("are renewed, handed over for the time that is left, and run out", async () => {
    const { control, leases, wait } = await newControl();
    const { until } = leases.acquire(one, "p1", 20);
    wait(10_000);
    assert.equal(leases.acquire(one, "p1", 20).until, until + 10_000);
    leases.transfer(one, "p1", two);
    assert.deepEqual([...leases.list()], [["p1", { holder: "two", name: "Two", until: until + 10_000 }]]);
    await assert.rejects(control.patchTwin(one, patch()), refusal("LEASED"));
    assert.throws(() => leases.transfer(two, "p1", actor("player")), refusal("FORBIDDEN"));
    wait(20_000);
    await control.patchTwin(one, patch());
    const seen: unknown[] = [];
    leases.onChange((...change) => seen.push(change));
    leases.sweep();
    assert.deepEqual(seen, [["p1", undefined]]);
  });

  it("holder vanishes: all that he holds is free, and nothing is armed", async () => {
    const { control, leases } = await newControl();
    leases.acquire(one, "p1");
    leases.acquire(one, "p2");
    control.leave("one");
    assert.deepEqual([...leases.list()], []);
  });

  it("are for those who may write, and for twins that there are", async () => {
    const { leases } = await newControl();
    assert.throws(() => leases.acquire(actor("player"), "p1"), refusal("FORBIDDEN"));
    assert.throws(() => leases.acquire(one, "nobody"), refusal("NOT_FOUND"));
  });
});

describe("interlocks", () => {
  const cold = {
    name: "cold",
    model: PUMP,
    guards: ["patch /setpoint"],
    asking: { above: 0 },
    requires: [{ path: "/temperature", below: 50, within: 30 }],
    reason: "A hot pump must cool down first.",
  };
  const level = {
    name: "wet",
    model: PUMP,
    guards: ["patch /setpoint"],
    requires: [
      { of: { incoming: "contains", model: "dtmi:test:Hall;1" }, path: "/name", equals: "Pump hall", within: 86_400 },
    ],
    exceptRoles: ["admin"],
    reason: "The hall is not the right one.",
  };
  const tell = ({ mirror, wait }: Awaited<ReturnType<typeof newControl>>, path: string, value: unknown, id = "p1") => {
    const at = wait(1);
    mirror.setValues(id, [[path, value]], { source: at, received: at, sequence: at, origin: "hub" });
  };

  it("refuse with a sentence, and say what stands against it", async () => {
    const plant = await newControl({ rules: { interlocks: [cold] } });
    tell(plant, "/temperature", 70);
    await assert.rejects(
      plant.control.patchTwin(one, patch()),
      /A hot pump must cool down first\. \(cold: \/temperature of p1 is 70\.\)/,
    );
    await plant.control.patchTwin(one, patch(0)); // asks for what it does not bind
    tell(plant, "/temperature", 20);
    await plant.control.patchTwin(one, patch());
  });

  it("fail closed: stale, unknown, and where there is nobody to ask", async () => {
    const plant = await newControl({ rules: { interlocks: [cold] } });
    tell(plant, "/temperature", 20);
    plant.wait(31_000);
    await assert.rejects(plant.control.patchTwin(one, patch()), /is 31 s old, more than the 30 s/);
    tell(plant, "/temperature", undefined);
    await assert.rejects(plant.control.patchTwin(one, patch()), /is not known/);
    const at = plant.wait(1);
    const ahead = { source: at + 3_600_000, received: at, sequence: at, origin: "another tool" };
    plant.mirror.setValues("p1", [["/temperature", 20]], ahead); // whose clock, or whose word, is an hour ahead
    await plant.control.patchTwin(one, patch(9));
    plant.wait(31_000);
    await assert.rejects(plant.control.patchTwin(one, patch()), /is 31 s old/);
    const alone = await newControl({ rules: { interlocks: [level] } });
    await assert.rejects(alone.control.patchTwin(one, patch()), /no twin whose \/name could be asked/);
  });

  it("ask related twins, and spare the roles that they name", async () => {
    const plant = await newControl({ rules: { interlocks: [level] } });
    await assert.rejects(plant.control.patchTwin(one, patch()), refusal("INTERLOCKED"));
    await plant.control.patchTwin(admin, patch());
    const contains = { id: "c", sourceId: "hall", targetId: "p1", name: "contains", properties: {} };
    plant.mirror.upsertRelationship(contains);
    tell(plant, "/name", "Pump hall", "hall");
    await plant.control.patchTwin(one, patch(8));
  });

  it("cannot be passed by writing around them: the whole component, or inside of a value", async () => {
    const limit = { ...cold, guards: ["patch /motor/limit"], asking: { above: 5 } };
    const tags = { ...cold, name: "tags", guards: ["patch /tags"], asking: { equals: "x" } };
    const plant = await newControl({ rules: { interlocks: [limit, tags] } });
    tell(plant, "/temperature", 70);
    const write = (path: string, value: unknown) =>
      plant.control.patchTwin(one, { twinId: "p1", patch: [set(path, value)] });
    await assert.rejects(write("/motor/limit", 6), refusal("INTERLOCKED"));
    await assert.rejects(
      plant.control.patchTwin(admin, { twinId: "p1", patch: [set("/motor", { limit: 6 })] }),
      refusal("INTERLOCKED"),
    );
    await assert.rejects(write("/tags/line", "b"), refusal("INTERLOCKED"));
    await write("/motor/limit", 4);
  });

  it("turn false between request and dispatch: rejected, nothing was written", async () => {
    const plant = await newControl({ rules: { interlocks: [cold] }, devices: slowToFind() });
    tell(plant, "/temperature", 20);
    const write = plant.control.patchTwin(one, { ...patch(), operationId: "a" });
    await new Promise(setImmediate);
    assert.equal(plant.control.operation("a")?.status, "requested");
    tell(plant, "/temperature", 70);
    release();
    await assert.rejects(write, refusal("INTERLOCKED"));
    assert.equal(plant.control.operation("a")?.status, "rejected");
    assert.match(plant.control.operation("a")?.reason ?? "", /A hot pump/);
    assert.equal(plant.provider.patches.length, 0);
  });
  let release = () => {};
  function slowToFind() {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    release = () => resolve(undefined);
    return { find: () => promise, setDesired: async () => {}, invoke: async () => ({ status: 200 }) };
  }

  it("are told beforehand, with leases, rights and models", async () => {
    const plant = await newControl({ rules: { interlocks: [cold, { ...level, guards: ["patch /mode"] }] } });
    const ask = async (who: typeof one, path: string, twinId = "p1") =>
      (await plant.control.check(who, [{ do: "patch", twinId, path }]))[0];
    assert.deepEqual(await ask(one, "/setpoint"), { allowed: true }); // whether it is bound depends on the value
    assert.equal((await ask(one, "/mode"))?.code, "INTERLOCKED");
    assert.equal((await ask(actor("player"), "/setpoint"))?.code, "FORBIDDEN");
    assert.equal((await ask(one, "/temperature"))?.code, "NOT_WRITABLE");
    plant.leases.acquire(two, "p1");
    assert.deepEqual(await ask(one, "/setpoint"), {
      allowed: false,
      code: "LEASED",
      reason: "Two holds p1 for 60 s more.",
    });
    assert.equal(
      (await plant.control.check(one, [{ do: "command", twinId: "p2", path: "reset" }]))[0]?.code,
      "UNSUPPORTED",
    );
  });
});

describe("what is hazardous", () => {
  const rules = { hazardous: [{ model: PUMP, guards: ["patch /running"], reason: "It starts the pump." }] };
  const start = { twinId: "p1", patch: [set("/running", true)] };

  it("takes two steps within five seconds", async () => {
    const { control, provider, wait } = await newControl({ rules });
    await assert.rejects(control.patchTwin(one, start), /It is armed: ask the same again within 5 s/);
    await assert.rejects(control.patchTwin(two, start), refusal("INTERLOCKED")); // each his own
    wait(5001);
    await assert.rejects(control.patchTwin(one, start), refusal("INTERLOCKED"));
    wait(4999);
    await control.patchTwin(one, start);
    await assert.rejects(control.patchTwin(one, start), refusal("INTERLOCKED"));
    assert.equal(provider.patches.length, 1);
    assert.match(
      (await control.check(one, [{ do: "patch", twinId: "p1", path: "/running" }]))[0]?.reason ?? "",
      /two steps/,
    );
  });

  it("is disarmed by leaving", async () => {
    const { control } = await newControl({ rules });
    await assert.rejects(control.patchTwin(one, start), refusal("INTERLOCKED"));
    control.leave("one");
    await assert.rejects(control.patchTwin(one, start), refusal("INTERLOCKED"));
  });
});

describe("the audit", () => {
  it("has writes, refusals and leases, with before and after, and cannot be changed", async () => {
    const { control, leases, audit, events } = await newControl();
    await control.patchTwin(one, { ...patch(), operationId: "a" });
    control.observe(events[0] as never);
    await assert.rejects(control.patchTwin(actor("player"), patch()), refusal("FORBIDDEN"));
    leases.acquire(one, "p1");
    await control.createTwin(actor("builder"), { modelId: PUMP, twinId: "new" });
    const told = audit
      .list(admin, {}, 10)
      .map(({ name, action, result, before, after }) => [name, action, result, before, after]);
    assert.deepEqual(told, [
      ["a builder", "create", "done", "", '{"modelId":"dtmi:test:Pump;1","twinId":"new"}'],
      ["One", "lease.acquire", "done", "", ""],
      ["a player", "patch", "refused", "", "7"],
      ["One", "patch", "verified", "5", "7"],
      ["One", "patch", "requested", "5", "7"],
    ]);
    assert.equal(audit.list(admin, { operationId: "a" }, 10).length, 2);
    assert.deepEqual(
      audit.list(admin, { twinId: "p1", result: "refused" }, 10).map((e) => e.reason.split(":")[0]),
      ["FORBIDDEN"],
    );
    assert.throws(() => audit.list(one, {}, 10), refusal("FORBIDDEN"));
  });
});

describe("the control file", () => {
  it("tells every fault at once, of its shape and against the models", async () => {
    const bad = {
      interlocks: [{ name: "x", guards: ["do it"] }],
      alarms: [{ name: "a", model: "dtmi:x;1", severity: "bad", text: "" }],
      extra: 1,
    };
    assert.throws(
      () => parseControlFile(JSON.stringify(bad), "rules.json"),
      (error: ControlFileError) => error.problems.length >= 5 && error.message.includes("rules.json"),
    );
    const { models } = await newControl();
    const rules = parseControlFile(
      JSON.stringify({
        interlocks: [
          {
            name: "a",
            model: PUMP,
            guards: ["patch /nothing", "command fly"],
            requires: [{ path: "/none", above: 1 }],
            reason: "x",
          },
        ],
        alarms: [{ name: "b", model: "dtmi:test:No;1", path: "/level", above: 1, severity: "info", text: "x" }],
      }),
      "x",
    );
    assert.deepEqual(checkRules(rules, models.graph), [
      `interlock "a": ${PUMP} has no property /nothing`,
      `interlock "a": ${PUMP} has no command fly`,
      `interlock "a": ${PUMP} has no property /none`,
      'alarm "b": there is no model dtmi:test:No;1',
    ]);
  });
});
