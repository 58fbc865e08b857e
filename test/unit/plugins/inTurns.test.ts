import assert from "node:assert/strict";
import { inTurns } from "../../../plugins/sync/inTurns.ts";

const ITEMS = Array.from({ length: 1000 }, (_, i) => i);

describe("long work in turns", () => {
  it("is done whole and in order, and the event loop goes round meanwhile", async () => {
    const done: number[] = [];
    let rounds = 0;
    let isOver = false;
    const count = () => {
      rounds++;
      isOver || setImmediate(count);
    };
    setImmediate(count);
    assert.equal(
      await inTurns(
        ITEMS,
        (item) => void done.push(item),
        () => false,
      ),
      true,
    );
    isOver = true;
    assert.deepEqual(done, ITEMS);
    assert.ok(rounds >= 3, `${rounds} rounds`);
  });

  it("takes turns with other such work: never two of them in one go of the loop", async () => {
    const turns: { round: number; who: string }[] = [];
    let round = 0;
    let isOver = false;
    const count = () => {
      round++;
      isOver || setImmediate(count);
    };
    setImmediate(count);
    const work = (who: string) =>
      inTurns(
        ITEMS,
        () => void turns.push({ round, who }),
        () => false,
      );
    await Promise.all([work("a"), work("b"), work("c")]);
    isOver = true;
    for (const n of new Set(turns.map((turn) => turn.round))) {
      assert.equal(new Set(turns.filter((turn) => turn.round === n).map(({ who }) => who)).size, 1, `round ${n}`);
    }
    assert.equal(turns.length, 3 * ITEMS.length);
  });

  it("ends when it is told to, and with what throws", async () => {
    let n = 0;
    assert.equal(
      await inTurns(
        ITEMS,
        () => void n++,
        () => n === 450,
      ),
      false,
    );
    assert.equal(n, 450);
    const broken = inTurns(
      ITEMS,
      (item) => assert.notEqual(item, 300, "broken"),
      () => false,
    );
    await assert.rejects(broken, /broken/);
    assert.equal(
      await inTurns(
        ITEMS,
        () => undefined,
        () => false,
      ),
      true,
    );
    assert.equal(
      await inTurns(
        [],
        () => undefined,
        () => true,
      ),
      false,
    );
  });
});
