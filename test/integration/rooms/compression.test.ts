// What several clients get is compressed once for all of them, where they agreed on it; whatever they agreed on, they get
// the same. On the wire, with plain sockets.
import assert from "node:assert/strict";
import { definePlugins, Room } from "@colyseus/core";
import { schema, t } from "@colyseus/schema";
import WebSocket, { type PerMessageDeflateOptions } from "ws";
import { COMPRESS_ONCE, digitalTwins } from "../../../plugins/index.ts";
import { World } from "../../../src/index.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";
import { newRoomServer, type RoomServer } from "../../support/newRoomServer.ts";

const [JOIN_ROOM, ROOM_STATE, ROOM_STATE_PATCH] = [10, 14, 15];
const NEWS = Array.from({ length: 200 }, (_, i) => `pump ${i} is at ${(i * 37) % 101} degrees`).join(", ");

const State = schema({ news: t.string().default(""), world: t.ref(World).optional() }, "CompressedState");

interface Heard {
  socket: WebSocket;
  /** Of patches, as its decoder gets them. */
  patches: string[];
  /** Its full state, in the same way; empty: it is not in yet. */
  state: string;
  /** On the wire. */
  bytes(): number;
}

describe("compression", () => {
  let twins: MemoryTwins;
  let server: RoomServer;
  let rooms: InstanceType<typeof Room>[];
  const sockets: WebSocket[] = [];
  beforeEach(async () => {
    rooms = [];
    twins = await newMemoryTwins();
    await twins.ready;
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) {
      socket.terminate();
    }
    await server.close();
    await twins.close();
  });

  async function serve(perMessageDeflate: boolean | object): Promise<void> {
    const { services } = twins;
    class Game extends Room {
      override state = new State();
      override plugins = definePlugins(digitalTwins({ services, field: "world", space: "hall" }));
      override onCreate(): void {
        rooms.push(this);
      }
    }
    server = await newRoomServer({ game: Game as unknown as typeof Room }, perMessageDeflate);
  }

  /** By the SDK, until the twins are there. */
  async function enter(): Promise<void> {
    const { state } = (await server.join()) as unknown as { state: { world: { status: string } } };
    await eventually(() => assert.equal(state.world.status, "live"));
  }

  async function join(perMessageDeflate: boolean | PerMessageDeflateOptions): Promise<Heard> {
    const answer = await fetch(`http://127.0.0.1:${server.port}/matchmake/joinOrCreate/game`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    const { processId, roomId, sessionId } = (await answer.json()) as Record<string, string>;
    const url = `ws://127.0.0.1:${server.port}/${processId}/${roomId}?sessionId=${sessionId}`;
    const socket = new WebSocket(url, { perMessageDeflate });
    sockets.push(socket);
    const bytes = () => (socket as unknown as { _socket: { bytesRead: number } })._socket.bytesRead;
    const heard: Heard = { socket, patches: [], state: "", bytes };
    socket.on("message", (data: Buffer) => {
      const code = (data[0] ?? 0) & 31;
      if (code === JOIN_ROOM) {
        socket.send(Buffer.from([JOIN_ROOM]));
      } else if (code === ROOM_STATE) {
        heard.state = data.toString("latin1");
      } else if (code === ROOM_STATE_PATCH) {
        heard.patches.push(data.toString("latin1"));
      }
    });
    await eventually(() => assert.notEqual(heard.state, ""));
    return heard;
  }

  /** Bytes that each client reads of one patch with the news in it; all of them read the same. */
  async function tell(news: string, clients: readonly Heard[]): Promise<number[]> {
    const before = clients.map((client) => client.bytes());
    (rooms[0]?.state as InstanceType<typeof State>).news = news;
    await eventually(() => {
      for (const { patches } of clients) {
        assert.ok(patches.some((patch) => patch.includes(news)));
      }
    });
    assert.deepEqual(
      clients.map(({ patches }) => patches.filter((patch) => patch.includes(news))),
      clients.map(() => clients[0]?.patches.filter((patch) => patch.includes(news))),
    );
    return clients.map((client, i) => client.bytes() - (before[i] ?? 0));
  }

  it("packs what goes to several once, for those who agreed; the others get the same as it is", async () => {
    await serve(COMPRESS_ONCE);
    await enter(); // the first one; nobody else has what it gets yet
    const packed = await join(true);
    const plain = await join(false);
    const alsoPacked = await join({ clientMaxWindowBits: 9 });
    const narrow = await join({ serverMaxWindowBits: 9 });
    const [a = 0, b = 0, c = 0, d = 0] = await tell(NEWS, [packed, plain, alsoPacked, narrow]);
    assert.ok(b > NEWS.length, `${b} bytes`);
    assert.ok(a < NEWS.length / 2 && c < NEWS.length / 2, `${a} and ${c} bytes`);
    assert.ok(d > NEWS.length, `${d} bytes: a window that small was not packed for`);
    const again = await tell(`${NEWS}, again`, [packed, plain, alsoPacked, narrow]);
    assert.ok((again[0] ?? 0) < NEWS.length / 2);
  });

  it("packs full states, with what is new in a room just when somebody comes", async () => {
    await serve(COMPRESS_ONCE);
    await enter();
    const there = [await join(true), await join(false)];
    for (const news of [NEWS, `${NEWS}, and more`]) {
      await tell(news, there); // the second time a patch is behind what was encoded
      const coming = [await join(true), await join(false), await join(true)];
      assert.ok(coming.every(({ state }) => state.includes(news)));
      const [a = 0, b = 0, c = 0] = coming.map((client) => client.bytes());
      const saved = news.length / 2; // of what else they got meanwhile, each got a little of its own
      assert.ok(a + saved < b && c + saved < b, `${a}, ${b}, ${c} bytes`);
      await tell(`that is all of ${news.length}`, [...there, ...coming]);
    }
  });

  it("packs a long full state while clients get it as it is, and then gives them the packed one", async () => {
    await serve(COMPRESS_ONCE);
    await enter();
    const long = Array.from({ length: 20_000 }, (_, i) => `pump ${i}`).join(", ");
    (rooms[0]?.state as InstanceType<typeof State>).news = long;
    const first = await join(true);
    assert.ok(first.bytes() > long.length);
    await eventually(async () => {
      const next = await join(true);
      assert.ok(next.state.includes(long));
      assert.ok(next.bytes() < long.length / 2, `${next.bytes()} bytes`);
    });
  });

  it("leaves short patches as they are", async () => {
    await serve(COMPRESS_ONCE);
    await enter();
    const client = await join(true);
    const short = "a".repeat(200);
    assert.ok((await tell(short, [client])).every((bytes) => bytes > short.length));
  });

  it("leaves it to ws where ws compresses for each client", async () => {
    await serve(true);
    await enter();
    const clients = [await join(true), await join(false), await join(true)];
    for (const news of [NEWS, `${NEWS}, again`, `${NEWS}, and again`]) {
      const [a = 0, b = 0, c = 0] = await tell(news, clients);
      assert.ok(a < news.length / 2 && b > news.length && c < news.length / 2, `${a}, ${b}, ${c} bytes`);
    }
  });

  it("takes what clients send compressed, up to the transport's size", async () => {
    await serve(COMPRESS_ONCE);
    await enter();
    const client = await join({ threshold: 0 }); // the message with which it comes in is compressed
    await tell("it came in", [client]);
    const closed = new Promise((resolve) => client.socket.once("close", resolve));
    client.socket.send(Buffer.alloc(1024 * 1024)); // a kilobyte on the wire
    assert.equal(await closed, 1009);
  });
});
