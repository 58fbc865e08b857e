/** Partition keys: the same partition as on Azure. */
import assert from "node:assert/strict";
import { EventHubBufferedProducerClient } from "@azure/event-hubs";
import { keyHash, partitionOf } from "../../../emulator/eventhubs/keyHash.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, collect, HUB, newConsumer, newHubs, newProducer } from "./support.ts";

describe("partition keys of the embedded event hub", () => {
  afterEach(closeAll);

  it("puts a partition key where Azure puts it, and shows it to consumers", async () => {
    const hubs = await newHubs();
    const producer = newProducer(hubs);
    const got = collect(newConsumer(hubs));
    for (const key of ["pump-1", "a somewhat longer partition key, über 12 bytes", "twelve bytes"]) {
      await producer.sendBatch([{ body: { key } }], { partitionKey: key });
      await eventually(() => assert.ok(got.events.some((event) => event.body.key === key)));
      assert.equal(got.events.find((event) => event.body.key === key)?.partitionKey, key);
      const { lastEnqueuedSequenceNumber } = await producer.getPartitionProperties(String(partitionOf(key, 4)));
      assert.ok(lastEnqueuedSequenceNumber >= 0);
    }
  });

  it("hashes keys as the buffered producer does on its side", async () => {
    const hubs = await newHubs();
    const producer = new EventHubBufferedProducerClient(hubs.connectionString, HUB, {
      maxWaitTimeInMs: 20,
      onSendEventsErrorHandler: ({ error }) => assert.fail(error),
    });
    // Its refresh of the partition ids waits 10 s even when it is closed, and would keep the test process.
    Reflect.set(producer, "_backgroundManagementInterval", 50);
    const keys = Array.from({ length: 60 }, (_, i) => `device-${i}-${"x".repeat(i % 14)}`);
    for (const key of keys) await producer.enqueueEvent({ body: { key } }, { partitionKey: key });
    await producer.close({ flush: true });
    const consumer = newConsumer(hubs);
    for (const partition of ["0", "1", "2", "3"]) {
      const expected = keys.filter((key) => partitionOf(key, 4) === Number(partition));
      const got = collect(consumer, partition);
      await eventually(() =>
        assert.deepEqual(got.events.map((event) => String(event.body.key)).toSorted(), expected.toSorted()),
      );
    }
  });
});

describe("keyHash", () => {
  // Computed with the SDK's own hash, which it does not export.
  for (const [key, hash] of [
    ["", 0],
    ["a", -16220],
    ["pump-1", -9891],
    ["twelve bytes", 6222],
    ["thirteen byte", -13793],
    ["über", -9854],
    ["x".repeat(100), 25862],
  ] as const) {
    it(`gives ${hash} for "${key.slice(0, 20)}"`, () => assert.equal(keyHash(key), hash));
  }
});
