/** Where consumers begin, and what they are told about the hub. */
import assert from "node:assert/strict";
import { type EventPosition, latestEventPosition } from "@azure/event-hubs";
import { eventually } from "../../support/eventually.ts";
import { closeAll, collect, newConsumer, newHubs, newProducer, numbered, numbers } from "./support.ts";

describe("start positions of the embedded event hub", () => {
  afterEach(closeAll);

  it("starts at every kind of position", async () => {
    const hubs = await newHubs();
    const producer = newProducer(hubs);
    await producer.sendBatch(numbered(3), { partitionId: "2" });
    const first = collect(newConsumer(hubs), "2");
    await eventually(() => assert.equal(first.events.length, 3));
    const [, second, third] = first.events;
    assert.ok(second && third);
    const from = (position: EventPosition) => collect(newConsumer(hubs, { group: "game" }), "2", { from: position });
    const after = from({ offset: second.offset });
    const at = from({ sequenceNumber: 1, isInclusive: true });
    const since = from({ enqueuedOn: second.enqueuedTimeUtc.getTime() - 1 });
    const latest = from(latestEventPosition);
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
});

describe("management of the embedded event hub", () => {
  afterEach(closeAll);

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
});
