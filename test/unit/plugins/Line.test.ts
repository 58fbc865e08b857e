import assert from "node:assert/strict";
import { once } from "node:events";
import { readSync } from "node:fs";
import net from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import type { OpenClient, OpenStream } from "../../../plugins/sync/internals.ts";
import { Line } from "../../../plugins/sync/Line.ts";
import { PreparedFrames } from "../../../plugins/sync/PreparedFrames.ts";
import { COMPRESS_ONCE } from "../../../plugins/sync/packing.ts";
import { eventually } from "../../support/eventually.ts";

/** `usual`: takes what goes the usual way. */
function lineTo(stream: unknown, usual: (data: Uint8Array) => void = () => {}): Line {
  const sender = { _state: 0, _socket: stream, sendFrame: (pieces: Uint8Array[]) => pieces.forEach(usual) };
  const line = Line.of({ ref: { readyState: 1, bufferedAmount: 0, _sender: sender } } as unknown as OpenClient);
  assert.ok(line);
  return line;
}

describe("Line", () => {
  let server: net.Server;
  let near: net.Socket;
  let far: net.Socket;
  beforeEach(async () => {
    server = net.createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    far = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
    [near] = (await once(server, "connection")) as [net.Socket];
  });
  afterEach(() => {
    near.destroy();
    far.destroy();
    server.close();
  });

  it("writes what the system takes, and leaves the order to what waits", async () => {
    const late: Uint8Array[] = [];
    const line = lineTo(near, (data) => {
      late.push(data);
      near.write(data);
    });
    const sent: Buffer[] = [];
    const put = (data: Buffer) => {
      sent.push(data);
      line.put([data]);
    };
    far.pause();
    put(Buffer.alloc(1000, 7));
    assert.equal(late.length, 0);
    for (let n = 0; n < 64 && line.isClear; n++) {
      put(Buffer.alloc(1 << 20, n));
    }
    assert.ok(!line.isClear, "the system took 64 MB");
    assert.ok((late[0]?.length ?? 0) < 1 << 20, "a part of the last one was taken");
    const room = Buffer.alloc(8 << 20);
    let got = room.subarray(0, readSync((far as unknown as OpenStream)._handle?.fd ?? -1, room));
    put(Buffer.from("the system has room again"));
    assert.equal(late.length, 2);
    far.on("data", (data: Buffer) => {
      got = Buffer.concat([got, data]);
    });
    far.resume();
    await once(near, "drain");
    put(Buffer.from("end"));
    assert.equal(late.length, 2);
    const all = Buffer.concat(sent);
    await eventually(() => assert.equal(got.length, all.length));
    assert.ok(got.equals(all));
  });

  it("leaves it to the usual way what cannot be written, and is not clear when it is closed here", async () => {
    const late: Uint8Array[] = [];
    const line = lineTo(near, (data) => late.push(data));
    far.resetAndDestroy();
    near.on("error", () => {});
    await eventually(() => {
      line.put([Buffer.from("gone")]);
      assert.ok(late.length > 0);
    });
    near.destroy();
    assert.equal(line.isClear, false);
  });

  it("is never clear where bytes are encrypted, the stream has no number, or is none of Node's", () => {
    assert.equal(lineTo(undefined).isClear, false);
    assert.equal(lineTo({ writableLength: 0 }).isClear, false);
    assert.equal(lineTo({ writableLength: 0, _handle: null }).isClear, false);
    assert.equal(lineTo({ writableLength: 0, _handle: { fd: -1 } }).isClear, false);
    assert.equal(lineTo({ writableLength: 0, encrypted: true, _handle: { fd: 7 } }).isClear, false);
    assert.equal(lineTo({ writableLength: 0, _handle: { fd: 7 } }).isClear, true);
  });
});

describe("frames that are written directly", () => {
  for (const perMessageDeflate of [false, COMPRESS_ONCE]) {
    it(`keep their order among what ws sends, read at once or late${perMessageDeflate ? ", compressed" : ""}`, async () => {
      const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate });
      await once(server, "listening");
      const connected = once(server, "connection");
      const far = new WebSocket(`ws://127.0.0.1:${(server.address() as net.AddressInfo).port}`);
      const [ref] = (await connected) as [WebSocket];
      await once(far, "open");
      const line = Line.of({ ref } as unknown as OpenClient);
      assert.ok(line);
      const [first, second] = [new PreparedFrames(), new PreparedFrames()].map(
        (frames) => (data: Uint8Array) => frames.send(line, data),
      );
      const got: Buffer[] = [];
      const sent: Buffer[] = [];
      let pings = 0;
      far.on("message", (data: Buffer) => got.push(data));
      far.on("ping", () => pings++);
      const send = (n: number) => {
        const data = Buffer.alloc(n % 9 === 0 ? 600_000 : 20 + n * 13, n); // also more than a socket takes
        sent.push(data);
        const direct = n % 2 === 0 ? first : second;
        direct?.(data); // as another client's would: the second time it is packed
        sent.push(data);
        if (n % 3 === 0 || !direct?.(data)) {
          ref.send(data);
        }
        ref.ping();
      };
      for (let n = 0; n < 60; n++) {
        if (n === 20) {
          far.pause();
        }
        send(n);
        if (n === 40) {
          assert.ok(ref.bufferedAmount > 0, "the system took all");
          far.resume();
          await eventually(() => assert.equal(ref.bufferedAmount, 0));
        }
      }
      await eventually(() => assert.equal(got.length, sent.length));
      assert.ok(got.every((data, i) => data.equals(sent[i] as Buffer)));
      assert.equal(pings, 60);
      far.terminate();
      await once(ref, "close");
      assert.equal(first?.(Buffer.from("gone")), false);
      server.close();
    });
  }
});
