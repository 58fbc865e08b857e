// What clients that mean no good send to a room: over real sockets, with the SDK and without it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mock } from "node:test";
import { type Client, definePlugins, Protocol, Room } from "@colyseus/core";
import { decode } from "@colyseus/schema";
import { digitalTwins } from "../../../plugins/index.ts";
import type { TwinSyncOptions } from "../../../plugins/TwinSyncPlugin.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer, type SeenRoom } from "../../support/newRoomServer.ts";
import { ask, refusalOf } from "./ask.ts";
import { live } from "./newHall.ts";

describe("what clients send to a room", () => {
  let twins: MemoryTwins;
  let server: RoomServer;
  let held: Promise<void> | undefined;
  beforeEach(async () => {
    held = undefined;
    twins = await newMemoryTwins();
    await twins.ready;
  });
  afterEach(async () => {
    await server.close();
    await twins.close();
  });

  const open = async (options: Partial<TwinSyncOptions> = {}) => {
    class Game extends Room {
      override plugins = definePlugins(digitalTwins({ services: twins.services, ...options }));
      override messages = { shout: (_client: Client, words: string) => words.length };
      override async onJoin(_client: Client, { waits }: { waits?: boolean } = {}): Promise<void> {
        await (waits === true ? held : undefined);
      }
    }
    server = await newRoomServer({ game: Game as unknown as typeof Room });
  };
  const join = async (): Promise<SeenRoom> => {
    const room = await live(await server.join());
    room.reconnection.enabled = false;
    return room;
  };
  const get = (room: SeenRoom) => ask(room, "twin.get", { twinId: "p1" });
  const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));

  describe("in a payload", () => {
    it("is refused, with a short answer, where JSON has no such thing, or for being far too much", async () => {
      await open({ inbound: { bytesPerSecond: Number.POSITIVE_INFINITY } });
      const room = await join();
      const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
      const payloads: [unknown, RegExp][] = [
        [new Uint8Array(200_000), /JSON's values alone/],
        [{ twinId: new Uint8Array(200_000) }, /JSON's values alone/],
        [{ twinId: "p1", history: new Date(0) }, /JSON's values alone/],
        [many(100_000, () => 0), /at most 20000 values/],
        [{ twinId: nested(65) }, /at most 64 deep/],
        [{ twinId: "p1", ...Object.fromEntries(many(15_000, (i) => [`k${i}`, 0])) }, /nothing of this name/],
      ];
      for (const [payload, expected] of payloads) {
        const reason = await refusalOf(ask(room, "twin.get", payload));
        assert.equal(reason.code, "INVALID_PAYLOAD");
        assert.match(reason.details?.[0]?.expected ?? "", expected);
        assert.ok(JSON.stringify(reason).length < 5000, JSON.stringify(reason).slice(0, 300));
      }
    });

    it("is told what is wrong: where, what was expected, what was found", async () => {
      await open();
      const room = await join();
      const patch = (...ops: object[]) => ["twin.patch", { twinId: "p1", patch: ops }] as const;
      const move = (x: unknown) => ["placement.move", { items: [{ placementId: "a", x }], settle: true }] as const;
      const op = { op: "replace", path: "/setpoint" };
      const number = "a value of type number";
      const cases: (readonly [readonly [string, unknown], string])[] = [
        [["twin.get", undefined], "The payload: expected a value of type object, found nothing."],
        [["twin.get", ["p1"]], "The payload: expected a value of type object, found an array of 1."],
        [["twin.get", { twinId: 5 }], "/twinId: expected a value of type string, found 5."],
        [["twin.get", { twinId: "p1", history: 0 }], "/history: expected more than 0, found 0."],
        [["twin.get", { twinId: "" }], '/twinId: expected at least 1 characters, found "".'],
        [["twin.get", { twinID: "p1" }], "/twinId: expected a value of type string, found nothing (and 1 more)."],
        [move(Number.NaN), `/items/0/x: expected ${number}, found NaN.`],
        [move(Number.POSITIVE_INFINITY), `/items/0/x: expected ${number}, found Infinity.`],
        [move(2e6), "/items/0/x: expected at most 1000000, found 2000000."],
        [patch(op), "/patch/0/value: expected a value, found nothing."],
        [patch({ ...op, op: "set" }), '/patch/0/op: expected one of add, replace, remove, found "set".'],
        [
          patch({ ...op, value: 1 }, { ...op, value: { "a/b": [0, new Date(0)] } }),
          "/patch/1/value/a~1b/1: expected JSON's values alone: objects, arrays, texts, numbers, booleans, null, found Date.",
        ],
        [["placement.add", { items: [{ twinId: "p1", X: 1 }] }], "/items/0/X: expected nothing of this name, found 1."],
      ];
      for (const [[type, payload], sentence] of cases) {
        const { code, message, details } = await refusalOf(ask(room, type, payload));
        assert.deepEqual([code, message], ["INVALID_PAYLOAD", sentence]);
        assert.ok(details?.[0] && sentence.startsWith(`${details[0].path || "The payload"}: expected`));
      }
    });

    it("has its first faults told, however many there are", async () => {
      await open();
      const room = await join();
      const items = many(1000, () => ({ placementId: 5, x: "" }));
      const { code, details } = await refusalOf(ask(room, "placement.move", { items, settle: true }));
      assert.equal(code, "INVALID_PAYLOAD");
      assert.equal(details?.length, 50);
      assert.deepEqual(details?.map(({ path }) => path).slice(0, 2), ["/items/0/x", "/items/0/placementId"]);
      const name = "x".repeat(10_000);
      const [detail] = (await refusalOf(ask(room, "twin.get", { [name]: name }))).details?.slice(-1) ?? [];
      assert.ok(detail && detail.path.length <= 301 && detail.found.length <= 301);
    });

    it("is charged by its values when it is refused; typos are not felt", async () => {
      await open({ inbound: { bytesPerSecond: 100_000 } });
      const room = await join();
      for (const answer of await Promise.allSettled(many(50, () => ask(room, "twin.get", { twinID: "p1" })))) {
        assert.equal(answer.status === "rejected" && answer.reason.reason.code, "INVALID_PAYLOAD");
      }
      await get(room);
      assert.equal(
        (
          await refusalOf(
            ask(
              room,
              "twin.get",
              many(3000, () => 0),
            ),
          )
        ).code,
        "INVALID_PAYLOAD",
      );
      const { code, message } = await refusalOf(get(room));
      assert.equal(code, "RATE_LIMITED");
      assert.match(message, /100000 bytes of messages a second/);
      await eventually(() => get(room));
    });

    it("is charged so also where its shape is right and the sender may not", async () => {
      await open({ inbound: { bytesPerSecond: 100_000 } });
      const room = await join();
      const value = Object.fromEntries(many(3000, (i) => [`k${i}`, 0]));
      const patch = [{ op: "replace", path: "/setpoint", value }];
      assert.equal((await refusalOf(ask(room, "twin.patch", { twinId: "p1", patch }))).code, "FORBIDDEN");
      assert.equal((await refusalOf(get(room))).code, "RATE_LIMITED");
    });
  });

  it("are so many bytes a second, of all types together; what is more is refused, and who waits is served", async () => {
    await open({ inbound: { bytesPerSecond: 50_000 } });
    const room = await join();
    const words = "x".repeat(40_000);
    const answers = await Promise.allSettled([...many(9, () => ask(room, "shout", words)), get(room)]);
    const codes = answers.map((a) => (a.status === "fulfilled" ? "" : a.reason.reason.code));
    assert.deepEqual(new Set(codes.slice(0, 3)), new Set([""]));
    assert.ok(codes.slice(3, 9).includes("RATE_LIMITED"));
    assert.equal(codes[9], "RATE_LIMITED");
    await eventually(() => get(room));
    assert.equal(await ask(room, "shout", "x".repeat(150_000)), 150_000 as never, "one may be larger than a second's");
  });

  it("of a type with a long name, is counted with others of such", async () => {
    await open({ inbound: { perSecond: 1 } });
    const room = await join();
    const name = "x".repeat(129);
    await Promise.allSettled(many(2, (i) => ask(room, `${name}${i}`, 0)));
    assert.equal((await refusalOf(ask(room, `${name}3`, 0))).code, "RATE_LIMITED");
  });

  it("of a type with a long name, is refused without its name being read", async () => {
    await open({ inbound: { maxBytes: 1000 } });
    const room = await join();
    const read = mock.method(decode, "string");
    try {
      room.connection.send(Buffer.of(Protocol.ROOM_DATA, 0xda, 0xd0, 0x07, ...Buffer.alloc(2000, "x"), 0));
      await get(room);
      assert.ok(read.mock.callCount() > 0);
      assert.ok(read.mock.calls.every(({ result = "" }) => result.length < 2000));
    } finally {
      read.mock.restore();
    }
  });

  for (const [what, frame] of [
    ["pings", [Protocol.PING]],
    ["inputs", [Protocol.ROOM_INPUT_UNRELIABLE, 0]],
    ["frames of no kind", [31]],
  ] as const) {
    it(`without end, ${what}: he is closed with the code for that, and the others stay`, async () => {
      await open({ inbound: { patience: 100 } });
      const [room, other] = [await join(), await join()];
      const closed = new Promise((resolve) => {
        room.onLeave.once((code) => resolve(code));
      });
      for (let i = 0; i < 400 + 2000; i++) {
        room.connection.send(Uint8Array.from(frame));
      }
      assert.equal(await closed, 4029);
      await get(other);
    });
  }

  it("at 60 pings and inputs a second is let in, also where few messages are", async () => {
    await open({ inbound: { perSecond: 1, patience: 0 } });
    const room = await join();
    for (let i = 0; i < 60; i++) {
      room.connection.send(Uint8Array.of(Protocol.PING));
      room.connection.send(Uint8Array.of(Protocol.ROOM_INPUT_UNRELIABLE, 0));
    }
    await get(room);
  });

  describe("before he acknowledges that he has joined", () => {
    /** Without the SDK, which acknowledges by itself. Its answers and the code that it was closed with. */
    const connect = async () => {
      const base = `127.0.0.1:${server.port}`;
      const made = await fetch(`http://${base}/matchmake/joinOrCreate/game`, { method: "POST", body: "{}" });
      const { roomId, processId, sessionId } = (await made.json()) as Record<string, string>;
      const socket = new WebSocket(`ws://${base}/${processId}/${roomId}?sessionId=${sessionId}`);
      socket.binaryType = "arraybuffer";
      const frames: number[] = [];
      socket.addEventListener("message", ({ data }) => frames.push(new Uint8Array(data as ArrayBuffer)[0] ?? 0));
      const closed = once(socket, "close").then(([event]) => (event as CloseEvent).code);
      await eventually(() => assert.deepEqual(frames, [Protocol.JOIN_ROOM]));
      return { socket, frames, closed };
    };
    /** `shout` of an empty text. */
    const REQUEST = Uint8Array.of(Protocol.ROOM_REQUEST, 1, 0xa5, ...Buffer.from("shout"), 0xa0);

    it("is answered when he does, up to 32 frames: no more waits for him", async () => {
      await open();
      const { socket, frames, closed } = await connect();
      for (let i = 0; i < 300; i++) {
        socket.send(i % 2 === 0 ? REQUEST : Uint8Array.of(Protocol.PING));
      }
      socket.send(Uint8Array.of(Protocol.JOIN_ROOM));
      socket.send(REQUEST);
      const count = (code: number) => frames.filter((frame) => frame === code).length;
      await eventually(() => assert.equal(count(Protocol.ROOM_RESPONSE), 16 + 1));
      assert.equal(count(Protocol.PING), 16);
      assert.equal(count(Protocol.ROOM_STATE), 1);
      socket.close();
      await closed;
    });

    it("is nothing at all: he is closed after a time, but not one for whom the game's onJoin takes longer", async () => {
      await open({ backpressure: { slowForMs: 200 } });
      const gate = Promise.withResolvers<void>();
      held = gate.promise;
      const first = await join();
      const waiting = server.join({ waits: true });
      await eventually(() => assert.equal(first.state.players.size, 2));
      const { closed } = await connect();
      assert.equal(await closed, 4010);
      gate.resolve();
      await live(await waiting);
      assert.equal(first.connection.isOpen, true);
    });
  });
});
