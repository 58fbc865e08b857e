// A large room: each player is shown what is near his avatar and what he watches.
import assert from "node:assert/strict";
import { type Client, definePlugins, Room } from "@colyseus/core";
import { StateView, schema, t } from "@colyseus/schema";
import { digitalTwins } from "../../../plugins/index.ts";
import { ViewedWorld } from "../../../src/schema/entities.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer, type SeenRoom } from "../../support/newRoomServer.ts";
import { ask } from "./ask.ts";
import { live } from "./newHall.ts";

describe("TwinSyncPlugin: interest", () => {
  let twins: MemoryTwins;
  let server: RoomServer;
  const ids = (room: SeenRoom) => [...room.state.twins.keys()].sort();
  /** Far from where twins stand that nobody placed. */
  const joinFar = async () => {
    const room = await live(await server.join({ space: "hall" }));
    room.send("avatar.move", { x: 5, z: 1005 });
    await eventually(() => assert.deepEqual(ids(room), []));
    return room;
  };

  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
    const { services } = twins;
    class Large extends Room {
      override plugins = definePlugins(digitalTwins({ services, interest: { threshold: 2, cellSize: 10 } }));
      static override async onAuth() {
        return { role: "admin" };
      }
    }
    server = await newRoomServer({ large: Large as unknown as typeof Room });
  });
  afterEach(async () => {
    await server.close();
    await twins.close();
  });

  it("shows what is near, follows the avatar, and says how many twins there are", async () => {
    const room = await joinFar();
    assert.equal((room.state as unknown as { total: number }).total, 5);
    const items = [
      { twinId: "p1", x: 5, z: 1005 },
      { twinId: "p2", x: 500, z: 1005 },
    ];
    await ask(room, "placement.add", { items });
    await eventually(() => assert.deepEqual(ids(room), ["p1"]));
    room.send("avatar.move", { x: 495, z: 1005 });
    await eventually(() => assert.deepEqual(ids(room), ["p2"]));
    const player = room.state.players.get(room.sessionId);
    assert.equal(player?.["x"], 495);
    twins.says("p2", { temperature: 41 });
    await eventually(() => assert.equal(room.state.twins.get("p2")?.["temperature"], 41));
  });

  it("twins that nobody placed are seen where they are shown", async () => {
    const room = await joinFar();
    const places = [...room.state.placements.values()];
    assert.deepEqual(new Set(places.map(({ status }) => status)), new Set(["unsaved"]));
    const p1 = places.find(({ twinId }) => twinId === "p1");
    room.send("avatar.move", { x: p1?.["x"], z: p1?.["z"] });
    await eventually(() => assert.ok(ids(room).includes("p1")));
    twins.says("p1", { temperature: 44 });
    await eventually(() => assert.equal(room.state.twins.get("p1")?.["temperature"], 44));
    const { placementIds } = await ask(room, "placement.add", { items: [{ twinId: "p1", x: 5, z: 1005 }] });
    await eventually(() => assert.ok(!ids(room).includes("p1")));
    await ask(room, "placement.remove", { placementIds });
    await eventually(() => assert.ok(ids(room).includes("p1")));
  });

  it("shows what is watched wherever it is, with its last value; the next list replaces the last", async () => {
    const room = await joinFar();
    twins.says("p1", { temperature: 1 });
    assert.deepEqual(await ask(room, "twin.watch", { twinIds: ["p1", "g1"] }), { watching: 2 });
    await eventually(() => assert.deepEqual(ids(room), ["g1", "p1"]));
    for (let n = 2; n <= 30; n++) {
      twins.says("p1", { temperature: n });
    }
    await eventually(() => assert.equal(room.state.twins.get("p1")?.["temperature"], 30));
    await ask(room, "twin.watch", { twinIds: ["g1"] });
    await eventually(() => assert.deepEqual(ids(room), ["g1"]));
  });

  it("a twin that is dragged is seen by those who stand where it is now, and goes back when it is let go", async () => {
    const [builder, here, there] = await Promise.all(
      [0, 1, 2].map(async () => live(await server.join({ space: "hall" }))),
    );
    assert.ok(builder && here && there);
    builder.send("avatar.move", { x: -995, z: 5 });
    here.send("avatar.move", { x: 495, z: 5 });
    there.send("avatar.move", { x: 1995, z: 5 });
    const items = [{ twinId: "p1", x: 495, z: 5 }];
    const { placementIds } = await ask(builder, "placement.add", { items });
    const [placementId] = placementIds as string[];
    const seen = () => [builder, here, there].map((room) => ids(room).includes("p1"));
    await eventually(() => assert.deepEqual(seen(), [false, true, false]));
    const drag = (place: object, settle = false) =>
      ask(builder, "placement.move", { items: [{ placementId, ...place }], settle });
    await drag({ x: 1995 });
    await eventually(() => assert.deepEqual(seen(), [false, false, true]));
    twins.says("p1", { temperature: 43 });
    await eventually(() => assert.equal(there.state.twins.get("p1")?.["temperature"], 43));
    await drag({ x: -995 });
    await eventually(() => assert.deepEqual(seen(), [true, false, false]));
    await drag({ x: 1995 }, true);
    await eventually(() => assert.deepEqual(seen(), [false, false, true]));
    await drag({ x: 495 });
    await eventually(() => assert.deepEqual(seen(), [false, true, false]));
    builder.reconnection.enabled = false;
    await builder.leave();
    await eventually(() => assert.deepEqual(seen(), [false, false, true]));
  });

  it("dragging another of its places does not move a twin", async () => {
    const room = await live(await server.join({ space: "hall" }));
    room.send("avatar.move", { x: 495, z: 5 });
    const place = (x: number) => ask(room, "placement.add", { items: [{ twinId: "p1", x, z: 5 }] });
    await place(495);
    const { placementIds } = await place(1995);
    await eventually(() => assert.deepEqual(ids(room), ["p1"]));
    const [placementId] = placementIds as string[];
    await ask(room, "placement.move", { items: [{ placementId, x: 2995 }], settle: false });
    await eventually(() => assert.equal(room.state.placements.get(String(placementId))?.["x"], 2995));
    assert.deepEqual(ids(room), ["p1"]);
  });

  it("shows what it could not show yet though nothing else happens", async () => {
    await server.close();
    const { services } = twins;
    class Slow extends Room {
      override plugins = definePlugins(digitalTwins({ services, interest: { threshold: 2, perSecond: 5 } }));
    }
    server = await newRoomServer({ slow: Slow as unknown as typeof Room });
    const room = await joinFar();
    const all = [...services.spaces.members("hall")].sort();
    for (const watched of [all, [], all, [], all]) {
      await ask(room, "twin.watch", { twinIds: watched });
      await eventually(() => assert.deepEqual(ids(room), watched));
    }
  });

  it("a player who comes back sees what he saw", async () => {
    const [other, room] = [await joinFar(), await joinFar()];
    await ask(room, "twin.watch", { twinIds: ["p1"] });
    await eventually(() => assert.deepEqual(ids(room), ["p1"]));
    assert.deepEqual(ids(other), []);
  });

  it("works in a game's own state, whose players keep what their views show beside", async () => {
    await server.close();
    const { services } = twins;
    const Secret = schema({ text: t.string() }, "Secret");
    const GameState = schema(
      { secrets: t.map(Secret).view(), world: t.ref(ViewedWorld).optional() },
      "GameStateWithViews",
    );
    class Game extends Room<{ state: InstanceType<typeof GameState> }> {
      override state = new GameState();
      override plugins = definePlugins(
        digitalTwins({ services, field: "world", space: "hall", interest: { threshold: 2 } }),
      );
      override onJoin(client: Client): void {
        const secret = new Secret({ text: `of ${client.sessionId}` });
        this.state.secrets.set(client.sessionId, secret);
        client.view = new StateView();
        client.view.add(secret);
      }
    }
    server = await newRoomServer({ game: Game as unknown as typeof Room });
    const rooms = [await server.join(), await server.join()];
    for (const room of rooms) {
      const game = () => room.state as unknown as { secrets: Map<string, object>; world: SeenRoom["state"] };
      await eventually(() => assert.deepEqual([...game().secrets.keys()], [room.sessionId]));
      room.send("avatar.move", { x: 1000 });
      await ask(room, "twin.watch", { twinIds: ["p1"] });
      await eventually(() => assert.deepEqual([...game().world.twins.keys()], ["p1"]));
      twins.says("p1", { temperature: 55 });
      await eventually(() => assert.equal(game().world.twins.get("p1")?.["temperature"], 55));
    }
  });

  it("an avatar is where it moved last; nonsense moves nothing", async () => {
    const room = await live(await server.join({ space: "hall" }));
    for (let n = 1; n <= 45; n++) {
      room.send("avatar.move", { x: n });
    }
    room.send("avatar.move", { x: "far" });
    await eventually(() => assert.equal(room.state.players.get(room.sessionId)?.["x"], 45));
    assert.ok(room.connection.isOpen);
  });
});
