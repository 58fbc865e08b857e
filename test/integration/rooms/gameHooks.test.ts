// What a game does in its own room, and what of the plugins' doings must hold all the same.
import assert from "node:assert/strict";
import { type Client, definePlugins, Room, RoomPlugin } from "@colyseus/core";
import { schema, t } from "@colyseus/schema";
import { ColyseusSDK } from "@colyseus/sdk";
import { digitalTwins, TwinControlPlugin, TwinSyncPlugin } from "../../../plugins/index.ts";
import type { TwinSyncOptions } from "../../../plugins/TwinSyncPlugin.ts";
import { World } from "../../../src/schema/entities.ts";
import { eventually } from "../../support/eventually.ts";
import { GAUGE, relationship } from "../../support/hall.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer, type SeenRoom } from "../../support/newRoomServer.ts";
import { silentLog } from "../../support/silentLog.ts";
import { ask } from "./ask.ts";
import { aFewPatches, live } from "./newHall.ts";

/** A plugin of the game: fails, or notes that its turn came. */
class Ends extends RoomPlugin<Room> {
  override readonly pluginName: string;
  readonly #end: (hook: string) => void;
  constructor(name: string, end: (hook: string) => void) {
    super();
    this.pluginName = name;
    this.#end = end;
  }
  protected override onLeave(): void {
    this.#end("onLeave");
  }
  protected override onDispose(): void {
    this.#end("onDispose");
  }
}

interface Logged {
  err?: Error;
  room?: string;
  name?: string;
  twin?: string;
}

