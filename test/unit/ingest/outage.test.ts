/** A twin service that is away for long: what waits for it is bounded by the twins, not by the events. */
import assert from "node:assert/strict";
import { EffectChain } from "../../../src/ingest/EffectChain.ts";
import { eventually } from "../../support/eventually.ts";
import { heapBytes } from "../../support/heap.ts";
import { newPump, says } from "./newPump.ts";

describe("EventPump while the twin service is away", () => {
  it("keeps neither events nor promises of what it has in the mirror, and ends with the last value and checkpoint", async function () {
    this.timeout(20_000);
    const { pump, provider, source, stored, observed } = await newPump();
    const release = provider.hold();
    const tell = async (batches: number) => {
      for (let n = 0; n < batches; n++) {
        const message = { body: Buffer.alloc(1000), properties: {}, systemProperties: {} };
        await source.deliver(
          ...Array.from({ length: 50 }, (_, i) => says("p1", { temperature: n + i / 50 }, { message })),
        );
      }
      observed.length = 0;
    };
    await tell(200);
    const before = await heapBytes();
    await tell(1000);
    const perEvent = ((await heapBytes()) - before) / 50_000;
    assert.ok(perEvent < 20, `${perEvent} bytes for each event that waits`);
    assert.deepEqual([source.done, pump.counts.pending], [[], 1200]);
    release();
    await eventually(() => assert.equal(source.doneUpTo, 60_000));
    assert.deepEqual([await stored("p1", "temperature"), pump.counts.pending], [999.98, 0]);
    await pump.close();
  });
});

describe("EffectChain", () => {
  const newChain = () => {
    const done: number[] = [];
    const failures: unknown[] = [];
    let batches = 0;
    const chain = new EffectChain({
      onDone: (n) => {
        batches += n;
      },
      onFailure: (error) => failures.push(error),
    });
    const add = (n: number, ...effects: Promise<void>[]) => chain.add(effects, () => done.push(n));
    return { add, done, failures, batches: () => batches };
  };

  it("is done in order, batch by batch; a long one lets the newest stand for those that came since", async () => {
    const { add, done, batches } = newChain();
    const [early, late] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    for (let n = 1; n <= 150; n++) {
      add(n, n === 120 ? late.promise : early.promise);
    }
    assert.deepEqual(done, []);
    early.resolve();
    await eventually(() =>
      assert.deepEqual(
        done,
        Array.from({ length: 99 }, (_, i) => i + 1),
      ),
    );
    add(151);
    assert.equal(done.at(-1), 99, "nothing passes what waits");
    late.resolve();
    await eventually(() => assert.deepEqual(done.slice(99), [150, 151]));
    assert.equal(batches(), 151);
  });

  it("stays where an effect failed", async () => {
    const { add, done, failures } = newChain();
    add(1);
    add(2, Promise.reject(new Error("disk full")));
    add(3);
    await eventually(() => assert.equal(failures.length, 1));
    assert.deepEqual(done, [1]);
  });
});
