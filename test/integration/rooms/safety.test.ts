// What keeps a room safe from its clients, and from Colyseus: over real sockets, in rooms of our own and of a game.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { type Client, definePlugins, Room } from "@colyseus/core";
import { digitalTwins } from "../../../plugins/index.ts";
import type { TwinSyncOptions } from "../../../plugins/TwinSyncPlugin.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer } from "../../support/newRoomServer.ts";
import { ask, refusalOf } from "./ask.ts";
import { live } from "./newHall.ts";

describe("a room's safety", () => {
  let twins: MemoryTwins;
  let server: RoomServer;
  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
  });
  afterEach(async () => {
    await server.close();
    await twins.close();
  });

  const game = (options: Partial<TwinSyncOptions> = {}) =>
    class Game extends Room {
      override plugins = definePlugins(digitalTwins({ services: twins.services, ...options }));
      override messages = { shout: (_client: Client, words: string) => words.length };
    } as unknown as typeof Room;
  const serve = async (room: typeof Room) => {
    server = await newRoomServer({ game: room });
    return await live(await server.join());
  };

  it("more messages than allowed are refused with a code, by type, the game's own too; the rest is served", async () => {
    const room = await serve(game({ inbound: { perSecond: 5 } }));
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => ask(room, "shout", "hello")));
    const refused = answers.filter((a) => a.status === "rejected");
    assert.ok(refused.length >= 9 && refused.length <= 10, `${refused.length} of 20 were refused`);
    const { code, message } = await refusalOf(ask(room, "shout", "again"));
    assert.equal(code, "RATE_LIMITED");
    assert.match(message, /5 messages of this type a second/);
    assert.equal(typeof (await ask(room, "twin.get", { twinId: "p1" })), "object");
    await eventually(async () => assert.equal(await ask(room, "shout", "later"), 5 as never));
  });

  it("half a character in a device's message, a property or a placement leaves all others right, for who joins late too", async () => {
    const room = await serve(game());
    const { editor } = twins.services;
    const bea = { actor: { id: "1", name: "Bea \ude00", role: "builder" as const } };
    await twins.provider.patchTwin("p2", [{ op: "replace", path: "/name", value: "\ude00 Pump" }]);
    const [id = ""] = editor.add(bea, "hall", [{ twinId: "p2", x: 3, visual: '{"shape":"tank \ud83d"}' }]);
    twins.says("p1", { name: "Pump \ud83d", temperature: 21, starts: 5 });
    await eventually(() => assert.equal(room.state.twins.get("p1")?.["temperature"], 21));
    await eventually(() => assert.equal(room.state.placements.get(id)?.["status"], "saved"));
    twins.says("p1", { name: "\ud83d\ud83d", temperature: 22 });
    await eventually(() => assert.equal(room.state.twins.get("p1")?.["temperature"], 22));
    for (const each of [room, await server.join()]) {
      const { $model, $name, name, starts } = each.state.twins.get("p1") ?? {};
      assert.deepEqual([$name, name, starts], ["\ufffd\ufffd", "\ufffd\ufffd", 5]);
      assert.equal([...each.state.models][Number($model)], "dtmi:test:Pump;1");
      assert.equal(each.state.twins.get("p2")?.["$name"], "\ufffd Pump");
      const { twinId, visual, by, x, status } = each.state.placements.get(id) ?? {};
      assert.deepEqual([twinId, visual, by, x, status], ["p2", '{"shape":"tank \ufffd"}', "Bea \ufffd", 3, "saved"]);
    }
  });

  it("a limit for one type, and for size", async () => {
    const room = await serve(game({ inbound: { perSecondOf: { shout: 1 }, maxBytes: 100 } }));
    assert.equal((await refusalOf(ask(room, "shout", "x".repeat(200)))).code, "INVALID_PAYLOAD");
    await ask(room, "shout", "a");
    await ask(room, "shout", "b");
    assert.equal((await refusalOf(ask(room, "shout", "c"))).code, "RATE_LIMITED");
  });

  it("who goes on although refused is closed with a code of its own; the others stay", async () => {
    const room = await serve(game({ inbound: { perSecond: 1, patience: 10 } }));
    const other = await server.join();
    const closed = new Promise((resolve) => {
      room.onLeave.once((code, reason) => resolve([code, reason]));
    });
    room.reconnection.enabled = false;
    for (let n = 0; n < 100; n++) {
      room.send("shout", "spam");
    }
    const reason = "too many messages: At most 1 messages of this type a second; try again shortly.";
    assert.deepEqual(await closed, [4029, reason]);
    twins.says("p1", { temperature: 77 });
    await eventually(() => assert.equal(other.state.twins.get("p1")?.["temperature"], 77));
  });

  it("the first change after silence comes at once, however long the patch interval", async () => {
    class Slow extends (game() as unknown as new () => Room) {
      override patchRate = 2000;
    }
    server = await newRoomServer({ game: Slow as unknown as typeof Room });
    const room = await live(await server.join());
    await delay(2100);
    const begun = performance.now();
    twins.says("p1", { temperature: 12.5 });
    await eventually(() => assert.equal(room.state.twins.get("p1")?.["temperature"], 12.5));
    const first = performance.now() - begun;
    twins.says("p1", { temperature: 13 });
    await eventually(() => assert.equal(room.state.twins.get("p1")?.["temperature"], 13));
    const both = performance.now() - begun;
    assert.ok(both > 1700, "the next one waits for the interval");
    assert.ok(first < both - first, `${first} and ${both - first} ms`);
  });

  it("plugins work in the first room of a class that declares onUncaughtException, and in the next", async () => {
    const caught: string[] = [];
    class Careful extends (game() as unknown as new () => Room) {
      override onCreate(): void {
        this.autoDispose = true;
      }
      override onJoin(_client: Client, options?: { fail?: boolean }): void {
        if (options?.fail === true) {
          throw new Error("not you");
        }
      }
      override onUncaughtException(error: Error, method: string): void {
        caught.push(`${method}: ${error.message}`);
      }
    }
    server = await newRoomServer({ game: Careful as unknown as typeof Room });
    for (const space of ["hall", "annex"]) {
      const room = await live(await server.join({ space }));
      assert.equal(room.state.players.size, 1);
    }
    await assert.rejects(server.join({ space: "hall", fail: true }));
    assert.deepEqual(caught, ["onJoin: not you"]);
  });

  let joins = 0;
  const handler = () => void joins++;
  const Base = () => game() as unknown as new () => Room;
  for (const [how, room] of [
    [
      "an arrow function",
      () =>
        class extends Base() {
          override onJoin = () => void joins++;
        },
    ],
    [
      "a function of another name",
      () =>
        class extends Base() {
          override onJoin = handler;
        },
    ],
    [
      "a function without a name",
      () =>
        class extends Base() {
          override onJoin = (
            () => () =>
              void joins++
          )();
        },
    ],
    [
      "a bound method",
      () =>
        class extends Base() {
          override onJoin = this.joined.bind(this);
          joined(): void {
            joins++;
          }
        },
    ],
    [
      "a function, where Colyseus wraps hooks too",
      () =>
        class extends Base() {
          override onJoin = (
            () => () =>
              void joins++
          )();
          override onUncaughtException(): void {}
        },
    ],
  ] as const) {
    it(`a hook that is ${how} does not hide those of the plugins`, async () => {
      server = await newRoomServer({ game: room() as unknown as typeof Room });
      joins = 0;
      assert.equal((await live(await server.join())).state.players.size, 1);
      assert.equal(joins, 1);
    });
  }

  it("nor does an onCreate that is a function of another name", async () => {
    let created = 0;
    const create = () => void created++;
    class Hiding extends Base() {
      override onCreate = create;
    }
    server = await newRoomServer({ game: Hiding as unknown as typeof Room });
    await live(await server.join());
    assert.equal(created, 1);
  });

  it("a hook that no plugin has may be one, too: the room's own onAuth is asked", async () => {
    class Guarded extends Base() {
      override onAuth = (_client: Client, options?: { key?: string }) => handleAuth(options);
    }
    const handleAuth = (options?: { key?: string }) => options?.key === "good" && { role: "admin" };
    class Borrowed extends Base() {
      override onAuth = this.check.bind(this);
      override onUncaughtException(): void {}
      check(_client: Client, options?: { key?: string }) {
        return handleAuth(options);
      }
    }
    server = await newRoomServer({ guarded: Guarded as never, borrowed: Borrowed as never });
    for (const name of ["guarded", "borrowed"]) {
      await assert.rejects(server.join({ key: "bad" }, name), /onAuth failed/);
      await live(await server.join({ key: "good" }, name));
    }
  });
});
