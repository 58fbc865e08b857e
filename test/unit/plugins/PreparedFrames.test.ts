import assert from "node:assert/strict";
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
function newClient(state: number, { extensions = {}, room = new Backpressure(() => STATE) } = {}) {
  const [raw, socket]: [Uint8Array[], Uint8Array[]] = [[], []];
  const client = {
    raw: (data: Uint8Array) => void raw.push(data),
    ref: {
      readyState: 1,
      bufferedAmount: 0,
      _extensions: extensions,
      _sender: { _state: state, sendFrame: (buffers: Uint8Array[]) => void socket.push(...buffers) },
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
