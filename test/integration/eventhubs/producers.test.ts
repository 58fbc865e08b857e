/** How producers may send: idempotently, under a publisher's name, other bodies than data, nothing at all. */
import assert from "node:assert/strict";
import { EventHubBufferedProducerClient, type EventHubProducerClient } from "@azure/event-hubs";
import { type EventHubsEndpoint, startEventHubs } from "../../../emulator/eventhubs/index.ts";
import { partitionOf } from "../../../emulator/eventhubs/keyHash.ts";
import { eventually } from "../../support/eventually.ts";
import {
  closeAll,
  collect,
  HUB,
  newConsumer,
  newFile,
  newHubs,
  newProducer,
  numbered,
  numbers,
  onClose,
} from "./support.ts";

/** Fields of the SDK that its typings keep to the buffered producer. */
function newIdempotent(
  hubs: EventHubsEndpoint,
  options?: { producerGroupId: number; ownerLevel: number; startingSequenceNumber?: number },
): EventHubProducerClient {
  const producer = newProducer(hubs);
  Reflect.set(producer, "_enableIdempotentRetries", true);
  if (options !== undefined) Reflect.set(producer, "_partitionOptions", { "0": options });
  return producer;
}

const TO = { partitionId: "0" };

async function countIn(hubs: EventHubsEndpoint): Promise<number> {
  return (await newProducer(hubs).getPartitionProperties("0")).lastEnqueuedSequenceNumber + 1;
}

describe("idempotent producers on the embedded event hub", () => {
  afterEach(closeAll);

  it("get an id of their own, and go on counting", async () => {
    const hubs = await newHubs();
    const producers = [newIdempotent(hubs), newIdempotent(hubs)];
    for (let n = 0; n < 3; n++) for (const producer of producers) await producer.sendBatch(numbered(2), TO);
    const [producer = newProducer(hubs)] = producers;
    const batch = await producer.createBatch(TO);
    assert.ok(batch.tryAdd({ body: { n: 9 } }));
    await producer.sendBatch(batch);
    assert.equal(await countIn(hubs), 13);
  });

  it("have what they repeat left out, and only that, also after a restart", async () => {
    const file = await newFile();
    const options = { file, hubs: { [HUB]: { partitions: 1 } } };
    const who = { producerGroupId: 7, ownerLevel: 1, startingSequenceNumber: 0 };
    const first = await startEventHubs(options);
    await newIdempotent(first, who).sendBatch(numbered(3), TO);
    await newIdempotent(first, who).sendBatch(numbered(3), TO);
    await first.close();

    const second = await newHubs(options);
    await newIdempotent(second, who).sendBatch(numbered(5), TO);
    const got = collect(newConsumer(second), "0");
    await eventually(() => assert.deepEqual(numbers(got.events), [0, 1, 2, 3, 4]));
  });

  it("are refused a gap, and a lower epoch", async () => {
    const hubs = await newHubs();
    const who = { producerGroupId: 7, ownerLevel: 2 };
    const owner = newIdempotent(hubs, who);
    await owner.sendBatch(numbered(2), TO);
    await assert.rejects(newIdempotent(hubs, { ...who, startingSequenceNumber: 50 }).sendBatch(numbered(1), TO), {
      code: "SequenceOutOfOrderError",
    });
    await newIdempotent(hubs, { ...who, ownerLevel: 3 }).sendBatch(numbered(1), TO);
    await assert.rejects(owner.sendBatch(numbered(1), TO), { code: "ProducerDisconnectedError" });
    await assert.rejects(newIdempotent(hubs, who).sendBatch(numbered(1), TO));
    assert.equal(await countIn(hubs), 3);
  });

  it("send each event once over a cut, through the buffered client", async () => {
    const hubs = await newHubs({ hubs: { [HUB]: { partitions: 1 } } });
    const producer = new EventHubBufferedProducerClient(hubs.connectionString, HUB, {
      enableIdempotentRetries: true,
      maxWaitTimeInMs: 10,
      retryOptions: { maxRetries: 20, retryDelayInMs: 50, timeoutInMs: 2000 },
      onSendEventsErrorHandler: ({ error }) => assert.fail(error),
    });
    Reflect.set(producer, "_backgroundManagementInterval", 50);
    onClose(() => producer.close({ flush: false }));
    for (let n = 0; n < 100; n++) {
      // Around the cut something is appended and not yet accepted: what the SDK then sends again.
      if (n === 40) hubs.faults.delay({ accept: 1000 });
      await producer.enqueueEvent({ body: { n } });
      if (n !== 50) continue;
      await eventually(async () => assert.ok((await countIn(hubs)) > n - 10));
      hubs.cut();
      hubs.faults.clear();
    }
    await producer.flush();
    const got = collect(newConsumer(hubs), "0");
    await eventually(() => assert.equal(got.events.length, 100));
    assert.deepEqual(
      numbers(got.events),
      Array.from({ length: 100 }, (_, n) => n),
    );
  }).timeout(20_000);
});

