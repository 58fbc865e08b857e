/** Faults on demand: what a client sees of each, and that nothing is lost by them. */
import assert from "node:assert/strict";
import { Faults } from "../../../emulator/eventhubs/Faults.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, collect, HUB, newConsumer, newHubs, newProducer, numbered, numbers } from "./support.ts";

const TO = { partitionId: "0" };
const RETRY = { retryOptions: { maxRetries: 20, retryDelayInMs: 50, timeoutInMs: 3000 } };

describe("faults of the embedded event hub", () => {
  afterEach(closeAll);

  for (const how of ["reset", "end"] as const) {
    it(`cuts connections (${how}), and their clients come back`, async () => {
      const hubs = await newHubs();
      const got = collect(newConsumer(hubs, RETRY), "0");
      await newProducer(hubs).sendBatch(numbered(1), TO);
      await eventually(() => assert.deepEqual(numbers(got.events), [0]));
      assert.equal(hubs.faults.cut(0), 0);
      assert.equal(hubs.faults.cut(1, how), 2);
      await newProducer(hubs).sendBatch(numbered(1, 1), TO);
      await eventually(() => assert.deepEqual(numbers(got.events), [0, 1]));
    });
  }

  it("refuses new connections, and only those", async () => {
    const hubs = await newHubs();
    const producer = newProducer(hubs);
    await producer.sendBatch(numbered(1), TO);
    hubs.faults.refuse(true);
    await producer.sendBatch(numbered(1), TO);
    await assert.rejects(newProducer(hubs).sendBatch(numbered(1), TO));
    hubs.faults.clear();
    await newProducer(hubs).sendBatch(numbered(1), TO);
  });

  it("freezes: takes everything, delivers nothing, then delivers all of it in order", async () => {
    const hubs = await newHubs();
    const got = collect(newConsumer(hubs), "0", { metrics: true });
    const producer = newProducer(hubs);
    await producer.sendBatch(numbered(1), TO);
    await eventually(() => assert.equal(got.events.length, 1));
    hubs.faults.freeze(true);
    await producer.sendBatch(numbered(400, 1), TO);
    const late = collect(newConsumer(hubs), "0");
    assert.equal((await producer.getPartitionProperties("0")).lastEnqueuedSequenceNumber, 400);
    assert.deepEqual([got.events.length, late.events.length], [1, 0]);
    hubs.faults.freeze(false);
    await eventually(() => assert.deepEqual([got.events.length, late.events.length], [401, 401]));
    assert.deepEqual(
      numbers(got.events),
      Array.from({ length: 401 }, (_, n) => n),
    );
  });

  it("delays deliveries and acceptances, and keeps order", async () => {
    const hubs = await newHubs();
    const producer = newProducer(hubs);
    await producer.sendBatch(numbered(1), TO);
    const got = collect(newConsumer(hubs), "0");
    await eventually(() => assert.equal(got.events.length, 1));
    hubs.faults.delay({ deliver: [150, 200], accept: 100 });
    const start = performance.now();
    await producer.sendBatch(numbered(5, 1), TO);
    assert.ok(performance.now() - start >= 99);
    await eventually(() => assert.deepEqual(numbers(got.events), [0, 1, 2, 3, 4, 5]));
    assert.ok(performance.now() - start >= 149);
  });

  it("throttles producers", async () => {
    const hubs = await newHubs();
    hubs.faults.throttle(true);
    await assert.rejects(newProducer(hubs).sendBatch(numbered(1), TO), { code: "ServerBusyError" });
    hubs.faults.throttle(false);
    await newProducer(hubs).sendBatch(numbered(1), TO);
  });

  it("takes a partition from its reader", async () => {
    const hubs = await newHubs();
    const reader = collect(newConsumer(hubs), "0", { ownerLevel: 3 });
    const other = collect(newConsumer(hubs, { group: "game" }), "0", { ownerLevel: 3 });
    await newProducer(hubs).sendBatch(numbered(1), TO);
    await eventually(() => assert.deepEqual([reader.events.length, other.events.length], [1, 1]));
    assert.equal(hubs.faults.loseEpoch(HUB, "0"), 1);
    assert.equal(hubs.faults.loseEpoch(HUB, "0", "nobody"), 0);
    await eventually(() => assert.equal(reader.errors[0]?.code, "ReceiverDisconnectedError"));
    assert.deepEqual(other.errors, []);
    assert.throws(() => hubs.faults.loseEpoch("nowhere", "0"));
  });

  it("shrinks retention below a position: who comes back begins at what is left", async () => {
    const hubs = await newHubs();
    const producer = newProducer(hubs);
    await producer.sendBatch(numbered(10), TO);
    const got = collect(newConsumer(hubs), "0");
    await eventually(() => assert.equal(got.events.length, 10));
    const [, , third] = got.events;
    assert.ok(third);
    assert.equal(hubs.faults.expire(HUB, "0", 4), 6);
    const byOffset = collect(newConsumer(hubs, { group: "game" }), "0", { from: { offset: third.offset } });
    const byNumber = collect(newConsumer(hubs), "0", { from: { sequenceNumber: 2 } });
    await eventually(() => {
      assert.deepEqual(numbers(byOffset.events), [6, 7, 8, 9]);
      assert.deepEqual(numbers(byNumber.events), [6, 7, 8, 9]);
    });
    assert.equal(hubs.faults.expire(HUB, "0"), 10);
    const { isEmpty, lastEnqueuedSequenceNumber } = await producer.getPartitionProperties("0");
    assert.deepEqual([isEmpty, lastEnqueuedSequenceNumber], [true, 9]);
    await producer.sendBatch(numbered(1, 10), TO);
    await eventually(() => assert.deepEqual(numbers(byOffset.events).at(-1), 10));
  });

  it("expires what a frozen reader has not had, and the reader goes on behind the hole", async () => {
    const hubs = await newHubs();
    const got = collect(newConsumer(hubs), "0");
    const producer = newProducer(hubs);
    await producer.sendBatch(numbered(1), TO);
    await eventually(() => assert.equal(got.events.length, 1));
    hubs.faults.freeze(true);
    await producer.sendBatch(numbered(9, 1), TO);
    hubs.faults.expire(HUB, "0", 2);
    hubs.faults.freeze(false);
    await eventually(() => assert.deepEqual(numbers(got.events), [0, 8, 9]));
  });
});

describe("chance in faults", () => {
  const newFaults = (seed: number) => {
    const chosen: boolean[] = [];
    const cut = (_: unknown, isChosen: () => boolean) => chosen.push(...Array.from({ length: 20 }, isChosen));
    const faults = new Faults(seed, { cut, steal: () => 0, expire: () => 0, resume: () => {} });
    faults.delay({ deliver: [10, 50] });
    faults.cut(0.5);
    return { chosen, delays: Array.from({ length: 20 }, () => faults.deliverAfter()) };
  };

  it("is the same for the same seed, and within its span", () => {
    const { chosen, delays } = newFaults(7);
    assert.deepEqual(newFaults(7), { chosen, delays });
    assert.notDeepEqual(newFaults(8).delays, delays);
    assert.ok(chosen.includes(true) && chosen.includes(false));
    assert.ok(delays.every((ms) => ms >= 10 && ms <= 50));
    assert.ok(Math.max(...delays) - Math.min(...delays) > 15);
  });
});
