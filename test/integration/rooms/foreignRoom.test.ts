import assert from "node:assert/strict";
import { type Client, definePlugins, Room, RoomPlugin } from "@colyseus/core";
import { schema, t } from "@colyseus/schema";
import { arenaRoom } from "../../../examples/game/ArenaRoom.ts";
import { digitalTwins } from "../../../plugins/index.ts";
import { World } from "../../../src/schema/entities.ts";
import type { TwinServices } from "../../../src/services.ts";
import { eventually } from "../../support/eventually.ts";
import { GAUGE, relationship } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer, type SeenWorld } from "../../support/newRoomServer.ts";
import { ask } from "./ask.ts";

interface SeenGame {
  round: number;
  scores: Map<string, { name: string; points: number }>;
  world: SeenWorld;
}

class CountingPlugin extends RoomPlugin<Room> {
  override readonly pluginName = "counting" as const;
  joined = 0;
  override messages = { count: () => this.joined };
  protected override onJoin(): void {
    this.joined++;
  }
}
const GameState = schema({ round: t.uint16().default(7), world: t.ref(World).optional() }, "GameState");

/** Sets its state in onCreate, after waiting; has messages and a plugin of its own. */
const lateRoom = (services: TwinServices) =>
  class LateRoom extends Room<{ state: InstanceType<typeof GameState> }> {
    override plugins = definePlugins([...digitalTwins({ services, field: "world" }), new CountingPlugin()]);
    override messages = { double: (_client: Client, n: number) => n * 2 };
    override async onCreate(): Promise<void> {
      await Promise.resolve();
      this.state = new GameState();
    }
  } as unknown as typeof Room;

