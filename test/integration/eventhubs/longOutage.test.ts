/** The trap "long outages": the SDK's own retries run out after three attempts, and its pump ends. */
import assert from "node:assert/strict";
import { type CloseReason, earliestEventPosition } from "@azure/event-hubs";
import { newConsumerClient } from "../../../src/providers/azure/consumerClient.ts";
import { boundWaits } from "../../../src/providers/azure/waits.ts";
import { Store } from "../../../src/store/Store.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, HUB, newHubs, newProducer, numbered, numbers, onClose } from "./support.ts";

/** The SDK's default: one attempt and three retries. */
const SDK_ATTEMPTS = 4;

describe("a consumer in a long outage", () => {
  afterEach(closeAll);

  // With the SDK's three retries the pump closes, and a second one begins when load balancing comes round again.
  it("keeps its pump, however often the hub refuses, and reads on", async () => {
    const hubs = await newHubs({ hubs: { [HUB]: { partitions: 1 } } });
    const store = Store.open();
    onClose(async () => store.close());
    boundWaits();
    const address = { connectionString: hubs.connectionString, eventHubName: HUB, retryDelayMs: 20 };
    const consumer = newConsumerClient(address, store.checkpoints);
    onClose(() => consumer.close());
    const got: number[] = [];
    const closed: CloseReason[] = [];
    let opened = 0;
    consumer.subscribe(
      {
        processInitialize: async () => void opened++,
        processClose: async (reason) => void closed.push(reason),
        processEvents: async (events) => void got.push(...numbers(events)),
        processError: async () => undefined,
      },
      { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1 },
    );
    const producer = newProducer(hubs);
    await producer.sendBatch(numbered(1));
    await eventually(() => assert.deepEqual(got, [0]));

    hubs.faults.refuse(true);
    hubs.faults.cut();
    await eventually(() => assert.ok(hubs.faults.refused > 2 * SDK_ATTEMPTS), { timeoutMs: 9000 });
    assert.deepEqual(closed, []);
    hubs.faults.refuse(false);
    await newProducer(hubs).sendBatch(numbered(1, 1));
    await eventually(() => assert.deepEqual(got, [0, 1]), { timeoutMs: 9000 });
    assert.deepEqual([opened, closed], [1, []]);
  }).timeout(20_000);
});
