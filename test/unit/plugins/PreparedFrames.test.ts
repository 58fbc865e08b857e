import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClientState } from "@colyseus/core";
import { Backpressure } from "../../../plugins/sync/Backpressure.ts";
import type { OpenClient } from "../../../plugins/sync/internals.ts";
import { forSome, inParts } from "../../../plugins/sync/PreparedFrames.ts";
import { readFrames } from "../../support/readFrames.ts";

const STATE = Buffer.from([14, 1, 2, 3]);
const PENDING = Buffer.from([4, 5]);

const COMPRESSED = {
  "permessage-deflate": { params: { server_no_context_takeover: true, client_no_context_takeover: true } },
};

/** `state`: of `ws`'s sender, 0 when nothing is on its way through it. */
function newClient(state: number, { extensions = {}, room = new Backpressure(() => STATE), stream = {} } = {}) {
  const [raw, socket]: [Uint8Array[], Uint8Array[]] = [[], []];
  const client = {
    raw: (data: Uint8Array) => void raw.push(data),
    ref: {
      readyState: 1,
      bufferedAmount: 0,
      _extensions: extensions,
      _sender: { _state: state, _socket: stream, sendFrame: (buffers: Uint8Array[]) => void socket.push(...buffers) },
    },
  } as unknown as OpenClient;
  room.attach(client);
  return { client, raw, socket };
}

describe("a message in parts", () => {
  it("goes on the socket as one frame", () => {
    const { client, raw, socket } = newClient(0);
    client.raw(inParts({ plain: [STATE, PENDING], packed: undefined }));
    assert.deepEqual(readFrames(socket), [Buffer.concat([STATE, PENDING])]);
    assert.deepEqual(raw, []);
  });

  it("goes whole through ws while something else is on its way there", () => {
    const { client, raw, socket } = newClient(1);
    client.raw(inParts({ plain: [STATE, PENDING], packed: undefined }));
    assert.deepEqual(raw, [Buffer.concat([STATE, PENDING])]);
    assert.deepEqual(socket, []);
  });

  it("is not copied where it is long", () => {
    const { client, socket } = newClient(0);
    const long = Buffer.alloc(200_000, 7);
    client.raw(long);
    assert.equal(socket.at(-1), long);
    assert.deepEqual(readFrames(socket), [long]);
  });
});

describe("a message that some clients of a room get", () => {
  const room = new Backpressure(() => STATE);
  const crowd = () => Array.from({ length: 4 }, () => newClient(0, { extensions: COMPRESSED, room }));
  const send = (clients: readonly ReturnType<typeof newClient>[], messages: readonly Buffer[]) => {
    for (const [i, { client }] of clients.entries()) {
      client.raw(messages[i % messages.length] as Buffer);
    }
    return clients.map(({ socket }) => socket[0]);
  };
  const [one, other] = [Buffer.alloc(1000, 15), Buffer.alloc(1000, 47)] as const; // both patches

  it("is framed once and packed once, though others get something else in between", () => {
    forSome(one);
    forSome(other);
    const clients = crowd();
    const frames = send([...clients, ...crowd()], [one, other]);
    assert.equal(new Set(frames).size, 4); // each as it is to who is first, and packed for all others
    assert.ok((frames[2]?.length ?? 0) < 100);
    assert.deepEqual(readFrames(clients[2]?.socket ?? []), [one]);
  });

  it("is not packed for few", () => {
    const [mine, theirs] = [Buffer.from(one), Buffer.from(other)];
    forSome(mine, 7);
    forSome(theirs, 8);
    const lengths = send(crowd(), [mine, theirs]).map((frame) => frame?.length ?? 0);
    assert.ok(lengths[2] === lengths[0] && (lengths[3] ?? 0) < 100, lengths.join(", "));
  });
});

