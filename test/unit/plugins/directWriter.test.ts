import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { directWriter, type OpenStream } from "../../../plugins/sync/directWriter.ts";
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
    assert.equal(write(block(99)), 0);
    let got = Buffer.alloc(0);
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
