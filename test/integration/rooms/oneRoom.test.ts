// One room per space, whatever is asked of matchmaking and how often; and a second one when the first is full.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { defineRoom, defineServer, matchMaker, type Room as ServerRoom } from "@colyseus/core";
import { ColyseusSDK } from "@colyseus/sdk";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { spaceRoom } from "../../../rooms/SpaceRoom.ts";
import { type JoinLimits, limitJoins } from "../../../src/http/limitJoins.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer, type SeenRoom } from "../../support/newRoomServer.ts";
import { type Hall, live, newHall } from "./newHall.ts";

const HALL = JSON.stringify({ space: "hall" });

function asking(port: number) {
  return (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: HALL,
    });
}

describe("a space", () => {
  let hall: Hall;
  beforeEach(async () => {
    hall = await newHall();
    await hall.ready;
  });
  afterEach(() => hall.close());
  const rooms = () => hall.services.traffic.rooms.size;

  it("gets no room by create, however the address is written, and the answer says what to do", async () => {
    const post = asking(hall.server.port);
    const paths = ["create/space", "create/space/", "create/space?a=/matchmake/join/space", "%63reate/space"];
    for (const path of paths) {
      const answer = await post(`/matchmake/${path}`);
      assert.notEqual(answer.status, 200, path);
    }
    assert.deepEqual(await (await post("/matchmake/create/space")).json(), {
      code: 405,
      error:
        "A space has one room, so none is made by 'create': use 'joinOrCreate', which makes it where there is none.",
    });
    assert.equal(rooms(), 0);
  });

  it("tells the SDK so, and lets it in by joinOrCreate, join and joinById, into the same room", async () => {
    const sdk = new ColyseusSDK(`http://127.0.0.1:${hall.server.port}`);
    await assert.rejects(sdk.create("space", { space: "hall" }), { code: 405, message: /use 'joinOrCreate'/ });
    const first = await live(await hall.join({ space: "hall" }));
    const others = [
      await sdk.join("space", { space: "hall" }),
      await sdk.joinById(first.roomId),
      await sdk.joinById(first.roomId, { space: "hall" }),
    ] as unknown as SeenRoom[];
    for (const other of others) {
      assert.equal(other.roomId, first.roomId);
      await other.leave();
    }
    assert.equal(rooms(), 1);
  });

  it("gets one room when many come at once", async () => {
    const post = asking(hall.server.port);
    const answers = await Promise.all(Array.from({ length: 40 }, () => post("/matchmake/joinOrCreate/space")));
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { roomId: string }).roomId));
    assert.equal(new Set(ids).size, 1);
    assert.equal(rooms(), 1);
  });

  it("is come back to by reconnect", async () => {
    const room = await live(await hall.join({ space: "hall" }));
    const { sessionId, reconnectionToken } = room;
    room.reconnection.enabled = false;
    const dropped = new Promise((resolve) => room.onLeave.once(resolve));
    room.connection.close(4010);
    await dropped;
    const sdk = new ColyseusSDK(`http://127.0.0.1:${hall.server.port}`);
    const back = (await sdk.reconnect(reconnectionToken)) as unknown as SeenRoom;
    assert.deepEqual([back.roomId, back.sessionId], [room.roomId, sessionId]);
    await back.leave();
  });
});

describe("a space whose room is full", () => {
  let twins: MemoryTwins;
  let server: RoomServer;
  beforeEach(async () => {
    twins = await newMemoryTwins();
    class Small extends spaceRoom(twins.services) {
      override maxClients = 1;
    }
    server = await newRoomServer({ space: Small as unknown as typeof ServerRoom });
    await twins.ready;
  });
  afterEach(async () => {
    await server.close();
    await twins.close();
  });

  it("gets another one by joinOrCreate", async () => {
    const [a, b] = [await server.join({ space: "hall" }), await server.join({ space: "hall" })];
    assert.notEqual(a.roomId, b.roomId);
    assert.deepEqual([(await live(a)).state.space, (await live(b)).state.space], ["hall", "hall"]);
    await eventually(async () => assert.equal((await matchMaker.query({ name: "space" })).length, 2));
  });
});

describe("limitJoins", () => {
  let twins: MemoryTwins;
  let http: Server;
  let server: ReturnType<typeof defineServer>;
  const open = async (limits: JoinLimits) => {
    twins = await newMemoryTwins();
    await twins.ready;
    http = createServer();
    limitJoins(http, limits);
    server = defineServer({
      rooms: { space: defineRoom(spaceRoom(twins.services)).filterBy(["space"]) },
      transport: new WebSocketTransport({ server: http }),
      greet: false,
      gracefullyShutdown: false,
    });
    await server.listen(0, "127.0.0.1");
    return (http.address() as AddressInfo).port;
  };
  afterEach(async () => {
    await server.gracefullyShutdown(false);
    http.closeAllConnections();
    await twins.close();
  });

  it("answers who asks too often 429 with Retry-After, as Colyseus does, and a page of another origin may read it", async () => {
    const port = await open({ perAddress: 3 });
    const post = asking(port);
    for (const path of ["joinOrCreate/space", "create/space", "join/nowhere"]) {
      assert.notEqual((await post(`/matchmake/${path}`)).status, 429, path);
    }
    const origin = "https://plant.example";
    const answer = await post("/matchmake/joinOrCreate/space", { origin });
    const { code, error } = (await answer.json()) as { code: number; error: string };
    assert.deepEqual([answer.status, code], [429, 429]);
    assert.match(error, /^This address asked more than 3 times within a minute; try again in \d+ s\.$/);
    assert.match(String(answer.headers.get("retry-after")), /^\d+$/);
    assert.equal(answer.headers.get("access-control-allow-origin"), origin);
    const sdk = new ColyseusSDK(`http://127.0.0.1:${port}`);
    await assert.rejects(sdk.joinOrCreate("space"), { code: 429, message: /^This address asked more than 3 times/ });
    assert.equal((await fetch(`http://127.0.0.1:${port}/__healthcheck`)).status, 200);
    assert.equal((await post("/matchmake/joinOrCreate/space", { "x-forwarded-for": "10.0.0.9" })).status, 429);
  });

  it("counts who is behind the proxy", async () => {
    const post = asking(await open({ perAddress: 1, trustedProxies: 1 }));
    const as = async (address: string) =>
      (await post("/matchmake/joinOrCreate/space", { "x-forwarded-for": `1.2.3.4, ${address}` })).status;
    assert.deepEqual([await as("10.0.0.1"), await as("10.0.0.1"), await as("10.0.0.2")], [200, 429, 200]);
  });

  it("lets a hall full of people in from one address", async () => {
    const post = asking(await open({}));
    const answers = await Promise.all(Array.from({ length: 200 }, () => post("/matchmake/joinOrCreate/space")));
    assert.ok(answers.every(({ status }) => status === 200));
  });
});
