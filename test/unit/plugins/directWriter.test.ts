import assert from "node:assert/strict";
import { once } from "node:events";
import { readSync } from "node:fs";
import net from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { directWriter, type OpenStream } from "../../../plugins/sync/directWriter.ts";
import type { OpenClient } from "../../../plugins/sync/internals.ts";
import { PreparedFrames } from "../../../plugins/sync/PreparedFrames.ts";
import { COMPRESS_ONCE } from "../../../plugins/sync/packing.ts";
import { eventually } from "../../support/eventually.ts";

describe("directWriter", () => {
  let server: net.Server;
  let near: net.Socket;
  let far: net.Socket;
  const opened = (socket: net.Socket) => socket as unknown as OpenStream;
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
    const write = directWriter(opened(near));
    assert.ok(write);
    far.pause();
    const sent: Buffer[] = [];
    const block = (n: number) => Buffer.alloc(1 << 20, n);
    let written = 0;
    for (let n = 0; n < 64 && near.writableLength === 0; n++) {
      sent.push(block(n));
      written = write(block(n));
      if (written < 1 << 20) {
        near.write(block(n).subarray(written));
      }
    }
    assert.ok(near.writableLength > 0, "the system took 64 MB");
    const room = Buffer.alloc(8 << 20);
    let got = room.subarray(0, readSync(opened(far)._handle?.fd ?? -1, room)); // the system has room again
    assert.equal(write(block(99)), 0);
    far.on("data", (data: Buffer) => {
      got = Buffer.concat([got, data]);
    });
    far.resume();
    await once(near, "drain");
    sent.push(Buffer.from("end"));
    assert.equal(write(Buffer.from("end")), 3);
    const all = Buffer.concat(sent);
    await eventually(() => assert.equal(got.length, all.length));
    assert.ok(got.equals(all));
  });

  it("writes nothing on a connection that is closed, here or there", async () => {
    const write = directWriter(opened(near));
    far.resetAndDestroy();
    near.on("error", () => {});
    await eventually(() => assert.equal(write?.(Buffer.from("gone")), 0));
    near.destroy();
    assert.equal(write?.(Buffer.from("gone")), 0);
  });

  it("is not for sockets that encrypt, have no number, or are none of Node's", () => {
    assert.equal(directWriter(undefined), undefined);
    assert.equal(directWriter({ writableLength: 0 }), undefined);
    assert.equal(directWriter({ writableLength: 0, _handle: null }), undefined);
    assert.equal(directWriter({ writableLength: 0, _handle: { fd: -1 } }), undefined);
    assert.equal(directWriter({ writableLength: 0, encrypted: true, _handle: { fd: 7 } }), undefined);
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
      const client = { ref } as unknown as OpenClient;
      const [first, second] = [new PreparedFrames(), new PreparedFrames()].map((frames) => frames.sender(client));
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