describe("a patch that everybody gets", () => {
  const patch = Buffer.alloc(1000, 15);
  const folder = mkdtempSync(join(tmpdir(), "frames-"));
  const open: number[] = [];
  after(() => {
    for (const fd of open) {
      closeSync(fd);
    }
    rmSync(folder, { recursive: true });
  });
  const newRoom = () => new Backpressure(() => STATE, { maxBufferedBytes: 100 });
  /** With a file in the place of a connection. */
  function joined(room: Backpressure, extensions: object = COMPRESSED) {
    const file = join(folder, `${open.length}`);
    const fd = openSync(file, "w");
    open.push(fd);
    const made = newClient(0, { extensions, room, stream: { writableLength: 0, _handle: { fd } } });
    made.client.state = ClientState.JOINED;
    return { ...made, bytes: () => readFileSync(file), read: () => readFrames([readFileSync(file)]).map(Buffer.from) };
  }

  it("goes to all that have joined but one, packed once; answers whether somebody was to get it", () => {
    const room = newRoom();
    const [one, two, three, four] = [joined(room), joined(room), joined(room), joined(room)];
    const read = () => [one, two, three, four].map((client) => client.read());
    three.client.state = ClientState.JOINING;
    const all = [one.client, two.client, three.client, four.client];
    assert.equal(room.sendAll(all, patch, two.client), true);
    assert.deepEqual(read(), [[patch], [], [], [patch]]);
    assert.ok(one.bytes().length < 100 && four.bytes().length < 100);
    three.client.state = ClientState.JOINED;
    assert.equal(room.sendAll([three.client, one.client], patch, undefined), true);
    assert.deepEqual(read(), [[patch, patch], [], [patch], [patch]]);
    assert.equal(room.sendAll([two.client], patch, two.client), false);
    assert.deepEqual(one.socket, []);
  });

  it("is not packed for one, nor for those who cannot unpack it", () => {
    const room = newRoom();
    const [one, two] = [joined(room), joined(room, {})];
    room.sendAll([one.client, two.client], patch, undefined);
    assert.deepEqual([one.read(), two.read()], [[patch], [patch]]);
    assert.ok(one.bytes().length > 1000 && two.bytes().length > 1000);
  });

  it("goes the usual way where nothing is written directly, and through what else is in the place of raw", () => {
    const room = newRoom();
    const [one, two] = [joined(room), joined(room)];
    const three = newClient(0, { room });
    three.client.state = ClientState.JOINED;
    const seen: unknown[] = [];
    const { raw } = two.client;
    two.client.raw = (data) => void seen.push(data);
    const all = [one.client, two.client, three.client];
    room.sendAll(all, patch, undefined);
    assert.deepEqual([one.read(), two.read(), seen], [[patch], [], [patch]]);
    assert.deepEqual(readFrames(three.socket), [patch]);
    two.client.raw = raw;
    room.sendAll(all, patch, undefined);
    assert.deepEqual([two.read(), seen.length], [[patch], 1]);
  });

  it("is nothing that is left over when one client's socket throws", () => {
    const room = newRoom();
    const [one, two] = [joined(room), joined(room)];
    const { raw } = two.client;
    two.client.raw = () => {
      throw new Error("socket");
    };
    assert.throws(() => room.sendAll([one.client, two.client], patch, undefined), /socket/);
    two.client.raw = raw;
    room.resend(one.client);
    room.sendAll([one.client, two.client], patch, undefined);
    assert.deepEqual([one.read(), two.read()], [[], [patch]]);
  });

  it("does not go to who reads slowly, until it has had a full state", () => {
    const room = newRoom();
    const [one, two] = [joined(room), joined(room)];
    room.resend(two.client);
    room.sendAll([one.client, two.client], patch, undefined);
    assert.deepEqual([one.read(), two.read()], [[patch], []]);
    room.afterPatch(0, true);
    room.sendAll([one.client, two.client], patch, undefined);
    assert.deepEqual(
      [one.read(), two.read()],
      [
        [patch, patch],
        [STATE, patch],
      ],
    );
  });
});
