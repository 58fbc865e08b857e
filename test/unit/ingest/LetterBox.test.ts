import assert from "node:assert/strict";
import { mock } from "node:test";
import { LetterBox } from "../../../src/ingest/LetterBox.ts";
import type { UndecodableEvent } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { silentLog } from "../../support/silentLog.ts";

const letter = (sequence: number, size = 10): UndecodableEvent => ({
  source: "ns/hub",
  position: { partition: "0", sequence, generation: "1" },
  receivedAt: 0,
  raw: Buffer.alloc(size, sequence),
  reason: "refused",
});

describe("LetterBox", () => {
  const newBox = (more: { maxBytes?: number } = {}) => {
    const kept: number[] = [];
    const state = { isLocked: true, tries: 0 };
    const store = {
      addAll(letters: readonly UndecodableEvent[]) {
        state.tries++;
        if (state.isLocked) {
          throw new Error("database is locked");
        }
        for (const { position, raw } of letters) {
          assert.ok(raw.every((byte) => byte === position.sequence));
          kept.push(position.sequence);
        }
      },
    };
    const box = new LetterBox({ store, log: silentLog, retryMs: 10, ...more });
    return { box, kept, state };
  };

  it("keeps what comes in one turn by one commit", async () => {
    const { box, kept, state } = newBox();
    state.isLocked = false;
    await Promise.all([1, 2, 3].map((n) => box.add(letter(n))));
    await box.add(letter(4));
    assert.deepEqual([kept, state.tries], [[1, 2, 3, 4], 2]);
  });

  it("holds what it does not take, tries again, and keeps all in order", async () => {
    const { box, kept, state } = newBox();
    const first = letter(1);
    const added = [box.add(first), box.add(letter(2)), box.add(letter(3))];
    first.raw.fill(0); // the link's buffer is used again
    await eventually(() => assert.ok(state.tries >= 3));
    state.isLocked = false;
    await Promise.all(added);
    assert.deepEqual(kept, [1, 2, 3]);
    await box.add(letter(4));
    assert.deepEqual(kept, [1, 2, 3, 4]);
  });

  it("is bounded: what would be too much is not kept, and says so", async () => {
    const { box, kept, state } = newBox({ maxBytes: 10_000 });
    const added = [1, 2, 3].map((n) => box.add(letter(n, 3500)));
    await assert.rejects(added[2] ?? Promise.resolve(), /Too many dead letters wait/);
    state.isLocked = false;
    await Promise.all(added.slice(0, 2));
    await box.add(letter(4, 3500));
    assert.deepEqual(kept, [1, 2, 4]);
  });

  it("tries once more when it closes, and gives up what waits", () => {
    mock.timers.enable({ apis: ["setTimeout", "setImmediate"] });
    try {
      const { box, state } = newBox();
      void box.add(letter(1));
      mock.timers.tick(0);
      assert.equal(state.tries, 1);
      void box.add(letter(2));
      mock.timers.tick(9);
      assert.equal(state.tries, 1, "a lock is met once, not by each letter");
      mock.timers.tick(1);
      assert.equal(state.tries, 2);
      box.close();
      assert.equal(state.tries, 3);
      mock.timers.tick(100);
      assert.equal(state.tries, 3);
    } finally {
      mock.timers.reset();
    }
  });
});
