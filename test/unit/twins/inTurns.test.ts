import assert from "node:assert/strict";
import { inTurns } from "../../../src/twins/inTurns.ts";

const ITEMS = Array.from({ length: 1000 }, (_, i) => i);

/** How often the event loop went round, until it is ended. */
function countRounds() {
  const rounds = { count: 0, end: () => clearImmediate(next) };
  let next = setImmediate(function again() {
    rounds.count++;
    next = setImmediate(again);
  });
  return rounds;
}

describe("long work in turns", () => {
  it("is done whole and in order, and the event loop goes round meanwhile", async () => {
    const done: number[] = [];
    const rounds = countRounds();
    assert.equal(
      await inTurns(
        ITEMS,
        (item) => void done.push(item),
        () => false,
      ),
      true,
    );
    rounds.end();
    assert.deepEqual(done, ITEMS);
    assert.ok(rounds.count >= 3, `${rounds.count} rounds`);
  });

  it("takes turns with other such work: never two of them in one go of the loop", async () => {
    const turns: { round: number; who: string }[] = [];
    const rounds = countRounds();
    const work = (who: string) =>
      inTurns(
        ITEMS,
        () => void turns.push({ round: rounds.count, who }),
        () => false,
      );
    await Promise.all([work("a"), work("b"), work("c")]);
    rounds.end();
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
