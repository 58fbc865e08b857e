import assert from "node:assert/strict";
import { promisify } from "node:util";
import { constants, deflateRaw, inflateRawSync } from "node:zlib";
import { GrowingState } from "../../../plugins/sync/GrowingState.ts";
import { stored } from "../../../plugins/sync/packing.ts";
import { eventually } from "../../support/eventually.ts";

const FLUSH_END = Buffer.of(0, 0, 0xff, 0xff);

/** Bytes as of a state: they repeat, but not only. */
function bytes(length: number, seed: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i % 7 < 5 ? i % 11 : (i * seed * 7919) >> 3) & 255));
}
const unpacked = (packed: Uint8Array) => inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });

describe("a full state that grows by patches", () => {
  it("is the same packed and plain after any patch, and what was given away stays as it was", () => {
    const whole = new GrowingState(bytes(20_000, 1));
    const given: { plain: Uint8Array; packed: Uint8Array; expected: Buffer }[] = [];
    let expected = bytes(20_000, 1);
    for (let n = 2; n < 30; n++) {
      const packed = whole.packed() as Uint8Array;
      given.push({ plain: whole.bytes, packed, expected });
      const patch = bytes(n * 11, n);
      assert.equal(whole.append(Buffer.of(255, 0), patch), true);
      expected = Buffer.concat([expected, Buffer.of(255, 0), patch]);
    }
    for (const { plain, packed, expected: then } of given) {
      assert.ok(then.equals(plain));
      assert.ok(then.equals(unpacked(packed)));
      assert.ok(packed.length < plain.length);
    }
  });

  it("takes no more when patches are half as long as it is", () => {
    const whole = new GrowingState(bytes(1000, 1));
    assert.equal(whole.append(bytes(400, 2)), true);
    assert.equal(whole.hasGrown, true);
    assert.equal(whole.append(bytes(200, 3)), false);
    assert.equal(whole.bytes.length, 1400);
  });

  it("is packed on another thread when it is long and a second one wants it, with what came meanwhile", async () => {
    const whole = new GrowingState(bytes(400_000, 1));
    assert.equal(whole.packed(), undefined);
    for (let n = 0; n < 5; n++) {
      await promisify(deflateRaw)(Buffer.alloc(1_000_000, "as long as it would take")); // on the same threads
    }
    assert.ok(whole.packed() === undefined, "it was packed for one client only");
    whole.append(bytes(100, 2));
    assert.equal(whole.packed(), undefined);
    await eventually(() => assert.ok(whole.packed()));
    assert.ok(Buffer.from(whole.bytes).equals(unpacked(whole.packed() as Uint8Array)));
  });

  it("is not packed when it is short", () => {
    assert.equal(new GrowingState(bytes(300, 1)).packed(), undefined);
  });

  it("can be followed by a piece that is not packed, of any length", () => {
    for (const length of [0, 1, 65_535, 65_536, 200_000]) {
      const [whole, last] = [new GrowingState(bytes(2000, 1)), bytes(length, 2)];
      const message = Buffer.concat([whole.packed() as Uint8Array, stored(last), FLUSH_END]);
      assert.ok(Buffer.concat([whole.bytes, last]).equals(unpacked(message)), `${length} bytes`);
    }
  });
});
