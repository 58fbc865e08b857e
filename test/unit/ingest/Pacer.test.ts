import assert from "node:assert/strict";
import { Pacer } from "../../../src/ingest/Pacer.ts";

function newPacer(perSecond = 100) {
  const time = { now: 0 };
  const pacer = new Pacer({ perSecond, now: () => time.now });
  /** Writes that start in so many ms. */
  const started = (ms: number, onStart = () => {}) => {
    let count = 0;
    for (const end = time.now + ms; time.now < end; time.now++) {
      while (pacer.take() === 0) {
        count++;
        onStart();
      }
    }
    return count;
  };
  return { pacer, time, started };
}

describe("Pacer", () => {
  it("keeps the rate, with a small burst after a pause", () => {
    const { started, time } = newPacer();
    started(100);
    assert.equal(started(1000), 100);
    time.now += 60_000;
    const burst = started(1);
    assert.ok(burst > 5 && burst <= 12, String(burst));
  });

  it("stops for everybody as long as the service asks, then goes half as fast", () => {
    const { pacer, started } = newPacer();
    started(100);
    assert.equal(pacer.slowDown(2000), true);
    assert.equal(pacer.slowDown(1000), false, "the answer to another that was under way");
    assert.equal(started(2000), 0);
    const next = started(1000);
    assert.ok(next >= 48 && next <= 61, String(next));
    assert.equal(pacer.counts.slowdowns, 1);
  });

  it("goes on falling while it is refused, to a trickle and not to nothing", () => {
    const { pacer, started } = newPacer();
    for (let n = 0; n < 20; n++) {
      pacer.slowDown();
      started(1001);
    }
    assert.equal(pacer.rate, 2);
  });

  it("comes back within half a minute of success, and not above", () => {
    const { pacer, started } = newPacer();
    for (let n = 0; n < 20; n++) {
      pacer.slowDown();
      started(1001);
    }
    started(31_000, () => pacer.succeeded());
    assert.equal(pacer.rate, 100);
  });
});
