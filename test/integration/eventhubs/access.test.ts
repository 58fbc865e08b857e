/** Who may read and write: SAS keys, addresses, epochs. */
import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.ts";
import { closeAll, collect, newConsumer, newHubs, newProducer, numbered, numbers } from "./support.ts";

describe("access to the embedded event hub", () => {
  afterEach(closeAll);

  it("refuses a wrong key, a wrong policy, and takes the right one", async () => {
    const hubs = await newHubs({ keys: { devices: "a secret+key/=" } });
    await newProducer(hubs).sendBatch(numbered(1));
    for (const connectionString of [
      hubs.connectionString.replace("a secret", "another"),
      hubs.connectionString.replace("=devices", "=guests"),
    ]) {
      const consumer = newConsumer(hubs, { connectionString });
      await assert.rejects(consumer.getEventHubProperties(), { code: "UnauthorizedError" });
    }
  });

  it("refuses unknown hubs, groups and partitions", async () => {
    const hubs = await newHubs();
    const noGroup = collect(newConsumer(hubs, { group: "nobody" }), "0");
    const noPartition = collect(newConsumer(hubs), "17");
    await eventually(() => {
      assert.equal(noGroup.errors[0]?.code, "MessagingEntityNotFoundError");
      assert.equal(noPartition.errors[0]?.code, "ArgumentOutOfRangeError");
    });
    await assert.rejects(newProducer(hubs, "nowhere").sendBatch(numbered(1)), { code: "MessagingEntityNotFoundError" });
  });

  it("lets a reader with a higher epoch take the partition, and refuses a lower one", async () => {
    const hubs = await newHubs();
    await newProducer(hubs).sendBatch(numbered(3), { partitionId: "0" });
    const old = collect(newConsumer(hubs), "0", { ownerLevel: 1 });
    await eventually(() => assert.equal(old.events.length, 3));
    const thief = collect(newConsumer(hubs), "0", { ownerLevel: 2 });
    await eventually(() => {
      assert.deepEqual(numbers(thief.events), [0, 1, 2]);
      assert.equal(old.errors[0]?.code, "ReceiverDisconnectedError");
    });
    const late = collect(newConsumer(hubs), "0", { ownerLevel: 1 });
    const none = collect(newConsumer(hubs), "0");
    await eventually(() => {
      assert.equal(late.errors[0]?.code, "ReceiverDisconnectedError");
      assert.equal(none.errors[0]?.code, "ReceiverDisconnectedError");
    });
    assert.equal(thief.errors.length, 0);
  });

  it("lets five read a partition without epochs, not six", async () => {
    const hubs = await newHubs();
    await newProducer(hubs).sendBatch(numbered(1), { partitionId: "0" });
    const readers = Array.from({ length: 5 }, () => collect(newConsumer(hubs), "0"));
    await eventually(() => assert.ok(readers.every((reader) => reader.events.length === 1)));
    const sixth = collect(newConsumer(hubs), "0");
    await eventually(() => assert.equal(sixth.errors[0]?.code, "QuotaExceededError"));
  });
});
