import assert from "node:assert/strict";
import { matchMaker } from "@colyseus/core";
import { TwinError } from "../../../src/errors.ts";
import { eventually } from "../../support/eventually.ts";
import { ask, refusalOf } from "./ask.ts";
import { aFewPatches, type Hall, live, newHall, seen } from "./newHall.ts";

const set = (path: string, value: unknown) => ({ op: "replace", path, value });

describe("TwinControlPlugin", () => {
  let hall: Hall;
  beforeEach(async () => {
    hall = await newHall();
  });
  afterEach(() => hall.close());
  const join = async (role: string) => live(await hall.join({ role, name: `the ${role}` }));

  it("what an operator sets is verified, and seen by everybody", async () => {
    const [operator, other] = [await join("operator"), await join("player")];
    const reply = await ask(operator, "twin.patch", { twinId: "p1", patch: [set("/setpoint", 7)] });
    assert.ok(["sent", "verified"].includes(String(reply["status"])));
    assert.equal(typeof reply["etag"], "string");
    await eventually(() => assert.equal(seen(other, "p1", "setpoint"), 7));
    await eventually(() => {
      const { status, by, desired, path } = other.state.operations.get(String(reply["operationId"])) ?? {};
      assert.deepEqual([status, by, desired, path], ["verified", "the operator", "7", "/setpoint"]);
    });
  });

  it("what is asked for is not in the twin's field until it is so", async () => {
    const [operator, other] = [await join("operator"), await join("player")];
    const release = hall.provider.hold();
    const asked = ask(operator, "twin.patch", { twinId: "p1", patch: [set("/setpoint", 9)] });
    await eventually(() => assert.equal([...other.state.operations.values()][0]?.["desired"], "9"));
    assert.equal(seen(other, "p1", "setpoint"), 5);
    release();
    await asked;
    await eventually(() => assert.equal(seen(other, "p1", "setpoint"), 9));
  });

  it("what becomes of an operation does not wait for the patch interval", async () => {
    const operator = await join("operator");
    matchMaker.getLocalRoomById(operator.roomId).patchRate = 60_000; // the last patch is not that old: no silence
    const { operationId } = await ask(operator, "twin.patch", { twinId: "p1", patch: [set("/setpoint", 7)] });
    await eventually(() => assert.equal(operator.state.operations.get(String(operationId))?.["status"], "verified"));
  });

  it("who joins while an operation is under way sees it", async () => {
    const operator = await join("operator");
    const release = hall.provider.hold();
    const asked = ask(operator, "twin.patch", { twinId: "p1", patch: [set("/setpoint", 9)], operationId: "mine" });
    await eventually(() => assert.ok(operator.state.operations.has("mine")));
    const late = await hall.join();
    assert.equal(late.state.operations.get("mine")?.["status"], "requested");
    release();
    await asked;
  });

  it("a space shows the operations on its own twins only", async () => {
    const operator = await join("operator");
    const yard = await live(await hall.join({ space: "yard" }));
    await ask(operator, "twin.patch", { twinId: "p1", patch: [set("/setpoint", 7)] });
    await ask(operator, "twin.patch", { twinId: "far", patch: [set("/name", "Tank gauge")] });
    await eventually(() => assert.equal(yard.state.operations.size, 1));
    assert.equal([...yard.state.operations.values()][0]?.["twinId"], "far");
    await eventually(() => assert.equal(operator.state.operations.size, 1));
    await aFewPatches();
    assert.deepEqual([yard.state.operations.size, operator.state.operations.size], [1, 1]);
  });

  describe("refuses with a code, and kicks nobody", () => {
    const cases: [string, string, unknown, string, string?][] = [
      ["player", "twin.patch", { twinId: "p1", patch: [set("/setpoint", 1)] }, "FORBIDDEN"],
      ["operator", "twin.patch", { twinId: "nobody", patch: [set("/setpoint", 1)] }, "NOT_FOUND"],
      ["operator", "twin.patch", { twinId: "p1", patch: [set("/setpoint", "x")] }, "INVALID_VALUE", "/setpoint"],
      ["operator", "twin.patch", { twinId: "p1", patch: [set("/temperature", 1)] }, "NOT_WRITABLE", "/temperature"],
      ["operator", "twin.patch", { twinId: "p1", patch: [set("/setpoint", 1)], ifMatch: "old" }, "CONFLICT"],
      [
        "operator",
        "twin.patch",
        { twinId: "p1", patch: [{ op: "move", path: "/a" }] },
        "INVALID_PAYLOAD",
        "/patch/0/op",
      ],
      ["operator", "twin.patch", { twinId: "p1", patch: [], extra: 1 }, "INVALID_PAYLOAD", "/patch"],
      ["operator", "twin.patch", { twinId: "p1", patch: [set("/setpoint", 2n ** 62n)] }, "INVALID_PAYLOAD"],
      ["operator", "twin.patch", undefined, "INVALID_PAYLOAD", ""],
      ["operator", "twin.patch", "nonsense", "INVALID_PAYLOAD", ""],
      ["operator", "twin.delete", { twinId: "p1" }, "FORBIDDEN"],
      ["admin", "twin.delete", { twinId: "p1" }, "CONFLICT"],
      ["admin", "twin.delete", { twinId: "nobody" }, "NOT_FOUND"],
    ];
    for (const [role, type, payload, code, path] of cases) {
      it(`${code} for ${role}: ${type} ${JSON.stringify(payload, (_k, v) => (typeof v === "bigint" ? `${v}n` : v))}`, async () => {
        const room = await join(role);
        const refusal = await refusalOf(ask(room, type, payload));
        assert.equal(refusal.code, code);
        assert.notEqual(refusal.message, "");
        if (path !== undefined) {
          assert.ok(
            refusal.details?.some((d) => d.path === path),
            JSON.stringify(refusal.details),
          );
        }
        assert.equal((await ask(room, "twin.get", { twinId: "p1" }))["twin"] !== undefined, true);
      });
    }

    it("what the service refuses, and a service that is away", async () => {
      const room = await join("operator");
      hall.provider.failPatches.push(new TwinError("UNAVAILABLE", "no answer"), new Error("a fault of ours: secret"));
      const patch = () => ask(room, "twin.patch", { twinId: "p1", patch: [set("/setpoint", 1)] });
      assert.equal((await refusalOf(patch())).code, "UNAVAILABLE");
      const { code, message } = await refusalOf(patch());
      assert.equal(code, "UNAVAILABLE");
      assert.doesNotMatch(message, /secret/);
    });
  });

  it("nonsense and unknown types that are sent without asking for a reply kick nobody", async () => {
    const room = await join("player");
    const left: number[] = [];
    room.onLeave((code) => left.push(code));
    for (const payload of [
      undefined,
      null,
      7,
      "x",
      [],
      { twinId: 7 },
      { twinId: "p1", patch: "x" },
      new Uint8Array(9),
    ]) {
      room.send("twin.patch", payload);
      room.send("twin.ptach", payload);
      room.send("__proto__", payload);
      room.send(7, payload);
      room.sendBytes("twin.patch", new Uint8Array([1, 2, 3]));
    }
    assert.equal(typeof (await ask(room, "twin.get", { twinId: "p1" })), "object");
    await aFewPatches();
    assert.deepEqual(left, []);
  });

  it("a twin that an admin deletes is gone for everybody", async () => {
    const [admin, other] = [await join("admin"), await join("player")];
    await hall.provider.deleteRelationship("hall", "hall-contains-p2");
    await eventually(() => assert.equal(other.state.twins.has("p2"), false));
    assert.deepEqual(await ask(admin, "twin.delete", { twinId: "p2" }), {});
    assert.equal(
      hall.services.mirror.get("p2") === undefined || (await hall.provider.getTwin("p2")) === undefined,
      true,
    );
  });

  it("without a demo, nobody is what he says he is", async () => {
    await hall.close();
    hall = await newHall({ demo: false });
    const room = await join("admin");
    const refusal = await refusalOf(ask(room, "twin.patch", { twinId: "p1", patch: [set("/setpoint", 1)] }));
    assert.equal(refusal.code, "FORBIDDEN");
  });
});
