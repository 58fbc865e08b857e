import assert from "node:assert/strict";
import { Backpressure } from "../../../plugins/sync/Backpressure.ts";
import type { OpenClient } from "../../../plugins/sync/internals.ts";
import { inParts } from "../../../plugins/sync/PreparedFrames.ts";
import { readFrames } from "../../support/readFrames.ts";

const STATE = Buffer.from([14, 1, 2, 3]);
const PENDING = Buffer.from([4, 5]);

/** `state`: of `ws`'s sender, 0 when nothing is on its way through it. */
function newClient(state: number) {
  const [raw, socket]: [Uint8Array[], Uint8Array[]] = [[], []];
  const client = {
    raw: (data: Uint8Array) => void raw.push(data),
    ref: {
      readyState: 1,
      bufferedAmount: 0,
      _sender: { _state: state, sendFrame: (buffers: Uint8Array[]) => void socket.push(...buffers) },
    },
  } as unknown as OpenClient;
  new Backpressure(() => STATE).attach(client);
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
