import assert from "node:assert/strict";
import { lagOf, Rate } from "../../../src/ingest/metrics.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";

describe("the counters of the way in", () => {
  let twins: MemoryTwins | undefined;
  afterEach(() => twins?.close());

  it("tell what came, what became of it, and how far each partition is", async () => {
    twins = await newMemoryTwins({ writeThrough: true });
    const { services, hub, says, ready } = twins;
    await ready;
    const time = Date.now();
    says("p1", { temperature: 31, colour: "red", vibration: 2 });
    hub.push([{ type: "telemetry.received", subject: "p1", data: { values: { temperature: 3 } }, time: time - 9000 }]);
    says("p1", { temperature: "hot" });
    says("stranger", { temperature: 1 });
    says("", { temperature: 1 });
    await eventually(() => {
      const { pump, devices, partitions, writeThrough, deadLetters, repair } = services.ingestMetrics();
      const [partition] = partitions;
      assert.ok(partition && writeThrough);
      assert.deepEqual([partition.events, partition.seconds, partition.undone], [0, 0, 0]);
      assert.deepEqual(devices, { values: 3, late: 1, unknown: 1, unmatched: 1, dropped: 0 });
      assert.deepEqual([pump.dead, deadLetters, pump.duplicate, pump.pending], [2, 2, 0, 0]);
      assert.deepEqual([writeThrough.patches, writeThrough.values, writeThrough.waiting], [1, 1, 0]);
      assert.equal(repair.mended, 0);
    });
  });

  it("tell how far behind the hub a partition is, and what a restart would deliver again", async () => {
    twins = await newMemoryTwins({ writeThrough: true });
    const { services, provider, says, ready } = twins;
    await ready;
    const release = provider.hold();
    says("p1", { temperature: 31 });
    await eventually(() => assert.equal(services.ingestMetrics().partitions[0]?.undone, 1));
    assert.equal(services.ingestMetrics().pump.pending, 1);
    release();
    await eventually(() => assert.equal(services.ingestMetrics().pump.pending, 0));
  });

  it("tell how many events wait in the hub, and how old the newest is that came", async () => {
    twins = await newMemoryTwins();
    const { services, provider, hub, says, ready } = twins;
    await ready;
    const { reads } = provider;
    const release = provider.hold("reads");
    const data = { modelId: "dtmi:test:Pump;1", patch: [] };
    hub.push([{ type: "twin.updated", subject: "nobody", data, time: Date.now() }]); // who is that? The service is asked
    await eventually(() => assert.equal(provider.reads, reads + 1));
    says("p1", { temperature: 31 });
    says("p1", { temperature: 32 });
    const lag = () => services.ingestMetrics().partitions[0];
    await eventually(() => assert.equal(lag()?.events, 2));
    await eventually(() => assert.ok((lag()?.seconds ?? 0) > 0));
    release();
    await eventually(() => assert.deepEqual([lag()?.events, lag()?.seconds], [0, 0]));
  });

  it("one event after a quiet night is as late as it is, not as the night was long; before the first, the newest counts", () => {
    const status = { source: "ns/hub", partition: "0", sequence: 9, done: 9, enqueuedAt: 1000, lastEnqueuedAt: 59_000 };
    const seconds = (more: object) => lagOf({ ...status, ...more }, 60_000).seconds;
    assert.deepEqual(
      [9, 10, 11].map((lastEnqueued) => seconds({ lastEnqueued })),
      [0, 1, 59],
    );
    const { enqueuedAt: _, ...untold } = status;
    assert.equal(lagOf({ ...untold, lastEnqueued: 20 }, 60_000).seconds, 1);
    assert.deepEqual([seconds({}), lagOf({ ...status }, 60_000).events], [0, undefined]);
  });

  it("Rate is the growth per second over the last ten", () => {
    const rate = new Rate();
    assert.equal(rate.perSecond, 0);
    for (let second = 0; second <= 30; second++) {
      rate.sample(second < 20 ? 0 : (second - 20) * 50);
    }
    assert.equal(rate.perSecond, 50);
  });
});
