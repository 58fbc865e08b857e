// What a room shows instead of a space.
import assert from "node:assert/strict";
import { definePlugins, Room } from "@colyseus/core";
import { digitalTwins } from "../../../plugins/index.ts";
import type { ScopeOptions } from "../../../plugins/sync/Scope.ts";
import { eventually } from "../../support/eventually.ts";
import { GAUGE, pump } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer, type SeenRoom } from "../../support/newRoomServer.ts";
import { ask, refusalOf } from "./ask.ts";
import { aFewPatches, live } from "./newHall.ts";

describe("TwinSyncPlugin: scope", () => {
  let twins: MemoryTwins;
  let server: RoomServer;
  const join = async (scope: ScopeOptions) => {
    const { services } = twins;
    class Wall extends Room {
      override plugins = definePlugins(digitalTwins({ services, scope, name: "Wall" }));
    }
    server = await newRoomServer({ wall: Wall as unknown as typeof Room });
    return await live(await server.join({ role: "admin" }));
  };
  const ids = (room: SeenRoom) => [...room.state.twins.keys()].sort();

  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
  });
  afterEach(async () => {
    await server.close();
    await twins.close();
  });

  it("a list: what exists of it, and what comes later", async () => {
    const room = await join({ twins: ["p1", "far", "later"] });
    assert.deepEqual(ids(room), ["far", "p1"]);
    assert.equal(room.state.name, "Wall");
    await twins.provider.putTwin(pump("later", { name: "Late" }));
    await eventually(() => assert.deepEqual(ids(room), ["far", "later", "p1"]));
    await twins.provider.deleteRelationship("yard", "yard-contains-far");
    await twins.provider.deleteTwin("far");
    await eventually(() => assert.deepEqual(ids(room), ["later", "p1"]));
    twins.says("later", { temperature: 3 });
    await eventually(() => assert.equal(room.state.twins.get("later")?.["temperature"], 3));
  });

  it("a query: what it gives, asked again while twins change; no answer changes nothing", async () => {
    let failing = false;
    twins.provider.query = async function* (text) {
      assert.equal(text, "gauges");
      if (failing) {
        throw new Error("throttled");
      }
      for await (const twin of twins.provider.listTwins()) {
        if (twin.modelId === GAUGE) {
          yield { $dtId: twin.id };
        }
      }
    };
    const room = await join({ query: "gauges", everyMs: 20 });
    assert.deepEqual(ids(room), ["far", "g1"]);
    await twins.provider.putTwin({ id: "g9", modelId: GAUGE, properties: { level: 9 } });
    await eventually(() => assert.deepEqual(ids(room), ["far", "g1", "g9"]));
    failing = true;
    twins.says("g1", { level: 5 });
    await eventually(() => assert.equal(room.state.twins.get("g1")?.["level"], 5));
    failing = false;
    await twins.provider.deleteTwin("g9");
    await eventually(() => assert.deepEqual(ids(room), ["far", "g1"]));
  });

  it("a twin that begins to match while the first answer is on its way is shown, though nothing else changes", async () => {
    const { mirror } = twins.services;
    const level = () => mirror.get("g1")?.values.get("/level")?.value;
    const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    twins.provider.query = async function* () {
      const found = level() === 99 ? ["g1", "p1"] : ["p1"];
      asked.resolve();
      await answered.promise;
      yield* found.map((id) => ({ $dtId: id }));
    };
    const joining = join({ query: "high gauges", everyMs: 20 });
    await asked.promise;
    twins.says("g1", { level: 99 });
    await eventually(() => assert.equal(level(), 99));
    answered.resolve();
    const room = await joining;
    await eventually(() => assert.deepEqual(ids(room), ["g1", "p1"]));
  });

  it("a query that is not answered, or gives no twins, leaves the room loading until it is answered", async () => {
    let asked = 0;
    twins.provider.query = async function* () {
      asked++;
      if (asked < 3) {
        throw new Error("throttled");
      }
      yield asked < 5 ? { COUNT: 2 } : { $dtId: "g1" };
    };
    const opening = join({ query: "gauges", everyMs: 20 });
    const room = await opening;
    assert.deepEqual([asked, room.state.status, ids(room)], [5, "live", ["g1"]]);
  });

  it("a later question that fails is asked again, though nothing else changes", async () => {
    const { mirror } = twins.services;
    let fails = false;
    twins.provider.query = async function* () {
      if (fails) {
        fails = false;
        throw new Error("throttled");
      }
      yield { $dtId: mirror.get("g1")?.values.get("/level")?.value === 99 ? "g1" : "p1" };
    };
    const room = await join({ query: "high gauges", everyMs: 20 });
    fails = true;
    twins.says("g1", { level: 99 });
    await eventually(() => assert.deepEqual([fails, ids(room)], [false, ["g1"]]));
  });

  it("while a query is not answered the log says so once for each reason, and when it is answered again", async () => {
    let failure: string | undefined;
    let asked = 0;
    twins.provider.query = async function* () {
      asked++;
      if (failure !== undefined) {
        throw new Error(failure);
      }
      yield { $dtId: "g1" };
    };
    const told: string[] = [];
    const { services } = twins;
    const warn = ({ err }: { err?: Error }) => void told.push(err?.message ?? "");
    const info = (_of: object, message: string) => void told.push(message);
    twins = { ...twins, services: { ...services, log: { ...services.log, warn, info } } as typeof services };
    const room = await join({ query: "gauges", everyMs: 1 });
    const fail = async (why: string | undefined) => {
      [failure, asked] = [why, 0];
      twins.says("g1", { level: Math.random() });
      await eventually(() => assert.ok(asked > (why === undefined ? 0 : 3)));
    };
    for (const why of ["throttled", "away", undefined]) {
      await fail(why);
    }
    const again = "a room's query is answered again";
    await eventually(() => assert.deepEqual(told, ["throttled", "away", again]));
    await fail("throttled");
    assert.deepEqual([told, room.state.status], [["throttled", "away", again, "throttled"], "live"]);
  });

  it("a room that closes before its query was answered asks no more", async () => {
    let asked = 0;
    twins.provider.query = async function* () {
      asked++;
      await Promise.reject(new Error("throttled"));
      yield {};
    };
    const { services } = twins;
    class Wall extends Room {
      override plugins = definePlugins(digitalTwins({ services, scope: { query: "gauges", everyMs: 20 } }));
    }
    server = await newRoomServer({ wall: Wall as unknown as typeof Room });
    const room = await server.join({ role: "admin" });
    await eventually(() => assert.ok(asked >= 3));
    assert.equal(room.state.status, "loading");
    await room.leave();
    await eventually(async () => {
      const before = asked;
      await aFewPatches();
      assert.equal(asked, before);
    });
  });

  it("a space by its id; and without a space there is no layout", async () => {
    const room = await join({ space: "annex" });
    assert.deepEqual(ids(room), ["annex", "g1"]);
    await server.close();
    const other = await join({ twins: ["p1"] });
    const refused = await refusalOf(ask(other, "placement.add", { items: [{ twinId: "p1" }] }));
    assert.equal(refused.code, "UNSUPPORTED");
  });
});
