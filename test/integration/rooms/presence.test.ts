import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { matchMaker } from "@colyseus/core";
import { eventually } from "../../support/eventually.ts";
import { ask, refusalOf } from "./ask.ts";
import { type Hall, live, newHall, seen } from "./newHall.ts";

describe("PresencePlugin", () => {
  let hall: Hall;
  beforeEach(async () => {
    hall = await newHall();
  });
  afterEach(() => hall.close());

  it("shows who is there, and no longer who left", async () => {
    const a = await live(await hall.join({ name: "Ada", role: "operator" }));
    const b = await live(await hall.join({ name: "Bob", role: "builder" }));
    await eventually(() => assert.equal(a.state.players.size, 2));
    const { name, role, colour } = a.state.players.get(b.sessionId) ?? {};
    assert.deepEqual([name, role], ["Bob", "builder"]);
    assert.notEqual(colour, a.state.players.get(a.sessionId)?.["colour"]);
    await b.leave();
    await eventually(() => assert.deepEqual([...a.state.players.keys()], [a.sessionId]));
  });

  it("makes names and roles safe", async () => {
    const room = await hall.join({ name: `  x\u0000y${"z".repeat(100)}`, role: "god" });
    await eventually(() => assert.equal(room.state.players.size, 1));
    const { name, role } = room.state.players.get(room.sessionId) ?? {};
    assert.equal(name, `xy${"z".repeat(38)}`);
    assert.equal(role, "player");
    const nameless = await hall.join({ name: { evil: 1 } });
    await eventually(() => assert.equal(room.state.players.get(nameless.sessionId)?.["name"], "guest"));
  });

  it("a name has 40 characters at most, and is cut between two of them", async () => {
    const names = [`${"x".repeat(39)}😀😀`, "😀".repeat(50), "half \ud83d"];
    const rooms = await Promise.all(names.map((name) => hall.join({ name, role: "builder" })));
    const late = await hall.join({ name: "late" });
    const told = [`${"x".repeat(39)}😀`, "😀".repeat(40), "half \ufffd"];
    for (const room of [...rooms, late]) {
      await eventually(() => {
        const shown = rooms.map(({ sessionId }) => room.state.players.get(sessionId));
        assert.deepEqual(
          shown.map((player) => [player?.["name"], player?.["role"]]),
          told.map((n) => [n, "builder"]),
        );
      });
    }
  });

  it("who moves faster than it shows is where he stopped, with what he selected", async () => {
    const room = await live(await hall.join({ name: "Ada" }));
    const me = () => room.state.players.get(room.sessionId);
    await eventually(() => assert.ok(me()));
    room.send("avatar.move", { selected: "p1" });
    for (let x = 1; x <= 40; x++) {
      room.send("avatar.move", { x, ...(x === 20 && { selected: "p2" }) });
    }
    await eventually(() => assert.deepEqual([me()?.["x"], me()?.["selected"]], [40, "p2"]));
  });

  it("shows at most 20 moves a second", async () => {
    const room = await live(await hall.join({ name: "Ada" }));
    Object.assign(matchMaker.getLocalRoomById(room.roomId), { patchRate: 5 });
    const me = () => room.state.players.get(room.sessionId)?.["x"];
    const shown = new Set<unknown>();
    room.onStateChange(() => shown.add(me()));
    const begun = performance.now();
    let x = 0;
    while (performance.now() - begun < 300) {
      room.send("avatar.move", { x: ++x });
      await delay(5);
    }
    await eventually(() => assert.equal(me(), x));
    const atMost = (performance.now() - begun) / 50 + 2;
    assert.ok(shown.size <= atMost && shown.size < x, `${shown.size} of ${x}, at most ${atMost}`);
  });

  it("a turn is made a unit quaternion, and what is none is refused", async () => {
    const room = await live(await hall.join({ name: "Ada" }));
    const me = () => room.state.players.get(room.sessionId);
    await ask(room, "avatar.move", { qy: 1, qw: 1 });
    await eventually(() => assert.ok(Math.abs((me()?.["qy"] as number) - Math.SQRT1_2) < 1e-4));
    const { code, message } = await refusalOf(ask(room, "avatar.move", { qx: 0, qy: 0, qz: 0, qw: 0 }));
    assert.equal(code, "INVALID_VALUE");
    assert.match(message, /quaternion of length 1/);
  });

  it("who lost the connection stays, comes back as himself, and sees what he missed", async () => {
    const other = await live(await hall.join({ name: "other" }));
    const room = await live(await hall.join({ name: "me", role: "operator" }));
    await eventually(() => assert.equal(other.state.players.size, 2));
    const { sessionId } = room;
    room.reconnection.minUptime = 0;
    room.reconnection.minDelay = 1;
    room.reconnection.delay = 1;
    const back = new Promise<void>((resolve) => room.onReconnect.once(() => resolve()));
    room.connection.close(4010);
    hall.says("p1", { temperature: 44 });
    await back;
    assert.equal(room.sessionId, sessionId);
    assert.equal(other.state.players.size, 2);
    await eventually(() => assert.equal(seen(room, "p1", "temperature"), 44));
    const patch = [{ op: "replace", path: "/setpoint", value: 3 }];
    await ask(room, "twin.patch", { twinId: "p1", patch }); // still an operator
  });
});
