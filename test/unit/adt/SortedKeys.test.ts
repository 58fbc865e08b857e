// Keys that come out in their order, each once, however many came in and in whatever order.
import assert from "node:assert/strict";
import { Random } from "../../../emulator/adt/faults/Random.ts";
import { SortedKeys } from "../../../emulator/adt/storage/SortedKeys.ts";

describe("SortedKeys", () => {
  it("merges its runs without repeating a key", () => {
    const random = new Random(3, "keys");
    const keys = new SortedKeys();
    const expected = new Set<string>();
    for (let n = 0; n < 30_000; n++) {
      const key = `twin-${Math.floor(random.next() * 9_000)}ü`;
      keys.add(key);
      expected.add(key);
    }
    assert.deepEqual([...keys.drain()], [...expected].sort());
  });

  it("has nothing when nothing was added", () => {
    assert.deepEqual([...new SortedKeys().drain()], []);
  });
});