describe("publishers and bodies on the embedded event hub", () => {
  afterEach(closeAll);

  it("puts a publisher's events where its name belongs, and shows both", async () => {
    const hubs = await newHubs();
    const producer = newProducer(hubs, `${HUB}/publishers/pump-1`);
    await producer.sendBatch(numbered(2));
    await assert.rejects(producer.sendBatch(numbered(1), { partitionKey: "pump-2" }));
    const got = collect(newConsumer(hubs), String(partitionOf("pump-1", 4)));
    await eventually(() => assert.deepEqual(numbers(got.events), [0, 1]));
    assert.equal(got.events[0]?.partitionKey, "pump-1");
    assert.equal(got.events[0]?.systemProperties?.["x-opt-publisher"], "pump-1");
  });

  it("passes value and sequence bodies, and every property there is", async () => {
    const hubs = await newHubs();
    const properties = {
      messageId: "m",
      userId: "someone",
      to: "there",
      subject: "s",
      replyTo: "r",
      correlationId: "c",
      contentType: "text/plain",
      contentEncoding: "utf-8",
      absoluteExpiryTime: 1_900_000_000_000,
      creationTime: 1_800_000_000_000,
      groupId: "g",
      groupSequence: 3,
      replyToGroupId: "rg",
    };
    await newProducer(hubs).sendBatch(
      [
        { body: { deep: [1, "two"] }, bodyType: "value", properties },
        { body: [["a", 1], ["b"]], bodyType: "sequence", footer: { f: 1 } },
        { body: null, bodyType: "value" },
      ],
      TO,
    );
    const got = collect(newConsumer(hubs), "0");
    await eventually(() => assert.equal(got.events.length, 3));
    const [value, sequence, empty] = got.events;
    assert.deepEqual(value?.body, { deep: [1, "two"] });
    assert.deepEqual(sequence?.body, [["a", 1], ["b"]]);
    assert.equal(empty?.body, null);
    const { userId: _, ...shown } = properties;
    for (const [name, expected] of Object.entries(shown)) {
      assert.deepEqual(value?.getRawAmqpMessage().properties?.[name as keyof typeof shown], expected, name);
    }
  });

  it("takes an empty batch, and a message without a body", async () => {
    const hubs = await newHubs();
    const producer = newProducer(hubs);
    await producer.sendBatch([], TO);
    await producer.sendBatch(await producer.createBatch(TO));
    await producer.sendBatch([{ body: undefined }, { body: "" }], TO);
    assert.equal(await countIn(hubs), 2);
  });

  it("refuses what is much too large without keeping it, and serves on", async () => {
    const hubs = await newHubs();
    const producer = newProducer(hubs);
    for (const size of [1_048_577, 20_000_000]) {
      await assert.rejects(producer.sendBatch([{ body: Buffer.alloc(size) }], TO), { code: "MessageTooLargeError" });
    }
    await producer.sendBatch([{ body: Buffer.alloc(1_000_000) }], TO);
    assert.equal(await countIn(hubs), 1);
  });
});
