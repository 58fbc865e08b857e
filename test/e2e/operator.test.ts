// An operator changes a set-point from inside the world and can believe what he sees.
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import type { Player, Refusal } from "../support/joinSpace.ts";
import { type NewDemo, newDemo } from "../support/newApp.ts";

const set = (twinId: string, name: string, value: unknown) => ({
  twinId,
  patch: [{ op: "replace", path: `/${name}`, value }],
});
const speedOf = (player: Player) => Number(player.twin("pump-101")["speed"]);

describe("an operator", function () {
  this.timeout(30_000);
  let app: NewDemo;
  let operator: Player;
  let other: Player;

  before(async () => {
    app = await newDemo();
    operator = await app.join({ role: "operator", name: "Olga" });
    other = await app.join({ role: "player" });
  });
  after(() => app?.close());

  it("changes a set-point: the service holds it, its notification verifies it, everybody sees both", async () => {
    const seen = new Set<string>();
    const reply = await operator.ask("twin.patch", set("hall-1", "targetTemperature", 20.5));
    assert.equal(typeof reply["etag"], "string", "of the twin service");
    const operation = await eventually(() => {
      const shown = other.world.operations.get(String(reply["operationId"]));
      seen.add(shown?.status ?? "none");
      assert.equal(shown?.status, "verified");
      return shown;
    });
    assert.deepEqual(
      [operation.kind, operation.twinId, operation.path, operation.desired, operation.by],
      ["patch", "hall-1", "/targetTemperature", "20.5", "Olga"],
    );
    assert.ok(
      [...seen].every((status) => ["none", "requested", "sent", "verified"].includes(status)),
      [...seen].join(),
    );
    await eventually(() => assert.equal(other.twin("hall-1")["targetTemperature"], 20.5));
    const { body } = await app.twinService.getDigitalTwin("hall-1");
    assert.equal(body["targetTemperature"], 20.5);
  });

  it("asks the device of a pump, which reports the set-point once it is in force; the service then holds it", async () => {
    await eventually(() => assert.ok(speedOf(other) > 1000), { timeoutMs: 10_000 });
    const reply = await operator.ask("twin.patch", set("pump-102", "speedSetpoint", 900));
    assert.deepEqual([reply["status"], reply["etag"]], ["sent", undefined]);
    const { operationId } = reply as { operationId: string };
    await eventually(() => assert.equal(other.world.operations.get(operationId)?.status, "verified"));
    await eventually(async () => {
      const { body } = await app.twinService.getDigitalTwin("pump-102");
      assert.equal(body["speedSetpoint"], 900);
    });
  });

  it("commands a filter, and everybody sees that it washes itself", async () => {
    const { operationId } = await operator.ask("twin.command", { twinId: "filter-101", command: "backwash" });
    await eventually(() => {
      const { status } = other.world.operations.get(String(operationId)) ?? {};
      assert.equal(status, "verified");
    });
  });

  it("sees the pump follow over seconds, as everybody does", async () => {
    await eventually(() => assert.ok(Math.abs(speedOf(other) - 1200) < 30), { timeoutMs: 10_000 });
    const asked = Date.now();
    await operator.ask("twin.patch", set("pump-101", "speedSetpoint", 720));
    assert.ok(speedOf(other) > 1100, "what was asked for is not yet what is");
    await eventually(() => assert.equal(other.twin("pump-101")["speedSetpoint"], 720));
    const speeds = new Set<number>();
    await eventually(
      () => {
        speeds.add(speedOf(other));
        assert.ok(Math.abs(speedOf(other) - 720) < 20, `${speedOf(other)} rpm`);
      },
      { timeoutMs: 20_000 },
    );
    assert.ok(Date.now() - asked > 2000, "a controller takes its time, and a pump has inertia");
    assert.ok(speeds.size > 2, `in steps: ${[...speeds].join(", ")}`);
  });

  it("is told what was wrong with a value: code, path, expected type, reason", async () => {
    const before = await app.twinService.getDigitalTwin("valve-101");
    const cases: [request: object, expected: { code: string; path?: string; reason: RegExp }][] = [
      [set("valve-101", "positionSetpoint", "half"), { code: "INVALID_VALUE", path: "/positionSetpoint", reason: /./ }],
      [set("valve-101", "noSuchThing", 1), { code: "INVALID_VALUE", path: "/noSuchThing", reason: /./ }],
      [set("valve-101", "position", 50), { code: "NOT_WRITABLE", path: "/position", reason: /writable/ }],
      [set("no-such-twin", "x", 1), { code: "NOT_FOUND", reason: /no twin 'no-such-twin'/ }],
      [{ nonsense: true }, { code: "INVALID_PAYLOAD", path: "/twinId", reason: /twinId: expected/ }],
    ];
    for (const [request, expected] of cases) {
      const refusal = await operator.refused("twin.patch", request);
      assert.equal(refusal.code, expected.code);
      assert.match(refusal.message, expected.reason);
      if (expected.path !== undefined) {
        assert.ok(pathsOf(refusal).includes(expected.path), JSON.stringify(refusal));
      }
    }
    const [detail] = (await operator.refused("twin.patch", set("valve-101", "positionSetpoint", "half"))).details ?? [];
    assert.match(detail?.expected ?? "", /number/);
    assert.match(detail?.found ?? "", /half|string/);
    const after = await app.twinService.getDigitalTwin("valve-101");
    assert.deepEqual(after.body["positionSetpoint"], before.body["positionSetpoint"]);
  });

  it("a player may look but not touch", async () => {
    const refusal = await other.refused("twin.patch", set("valve-101", "positionSetpoint", 50));
    assert.deepEqual(
      [refusal.code, refusal.message],
      ["FORBIDDEN", "As player you may not patch here; operators may."],
    );
  });

  it("nonsense that is sent without asking for an answer kicks nobody", async () => {
    const nonsense = [undefined, null, 1, "x", [], { twinId: 5 }, { twinId: "pump-101", patch: [{ op: "explode" }] }];
    const types = ["twin.patch", "twin.get", "placement.add", "placement.move", "avatar.move", "no.such.message"];
    for (const type of types) {
      for (const payload of nonsense) {
        operator.room.send(type as never, payload as never);
      }
    }
    operator.room.sendBytes("twin.patch", new Uint8Array([0xc1, 0xff, 0x00]));
    const { twin } = await operator.ask("twin.get", { twinId: "pump-101" });
    assert.equal((twin as { $dtId?: string }).$dtId, "pump-101");
    assert.ok(operator.room.connection.isOpen);
    assert.ok(other.room.connection.isOpen);
    assert.equal(other.world.players.size, 2);
  });
});

function pathsOf({ details = [] }: Refusal): string[] {
  return details.map(({ path }) => path);
}
