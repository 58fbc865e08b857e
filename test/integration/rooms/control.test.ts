// What everybody in a room sees of leases, commands and alarms, over real sockets.
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { MemoryDevices } from "../../support/MemoryDevices.ts";
import { ask, refusalOf } from "./ask.ts";
import { type Hall, live, newHall } from "./newHall.ts";

const rules = {
  alarms: [
    {
      name: "hot",
      model: "dtmi:test:Pump;1",
      path: "/temperature",
      above: 50,
      hysteresis: 10,
      severity: "critical",
      text: "{name} has {value}",
    },
  ],
};
const patch = { twinId: "p1", patch: [{ op: "replace", path: "/setpoint", value: 7 }] };

describe("TwinControlPlugin: leases, commands, alarms", () => {
  let hall: Hall;
  const devices = new MemoryDevices();
  before(async () => {
    devices.add("p1");
    hall = await newHall({ devices, rules });
  });
  after(() => hall.close());
  const join = async (role: string) => live(await hall.join({ role, name: `the ${role}` }));

  it("a lease is seen by all and late joiners, keeps others out, and ends when its holder leaves", async () => {
    const [one, two] = [await join("operator"), await join("operator")];
    const { until } = await ask(one, "lease.acquire", { twinId: "p1", seconds: 20 });
    await eventually(() => assert.equal(two.state.leases.get("p1")?.["until"], until));
    const late = await join("player");
    assert.deepEqual(late.state.leases.get("p1")?.["holder"], one.sessionId);
    const refusal = await refusalOf(ask(two, "twin.patch", patch));
    assert.deepEqual([refusal.code, /the operator holds p1 for/.test(refusal.message)], ["LEASED", true]);
    assert.deepEqual(await ask(one, "lease.transfer", { twinId: "p1", to: two.sessionId }), {});
    assert.equal((await refusalOf(ask(one, "lease.transfer", { twinId: "p1", to: "nobody" }))).code, "NOT_FOUND");
    await ask(two, "twin.patch", patch);
    await two.leave();
    await eventually(() => assert.equal(late.state.leases.size, 0));
  });

  it("a command is seen by all, with its result; a twin without a device does not offer it", async () => {
    const [operator, other] = [await join("operator"), await join("player")];
    devices.answer = () => ({ status: 200, response: "done" });
    const { operationId } = await ask(operator, "twin.command", { twinId: "p1", command: "run", request: 3 });
    await eventually(() => {
      const { status, result, kind, path } = other.state.operations.get(String(operationId)) ?? {};
      assert.deepEqual([status, result, kind, path], ["acknowledged", '"done"', "command", "run"]);
    });
    const checks = ["p1", "p2"].map((twinId) => ({ do: "command", twinId, path: "run" }));
    const answers = (await ask(operator, "permissions.check", { checks })) as unknown as {
      allowed: boolean;
      code?: string;
    }[];
    assert.deepEqual([answers[0]?.allowed, answers[1]?.code], [true, "UNSUPPORTED"]);
    assert.equal((await refusalOf(ask(operator, "operation.cancel", { operationId }))).code, "CONFLICT");
  });

  it("any operationId is one like the others, whatever JavaScript calls by that name", async () => {
    const [operator, other] = [await join("operator"), await join("player")];
    for (const operationId of ["__proto__", "constructor", "toString"]) {
      await ask(operator, "twin.patch", { ...patch, operationId });
      await eventually(() => assert.equal(other.state.operations.get(operationId)?.["status"], "verified"));
    }
  });

  it("an alarm is raised, cleared, acknowledged and then gone; shelving is seen", async () => {
    const [operator, player] = [await join("operator"), await join("player")];
    const alarm = () => player.state.alarms.get("hot:p1");
    hall.says("p1", { temperature: 60 });
    await eventually(() => assert.deepEqual([alarm()?.["text"], alarm()?.["cleared"]], ["Pump 1 has 60", 0]));
    hall.says("p1", { temperature: 45 }); // within the hysteresis
    hall.says("p1", { temperature: 39 });
    await eventually(() => assert.notEqual(alarm()?.["cleared"], 0));
    assert.equal((await refusalOf(ask(player, "alarm.acknowledge", { alarmId: "hot:p1" }))).code, "FORBIDDEN");
    await ask(operator, "alarm.shelve", { alarmId: "hot:p1", seconds: 60 });
    await eventually(() => assert.ok(Number(alarm()?.["shelvedUntil"]) > Date.now()));
    await ask(operator, "alarm.acknowledge", { alarmId: "hot:p1", comment: "seen" });
    await eventually(() => assert.equal(alarm(), undefined));
    const told = hall.services.audit.list({ id: "a", name: "a", role: "admin" }, { action: "alarm.acknowledge" }, 9);
    assert.deepEqual([told[0]?.name, told[0]?.reason], ["the operator", "seen"]);
  });
});