describe("a game's own room", () => {
  let twins: MemoryTwins;
  let server: RoomServer;
  const serve = async (room: (services: TwinServices) => typeof Room) => {
    server = await newRoomServer({ game: room(twins.services) });
  };
  const join = async (options = {}) => {
    const room = await server.join(options);
    const game = () => room.state as unknown as SeenGame;
    await eventually(() => assert.equal(game().world?.status, "live"));
    return { room, game, seen: (id: string, name: string) => game().world.twins.get(id)?.[name] };
  };
  beforeEach(async () => {
    twins = await newMemoryTwins();
  });
  afterEach(async () => {
    await server.close();
    await twins.close();
  });

  for (const [variant, room] of [
    ["as a field", arenaRoom],
    ["in onCreate", lateRoom],
  ] as const) {
    it(`whose state is set ${variant} shows the world in it, live, also to who joins late`, async () => {
      await serve(room);
      const [a, b] = [await join(), await join()];
      assert.equal(a.room.roomId, b.room.roomId);
      twins.says("p1", { temperature: 42 });
      for (const client of [a, b]) {
        await eventually(() => assert.equal(client.seen("p1", "temperature"), 42));
        assert.equal(client.game().world.twins.size, 5);
        assert.equal(client.game().world.players.size, 2);
      }
      const late = await join();
      assert.equal(late.seen("p1", "temperature"), 42);
    });
  }

  it("keeps its own state, messages and plugins", async () => {
    await serve(lateRoom);
    const { room, game } = await join();
    assert.equal(game().round, 7);
    assert.equal(await room.request("double" as never, 21 as never), 42);
    assert.equal(await room.request("count" as never, undefined as never), 1);
    assert.equal(typeof (await ask(room, "twin.get", { twinId: "p1" })), "object");
  });

  it("plays with the values of the twins (the example)", async () => {
    await serve(arenaRoom);
    const { room, game } = await join({ name: "Ada" });
    assert.equal(await room.request("touch" as never, "p1" as never), 1);
    assert.equal(await room.request("touch" as never, "nobody" as never), 0);
    await eventually(() => assert.deepEqual(game().scores.get(room.sessionId)?.points, 1));
    room.send("next-round");
    await eventually(() => assert.equal(game().round, 2));
    await eventually(() => assert.equal(game().scores.get(room.sessionId)?.points, 0));
  });

  it("goes on when models are added: open rooms keep their classes, new ones know the new model", async () => {
    await serve(arenaRoom);
    const old = await join();
    const admin = { id: "admin", name: "admin", role: "admin" } as const;
    const model = { "@context": "dtmi:dtdl:context;3", "@id": "dtmi:test:New;1", "@type": "Interface", extends: GAUGE };
    const { control } = twins.services;
    await control.putModels(admin, [model]);
    await control.createTwin(admin, { modelId: model["@id"], twinId: "n1", properties: { level: 3 } });
    await control.putRelationship(admin, relationship("hall", "contains", "n1"));
    await eventually(() => assert.ok(old.game().world.twins.has("n1")));
    const fresh = await join();
    assert.equal(fresh.room.roomId, old.room.roomId);
    await old.room.leave();
    await fresh.room.leave();
    await eventually(async () => {
      const other = await join();
      assert.notEqual(other.room.roomId, old.room.roomId);
      assert.equal(other.seen("n1", "level"), 3);
      twins.says("n1", { level: 4 });
      await eventually(() => assert.equal(other.seen("n1", "level"), 4));
    });
  });

  it("may be subclassed with plugins of its own", async () => {
    const Base = lateRoom(twins.services);
    const Derived = class extends Base {
      override plugins = definePlugins([
        ...digitalTwins({ services: twins.services, field: "world" }),
        new CountingPlugin(),
      ]) as never;
    };
    server = await newRoomServer({ base: Base, game: Derived as unknown as typeof Room });
    await server.join({}, "base");
    const room = await server.join({}, "game");
    const game = () => room.state as unknown as SeenGame;
    await eventually(() => assert.equal(game().world?.status, "live"));
    twins.says("p1", { temperature: 43 });
    await eventually(() => assert.equal(game().world.twins.get("p1")?.["temperature"], 43));
    assert.equal(game().world.players.size, 1);
  });

  const never = () => {
    throw new Error("not here");
  };
  const refusals: [where: string, room: (services: TwinServices) => unknown][] = [
    [
      "in its onCreate",
      (services) =>
        class Game extends lateRoom(services) {
          override async onCreate(): Promise<void> {
            await super.onCreate?.({});
            this.onMessage("twin.delete", never);
          }
        },
    ],
    [
      "in its constructor",
      (services) =>
        class Game extends lateRoom(services) {
          constructor() {
            super();
            this.onMessage("twin.delete", never);
          }
        },
    ],
    [
      "as a field, beside its messages",
      (services) =>
        class Game extends lateRoom(services) {
          override messages = { "twin.delete": never };
          readonly off = this.onMessage("twin.delete", never);
        },
    ],
  ];
  for (const [where, room] of refusals) {
    it(`that names a plugin's message by onMessage ${where} is not created: nothing would be replaced`, async () => {
      server = await newRoomServer({ game: room(twins.services) as typeof Room });
      await assert.rejects(
        server.join(),
        /Game: onMessage\("twin.delete"\) does not replace the handler that TwinControlPlugin has.*messages = \{ "twin.delete": /,
      );
    });
  }

  it("replaces a plugin's message by its `messages`, and may name its own by onMessage, those of its own plugins too", async () => {
    const counted: string[] = [];
    server = await newRoomServer({
      game: class Game extends lateRoom(twins.services) {
        override messages = { "twin.delete": () => "not here", double: () => undefined };
        override async onCreate(): Promise<void> {
          await super.onCreate?.({});
          this.onMessage("count", () => void counted.push("count"));
          this.onMessage("mine", () => "mine");
        }
      } as unknown as typeof Room,
    });
    const { room } = await join();
    const replies = ["twin.delete", "mine", "count"].map((name) => room.request(name as never, undefined as never));
    assert.deepEqual(await Promise.all(replies), ["not here", "mine", 1]);
    room.send("count");
    await eventually(() => assert.deepEqual(counted, ["count"]));
  });
});
