// Rooms and REST while the twins are being loaded, as after each restart: nobody is told for good what is not known yet,
// and who joins meets the others, whether he names the space or not.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { definePlugins, matchMaker, Room as ServerRoom } from "@colyseus/core";
import { ColyseusSDK } from "@colyseus/sdk";
import express from "express";
import { digitalTwins, SPACE_ELSEWHERE } from "../../../plugins/index.ts";
import { createHttp } from "../../../src/http/createHttp.ts";
import { callApi } from "../../support/callApi.ts";
import { eventually } from "../../support/eventually.ts";
import { HALL, relationship } from "../../support/hall.ts";
import { type MemoryTwinsOptions, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type SeenRoom } from "../../support/newRoomServer.ts";
import { silentLog } from "../../support/silentLog.ts";
import { ask, refusalOf } from "./ask.ts";
import { type Hall, live, newHall } from "./newHall.ts";

/** By name, of those in the service. */
const FIRST = "annex";
const STILL_LOADING = { code: "UNAVAILABLE", message: "The twins are still being loaded; try again in a moment." };

describe("while the twins are being loaded", () => {
  let hall: Hall;
  let load: () => void;
  const open = async (options: MemoryTwinsOptions = {}) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    load = resolve;
    hall = await newHall({ beforeLoad: () => promise, ...options });
  };
  afterEach(async () => {
    load();
    await hall.close();
  });

  describe("a twin that is not here yet", () => {
    const refused: [string, object][] = [
      ["twin.get", { twinId: "p1" }],
      ["lease.acquire", { twinId: "p1" }],
      ["alarm.acknowledge", { alarmId: "hot p1" }],
    ];
    beforeEach(() => open());

    it("is not said not to exist, in rooms", async () => {
      const room = await hall.join({ role: "operator" });
      for (const [type, payload] of refused) {
        assert.deepEqual(await refusalOf(ask(room, type, payload)), STILL_LOADING, type);
      }
      const checks = (["patch", "command", "delete"] as const).map((what) => ({ do: what, twinId: "p1" }));
      const answers = Object.values(await ask(room, "permissions.check", { checks: checks.slice(0, 2) }));
      const { code, message: reason } = STILL_LOADING;
      assert.deepEqual(
        answers,
        [1, 2].map(() => ({ allowed: false, code, reason })),
      );
    });

    it("and is there afterwards; what does not exist is NOT_FOUND then", async () => {
      const room = await hall.join({ role: "operator" });
      load();
      await live(room);
      assert.ok(Number((await ask(room, "lease.acquire", { twinId: "p1" }))["until"]) > Date.now());
      assert.equal((await refusalOf(ask(room, "lease.acquire", { twinId: "p9" }))).code, "NOT_FOUND");
      assert.equal((await refusalOf(ask(room, "twin.get", { twinId: "p9" }))).code, "NOT_FOUND");
    });

    it("is read and written all the same where the twin service is asked", async () => {
      const room = await hall.join({ role: "operator" });
      const patch = [{ op: "replace", path: "/setpoint", value: 3 }];
      assert.ok((await ask(room, "twin.patch", { twinId: "p1", patch }))["operationId"]);
      const none = await refusalOf(ask(room, "twin.patch", { twinId: "p9", patch }));
      assert.equal(none.code, "NOT_FOUND", "the service says so");
    });

    it("is 503 with Retry-After over REST", async () => {
      const ready = () => ({ ready: false, reasons: [] });
      const app = express().use(createHttp(hall.services, { log: silentLog, version: "0.0.0-test", ready }));
      const server = createServer(app).listen(0, "127.0.0.1");
      await once(server, "listening");
      const get = (path: string) => callApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "GET", path);
      const paths = ["/twins/p1/history", "/spaces/hall", "/spaces/hall/layout"];
      try {
        for (const path of paths) {
          const { status, body, headers } = await get(path);
          assert.deepEqual([status, body.code, body.detail], [503, STILL_LOADING.code, STILL_LOADING.message], path);
          assert.equal(headers.get("retry-after"), "1", path);
        }
        assert.equal((await get("/twins/p1")).body.$dtId, "p1", "read from the twin service, which has it");
        load();
        await hall.ready;
        for (const path of paths) {
          assert.equal((await get(path)).status, 200, path);
          assert.equal((await get(path.replace(/p1|hall/, "nowhere"))).status, 404, path);
        }
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });
  });

  describe("who names no space", () => {
    it("is in the room of the configured one, with those who name it", async () => {
      await open();
      const [named, none] = [await hall.join({ space: "hall" }), await hall.join()];
      assert.equal(none.roomId, named.roomId);
      assert.deepEqual([none.state.status, none.state.space], ["loading", "hall"]);
      load();
      await live(none);
      assert.equal((await hall.join()).roomId, named.roomId);
      assert.equal((await hall.join({ space: "hall" })).roomId, named.roomId);
    });

    it("is shown the first there is, where the configured one does not exist", async () => {
      await open({ firstSpace: "nowhere" });
      const room = await hall.join();
      load();
      await live(room);
      assert.equal(room.state.space, FIRST);
      assert.ok(room.state.twins.has(FIRST));
      assert.equal((await hall.join({ space: FIRST })).roomId, room.roomId);
    });

    it("meets who comes later, where none is configured", async () => {
      await open({ firstSpace: "" });
      const room = await hall.join();
      assert.equal((await hall.join()).roomId, room.roomId);
      load();
      await live(room);
      assert.equal(room.state.space, FIRST);
      assert.equal((await hall.join({ space: FIRST })).roomId, room.roomId);
    });

    it("is sent to who named the space, where none is configured and both came early", async () => {
      await open({ firstSpace: "" });
      const [named, none] = [await hall.join({ space: FIRST }), await hall.join()];
      assert.notEqual(none.roomId, named.roomId, "nobody knows which space comes first");
      const left = codeOf(none);
      load();
      assert.equal(await left, SPACE_ELSEWHERE);
      assert.equal((await hall.join()).roomId, named.roomId);
      await live(named);
      await eventually(() => assert.equal(hall.services.traffic.rooms.size, 1));
    });

    it("may not say a name that can be no id: refused, as it is later", async () => {
      await open();
      for (const space of ["", "x".repeat(129), 5]) {
        await assert.rejects(hall.join({ space }), { code: 404 });
      }
    });

    it("is in no space that happened to be loaded before the others", async () => {
      await open({ firstSpace: "" });
      hall.services.mirror.upsertTwin({ id: "hall", modelId: HALL, properties: {}, times: {} }, 0);
      hall.services.mirror.upsertRelationship(relationship("hall", "contains", "p1"));
      const room = await hall.join();
      assert.equal(room.state.space, "");
      load();
      await live(room);
      assert.equal(room.state.space, FIRST);
    });
  });
});

describe("a game with several rooms of a space, while the twins are being loaded", () => {
  it("keeps all of them: they do not give way to each other", async () => {
    const { promise: beforeLoad, resolve: load } = Promise.withResolvers<void>();
    const twins = await newMemoryTwins({ firstSpace: "", beforeLoad: () => beforeLoad });
    const { services } = twins;
    class Arena extends ServerRoom {
      override plugins = definePlugins(digitalTwins({ services }));
    }
    const server = await newRoomServer({ arena: Arena as unknown as typeof ServerRoom });
    matchMaker.getAllHandlers()["arena"]?.filterBy([]);
    try {
      const sdk = new ColyseusSDK(`http://127.0.0.1:${server.port}`);
      const arenas = await Promise.all([1, 2].map(async () => (await sdk.create("arena")) as unknown as SeenRoom));
      load();
      for (const arena of arenas) {
        await live(arena);
        assert.equal(arena.state.space, FIRST);
        await arena.leave();
      }
    } finally {
      await server.close();
      await twins.close();
    }
  });
});

/** What the SDK is told when it does not come back by itself. */
function codeOf(room: SeenRoom): Promise<number> {
  return new Promise((resolve) => room.onLeave.once(resolve));
}
