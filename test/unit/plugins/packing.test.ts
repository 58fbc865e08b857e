// Pieces of compressed messages: all of them come from one compressor.
import assert from "node:assert/strict";
import { constants, inflateRawSync } from "node:zlib";
import { MOST_PACKED, pack } from "../../../plugins/sync/packing.ts";
import { Random } from "../../support/Random.ts";

const FLUSH = Buffer.of(0, 0, 0xff, 0xff);
const unpack = (...pieces: Buffer[]) =>
  inflateRawSync(Buffer.concat(pieces), { finishFlush: constants.Z_SYNC_FLUSH, windowBits: 13 });

/** Like a patch, or like nothing that can be compressed. */
function bytes(random: Random, length: number, alike: boolean): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (alike && i % 4 !== 0 ? i % 7 : random.below(256))));
}

describe("packing", () => {
  const random = new Random(7);

  for (const length of [0, 1, 511, 512, 13_000, MOST_PACKED - 1, MOST_PACKED, MOST_PACKED + 1]) {
    it(`${length} bytes come out as they were, alike or not`, () => {
      for (const alike of [true, false]) {
        const data = bytes(random, length, alike);
        const piece = pack(data);
        assert.deepEqual(piece.subarray(-FLUSH.length), FLUSH);
        assert.deepEqual(unpack(piece), data);
      }
    });
  }

  it("pieces know nothing of each other, stay as they are, and are one message in any row", () => {
    const data = Array.from({ length: 50 }, (_, n) => bytes(random, random.below(5_000), n % 3 > 0));
    const pieces = data.map(pack);
    for (const [n, piece] of pieces.entries()) {
      assert.deepEqual(unpack(piece), data[n]);
      assert.deepEqual(pack(data[n] as Buffer), piece, "the same, whatever came before");
    }
    const order = data.map(() => random.below(data.length));
    assert.deepEqual(
      unpack(...order.map((n) => pieces[n] as Buffer)),
      Buffer.concat(order.map((n) => data[n] as Buffer)),
    );
  });
});