describe("a game's hooks", () => {
  let twins: MemoryTwins;
  let server: RoomServer;
  let logged: [message: string, members: Logged][];
  beforeEach(async () => {
    logged = [];
    const error = (members: object, message: string) => void logged.push([message, members]);
    twins = await newMemoryTwins({ log: { ...silentLog, error } });
    await twins.ready;
  });
  afterEach(async () => {
    await server.close();
    await twins.close();
  });

  const game = (options: Partial<TwinSyncOptions> = {}, own: readonly RoomPlugin[] = []) =>
    class Game extends Room {
      static override async onAuth(_token: string, options: object) {
        return { role: "operator", ...options };
      }
      override patchRate = 20;
      override plugins = definePlugins([
        ...own.slice(0, 1),
        ...digitalTwins({ services: twins.services, space: "hall", ...options }),
        ...own.slice(1),
      ]) as never;
    } as unknown as new () => Room;
  const serve = async (room: new () => Room) => {
    server = await newRoomServer({ game: room as unknown as typeof Room });
  };
  const openRooms = () => twins.services.traffic.rooms.size;
  const away = () => new Error("the game's database is away");
  const ways = [
    [
      "throws",
      () => {
        throw away();
      },
    ],
    ["rejects", () => Promise.reject(away())],
  ] as const;

  for (const [how, fail] of ways) {
    it(`an onDispose that ${how}: the room ends all the same, and nothing is asked for it any more`, async () => {
      let asked = 0;
      const query = twins.provider.query.bind(twins.provider);
      twins.provider.query = (...args) => {
        asked++;
        return query(...args);
      };
      class Failing extends Room {
        override plugins = definePlugins([
          new TwinSyncPlugin({ services: twins.services, scope: { query: "SELECT * FROM digitaltwins", everyMs: 1 } }),
        ]);
        override onDispose() {
          return fail();
        }
      }
      await serve(Failing);
      const room = await live(await server.join());
      assert.ok(asked > 0);
      await room.leave();
      await eventually(() => assert.equal(openRooms(), 0));
      asked = 0;
      twins.says("p1", { temperature: 21 });
      await aFewPatches();
      assert.equal(asked, 0);
    });

    it(`an onLeave that ${how}: who left is gone, his leases are free`, async () => {
      class Failing extends game() {
        override onLeave() {
          return fail();
        }
      }
      await serve(Failing);
      const [stays, leaves] = [await live(await server.join()), await live(await server.join())];
      await ask(leaves, "lease.acquire", { twinId: "p1" });
      await eventually(() => assert.equal(stays.state.leases.size, 1));
      await leaves.leave();
      await eventually(() => assert.deepEqual([stays.state.players.size, stays.state.leases.size], [1, 0]));
    });
  }

  it("one that fails is told of as Colyseus does; what fails beside it, to the log; every plugin has its turn", async () => {
    const ran: string[] = [];
    const uncaught: string[] = [];
    const fail = (hook: string) => {
      ran.push(`first ${hook}`);
      throw new Error(`${hook} of a plugin`);
    };
    const room = (own: RoomPlugin[]) =>
      class extends game({}, own) {
        override onLeave(): never {
          ran.push("game onLeave");
          throw away();
        }
        override onUncaughtException(error: Error, hook: string): void {
          uncaught.push(`${hook}: ${error.message}`);
        }
      };
    const plugins = [new Ends("first", fail), new Ends("last", (hook) => ran.push(`last ${hook}`))];
    await serve(room(plugins));
    await (await live(await server.join())).leave();
    await eventually(() => assert.equal(ran.at(-1), "last onDispose"));
    assert.deepEqual(ran, ["game onLeave", "first onLeave", "last onLeave", "first onDispose", "last onDispose"]);
    await eventually(() => assert.equal(openRooms(), 0));
    await eventually(() =>
      assert.deepEqual(uncaught, ["onLeave: the game's database is away", "onDispose: onDispose of a plugin"]),
    );
    const beside = logged.filter(([message]) => message === "a plugin's onLeave failed, beside another hook");
    assert.deepEqual(
      beside.map(([, { err }]) => err?.message),
      ["onLeave of a plugin"],
    );
  });

  it("an onLeave sees who leaves as he was", async () => {
    const seen: unknown[] = [];
    class Asking extends game() {
      override onLeave({ sessionId }: Client): void {
        const { world } = (this.plugins as unknown as { twinSync: TwinSyncPlugin }).twinSync;
        seen.push(world.players.get(sessionId)?.name, world.leases.get("p1")?.holder);
      }
    }
    await serve(Asking);
    const room = await live(await server.join({ name: "Ada" }));
    await ask(room, "lease.acquire", { twinId: "p1" });
    const { sessionId } = room;
    await room.leave();
    await eventually(() => assert.deepEqual(seen, ["Ada", sessionId]));
  });

  it("an onShown listener that fails is told of to the log; this room and others show the twin", async () => {
    class Listening extends game() {
      override onJoin(): void {
        (this.plugins as unknown as { twinSync: TwinSyncPlugin }).twinSync.onShown(() => {
          throw away();
        });
      }
    }
    await serve(Listening);
    const sdk = () => new ColyseusSDK(`http://127.0.0.1:${server.port}`);
    const rooms = await Promise.all([1, 2].map(async () => (await sdk().create("game")) as unknown as SeenRoom));
    for (const room of rooms) {
      await eventually(() => assert.equal(room.state.status, "live"));
    }
    assert.notEqual(rooms[0]?.roomId, rooms[1]?.roomId);
    await twins.provider.putTwin({ id: "g2", modelId: GAUGE, properties: { level: 5 } });
    await twins.provider.putRelationship(relationship("hall", "contains", "g2"));
    for (const room of rooms) {
      await eventually(() => assert.equal(room.state.twins.get("g2")?.["level"], 5));
    }
    await twins.provider.deleteRelationship("hall", "hall-contains-g2");
    for (const room of rooms) {
      await eventually(() => assert.equal(room.state.twins.has("g2"), false));
      await room.leave();
    }
    const told = logged.filter(([message]) => message === "an onShown listener failed");
    assert.deepEqual([told.length, new Set(told.map(([, { twin }]) => twin))], [4, new Set(["g2"])]);
  });

  async function waitFor(this: Room, client: Client): Promise<void> {
    await this.allowReconnection(client, 1).catch(() => undefined);
  }
  for (const idiom of ["onDrop", "onLeave"] as const) {
    for (const [size, options] of [
      ["small", {}],
      ["large", { interest: { threshold: 1 } }],
    ] as const) {
      it(`who comes back while ${idiom} of a ${size} room waits for him is who he was; who does not is gone`, async () => {
        const Waiting = game(options);
        Object.assign(Waiting.prototype, { [idiom]: waitFor });
        await serve(Waiting);
        const [holder, other] = [await live(await server.join()), await live(await server.join())];
        Object.assign(holder.reconnection, { minUptime: 0, minDelay: 1, delay: 1 });
        await ask(holder, "lease.acquire", { twinId: "p1" });
        const held = () => other.state.leases.get("p1")?.["holder"];
        const seen = (room: SeenRoom) => room.state.twins.get("p1")?.["temperature"];
        for (const room of [holder, other]) {
          await ask(room, "twin.watch", { twinIds: ["p1"] });
          await eventually(() => assert.equal(seen(room), 20));
        }
        await eventually(() => assert.equal(held(), holder.sessionId));
        const isBack = new Promise<void>((resolve) => holder.onReconnect.once(() => resolve()));
        holder.connection.close(4010);
        await isBack;
        await ask(holder, "twin.get", { twinId: "p1" });
        twins.says("p1", { temperature: 41 });
        await eventually(() => assert.deepEqual([seen(holder), seen(other)], [41, 41]));
        assert.deepEqual([other.state.players.has(holder.sessionId), held()], [true, holder.sessionId]);
        await ask(holder, "twin.watch", { twinIds: ["p2"] });
        await eventually(() => assert.ok(holder.state.twins.has("p2")));
        assert.deepEqual([holder.state.players.size, held()], [2, holder.sessionId]);

        holder.reconnection.enabled = false;
        holder.connection.close(4010);
        await aFewPatches();
        assert.deepEqual([other.state.players.size, held()], [2, holder.sessionId]); // his seat is kept
        await eventually(() => assert.deepEqual([other.state.players.size, other.state.leases.size], [1, 0]));
      });
    }
  }

  it("plugins made outside of the class serve one room; another one is not created, and the error says what to do", async () => {
    const shared = definePlugins(digitalTwins({ services: twins.services }));
    class Sharing extends Room {
      override patchRate = 20;
      override plugins = shared as never;
    }
    await serve(Sharing as unknown as new () => Room);
    const first = await live(await server.join({ space: "hall" }));
    const advice = /TwinSyncPlugin is another room's: make the plugins inside the class.* plugins = definePlugins\(…\)/;
    await assert.rejects(server.join({ space: "yard" }), advice);
    await aFewPatches(); // Colyseus has done away with it
    assert.deepEqual([openRooms(), first.state.players.size], [1, 1]);
    twins.says("p1", { temperature: 42 });
    await eventually(() => assert.equal(first.state.twins.get("p1")?.["temperature"], 42));
    await first.leave();
    await eventually(() => assert.equal(openRooms(), 0));
  });

  it("one shared plugin is enough for that, and the rooms that have it do not harm each other", async () => {
    const sync = new TwinSyncPlugin({ services: twins.services });
    const control = new TwinControlPlugin({ sync });
    let made = 0;
    class Sharing extends Room {
      override patchRate = 20;
      override plugins = definePlugins(
        made++ === 0 ? [sync, control] : [new TwinSyncPlugin({ services: twins.services }), control],
      ) as never;
    }
    await serve(Sharing as unknown as new () => Room);
    const first = await live(await server.join({ space: "hall" }));
    await assert.rejects(server.join({ space: "yard" }), /TwinControlPlugin is another room's/);
    await aFewPatches();
    const { leases } = twins.services;
    leases.acquire({ id: "rest", name: "Ops", role: "operator" }, "p1");
    await eventually(() => assert.equal(first.state.leases.get("p1")?.["name"], "Ops"));
  });

  const GameState = schema({ round: t.uint8().default(1), world: t.ref(World).optional() }, "SetAgain");
  for (const [how, set] of [
    ["sets its state again", (room: Room) => Object.assign(room, { state: new GameState() })],
    ["takes the world along", (room: Room) => Object.assign(room, { state: new GameState().assign(room.state) })],
    ["empties the world's member", (room: Room) => Object.assign(room.state as object, { world: undefined })],
  ] as const) {
    it(`a game that ${how} loses the world: the log says so, once, and what to do`, async () => {
      class Arena extends game({ field: "world" }) {
        override state = new GameState() as never;
        override messages = { again: () => void set(this) };
      }
      await serve(Arena);
      const room = await server.join();
      await eventually(() => assert.equal((room.state as unknown as { world: World }).world?.status, "live"));
      assert.equal(logged.length, 0);
      room.send("again");
      await eventually(() => assert.equal(logged.length, 1));
      await aFewPatches();
      const told = logged.map(([message, members]) => [message, members.room, members.name]);
      assert.deepEqual(told, [[told[0]?.[0], room.roomId, "game"]]);
      assert.match(
        String(told[0]?.[0]),
        /state, or its member 'world', again.*Set the state once, before onCreate ends/,
      );
    });
  }
});
