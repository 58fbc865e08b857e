import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { GAUGE, pump, relationship } from "../../support/hall.ts";
import { ask, refusalOf } from "./ask.ts";
import { type Hall, live, newHall, seen } from "./newHall.ts";

describe("TwinSyncPlugin", () => {
  let hall: Hall;
  afterEach(() => hall.close());

  it("two clients see the twins of their space, with the same values", async () => {
    hall = await newHall();
    const [a, b] = [await live(await hall.join()), await live(await hall.join())];
    assert.equal(a.roomId, b.roomId);
    hall.says("p1", { temperature: 21.25, vibration: 0.5, motor: { current: 3 } });
    for (const room of [a, b]) {
      assert.deepEqual([...room.state.twins.keys()].sort(), ["annex", "g1", "hall", "p1", "p2"]);
      await eventually(() => assert.equal(seen(room, "p1", "temperature"), 21.25));
      assert.equal(seen(room, "p1", "vibration"), 0.5);
      assert.equal(seen(room, "p1", "motor.current"), 3);
      assert.equal(seen(room, "p1", "mode"), 1);
      assert.equal(seen(room, "p1", "tags"), '{"line":"a"}');
      assert.equal(seen(room, "p1", "$name"), "Pump 1");
      assert.equal([...room.state.models][Number(seen(room, "p1", "$model"))], "dtmi:test:Pump;1");
      assert.ok(Math.abs(Number(seen(room, "p1", "$seen")) - Date.now() / 1000) < 5);
      assert.equal(seen(room, "p1", "$link"), 0);
    }
    assert.deepEqual([a.state.space, a.state.name], ["hall", "Pump hall"]);
  });

  it("who joins late sees what the others see", async () => {
    hall = await newHall();
    const early = await live(await hall.join());
    hall.says("p1", { temperature: 33 });
    await eventually(() => assert.equal(seen(early, "p1", "temperature"), 33));
    const late = await hall.join();
    assert.equal(late.state.status, "live");
    assert.equal(seen(late, "p1", "temperature"), 33);
  });

  it("opens at once while the twins are being loaded, and fills when they are there", async () => {
    const loaded = Promise.withResolvers<void>();
    hall = await newHall({ beforeLoad: () => loaded.promise });
    const room = await hall.join();
    assert.deepEqual([room.state.status, room.state.twins.size], ["loading", 0]);
    loaded.resolve();
    await live(room);
    assert.equal(room.state.space, "hall");
    assert.equal(room.state.twins.size, 5);
    const later = await hall.join({ space: "hall" });
    assert.equal(later.roomId, room.roomId, "who names the space comes to the room that was opened for it");
  });

  it("shows a lost link as degraded, with the values that there were, and goes on when it is back", async () => {
    hall = await newHall();
    const room = await live(await hall.join());
    hall.hub.setReachable(false);
    await eventually(() => assert.equal(room.state.status, "degraded"));
    assert.equal(seen(room, "p1", "temperature"), 20);
    hall.says("p1", { temperature: 25 });
    hall.hub.setReachable(true);
    await live(room);
    await eventually(() => assert.equal(seen(room, "p1", "temperature"), 25));
  });

  it("twins enter and leave with the graph", async () => {
    hall = await newHall();
    const { provider } = hall;
    const room = await live(await hall.join());
    await provider.putTwin(pump("p3", { name: "Pump 3", temperature: 1 }));
    await provider.putRelationship(relationship("hall", "contains", "p3"));
    await eventually(() => assert.equal(seen(room, "p3", "temperature"), 1));
    await provider.putRelationship(relationship("annex", "contains", "far"));
    await eventually(() => assert.ok(room.state.twins.has("far")));
    await provider.deleteRelationship("hall", "hall-contains-annex");
    await eventually(() => assert.deepEqual([...room.state.twins.keys()].sort(), ["hall", "p1", "p2", "p3"]));
    await provider.deleteRelationship("hall", "hall-contains-p3");
    await provider.deleteTwin("p3");
    await eventually(() => assert.equal(room.state.twins.has("p3"), false));
  });

  it("follows names, removed values and changed models", async () => {
    hall = await newHall();
    const { provider } = hall;
    const room = await live(await hall.join());
    await provider.patchTwin("hall", [{ op: "replace", path: "/name", value: "Old hall" }]);
    await provider.patchTwin("p1", [{ op: "remove", path: "/setpoint" }]);
    await provider.patchTwin("p2", [{ op: "replace", path: "/$metadata/$model", value: "dtmi:test:Pump2;1" }]);
    await provider.patchTwin("p2", [{ op: "add", path: "/power", value: 7 }]);
    await eventually(() => assert.equal(room.state.name, "Old hall"));
    await eventually(() => assert.equal(seen(room, "p1", "setpoint"), undefined));
    await eventually(() => assert.equal(seen(room, "p2", "power"), 7));
    assert.equal([...room.state.models][Number(seen(room, "p2", "$model"))], "dtmi:test:Pump2;1");
  });

  it("models that appear after the room opened are shown by path", async () => {
    hall = await newHall();
    const { provider } = hall;
    const room = await live(await hall.join());
    const late = { "@context": "dtmi:dtdl:context;3", "@id": "dtmi:test:Late;1", "@type": "Interface", extends: GAUGE };
    await provider.putModels([late]);
    await provider.putTwin({ id: "l1", modelId: late["@id"], properties: { level: 4 } });
    await provider.putRelationship(relationship("hall", "contains", "l1"));
    await eventually(() =>
      assert.equal((seen(room, "l1", "$numbers") as Map<string, number> | undefined)?.get("level"), 4),
    );
    assert.equal([...room.state.models][Number(seen(room, "l1", "$model"))], late["@id"]);
  });

  it("spaces are rooms of their own", async () => {
    hall = await newHall();
    const [yard, first] = [await live(await hall.join({ space: "yard" })), await live(await hall.join())];
    assert.notEqual(yard.roomId, first.roomId);
    assert.deepEqual([...yard.state.twins.keys()].sort(), ["far", "yard"]);
  });

  it("refuses a space that is none", async () => {
    hall = await newHall();
    await hall.ready;
    await assert.rejects(
      hall.join({ space: "nowhere" }),
      /: There is no space 'nowhere'\. There are hall, annex, yard\.$/,
    );
    await assert.rejects(hall.join({ space: { evil: true } }), /There is no space/);
  });

  it("refuses join options that are no object, with a sentence", async () => {
    hall = await newHall();
    await hall.ready;
    const { roomId } = await hall.join();
    for (const method of ["joinOrCreate/space", "create/space", "join/space", `joinById/${roomId}`]) {
      for (const body of ['"x"', "5", "null", "[]", "true"]) {
        const answer = await fetch(`http://127.0.0.1:${hall.server.port}/matchmake/${method}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        });
        assert.equal(answer.status, 400, `${method} ${body}`);
        assert.deepEqual(await answer.json(), { code: 400, error: "The join options have to be an object." });
      }
    }
  });

  describe("twin.get", () => {
    it("gives the twin as Azure does, and the time of every value", async () => {
      hall = await newHall();
      const room = await live(await hall.join());
      hall.says("p1", { motor: { current: 3 }, vibration: 0.1 });
      await eventually(() => assert.equal(seen(room, "p1", "motor.current"), 3));
      const { twin, times } = await ask(room, "twin.get", { twinId: "p1" });
      const { $dtId, $metadata, temperature, motor } = twin as Record<string, Record<string, unknown>>;
      assert.deepEqual(
        [$dtId, $metadata?.["$model"], temperature, motor?.["current"]],
        ["p1", "dtmi:test:Pump;1", 20, 3],
      );
      assert.equal("vibration" in (twin as object), false);
      const { source, received } = (times as Record<string, { source: number; received: number }>)["/vibration"] ?? {};
      assert.ok(Number(source) > Date.now() - 5000 && Number(received) > Date.now() - 5000);
    });

    it("refuses what is not there, and what is no request", async () => {
      hall = await newHall();
      const room = await live(await hall.join());
      assert.equal((await refusalOf(ask(room, "twin.get", { twinId: "nobody" }))).code, "NOT_FOUND");
      assert.equal((await refusalOf(ask(room, "twin.get", {}))).code, "INVALID_PAYLOAD");
    });
  });
});
