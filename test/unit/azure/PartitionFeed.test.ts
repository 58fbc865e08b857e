import assert from "node:assert/strict";
import type { ReceivedEventData } from "@azure/event-hubs";
import { PartitionFeed, type Place } from "../../../src/providers/azure/PartitionFeed.ts";
import type { EventPosition } from "../../../src/twins/types.ts";
import { heapBytes } from "../../support/heap.ts";
import { silentLog } from "../../support/silentLog.ts";

const SIZE = 200;

describe("PartitionFeed", () => {
  it("remembers little of what is not done for hours, and checkpoints only what is", async function () {
    this.timeout(20_000);
    const saved: Place[] = [];
    const handed: EventPosition[] = [];
    let done: (upTo: EventPosition) => void = () => undefined;
    const feed = new PartitionFeed({
      partition: "0",
      generation: "1",
      source: "ns/hub",
      handler: async ({ last }, say) => {
        handed.push(last);
        done = say;
      },
      save: async (place) => void saved.push(place),
      after: Promise.resolve(),
      handlerLimitMs: 30_000,
      log: silentLog,
      clock: Date.now,
    });
    const deliver = async (batches: number) => {
      for (let n = 0; n < batches; n++) {
        await feed.deliver(received(handed.length * SIZE));
      }
    };
    await deliver(250);
    const before = await heapBytes();
    await deliver(1000);
    const perEvent = ((await heapBytes()) - before) / (1000 * SIZE);
    assert.ok(perEvent < 15, `${perEvent} bytes for each event that is not done`);

    done(at(handed, 700));
    await feed.flush();
    const [first] = saved;
    assert.ok(
      first && first.sequence <= 700 * SIZE - 1 && first.sequence >= 200 * SIZE - 1,
      `saved ${first?.sequence}`,
    );
    assert.equal(first.offset, offsetOf(first.sequence));
    done(at(handed, 1250));
    await feed.flush();
    assert.equal(saved.at(-1)?.sequence, 1250 * SIZE - 1);
    await deliver(2);
    done(at(handed, 1251));
    await feed.flush();
    assert.equal(saved.at(-1)?.sequence, 1251 * SIZE - 1);
    feed.close();
  });
});

/** The last position of the n-th batch. */
function at(handed: readonly EventPosition[], n: number): EventPosition {
  const position = handed[n - 1];
  assert.ok(position);
  return position;
}

const offsetOf = (sequence: number) => `${sequence}`.padStart(40, "0");

function received(from: number): ReceivedEventData[] {
  const body = Buffer.from("{}");
  return Array.from({ length: SIZE }, (_, i) => ({
    body,
    sequenceNumber: from + i,
    offset: offsetOf(from + i),
    enqueuedTimeUtc: new Date(0),
    partitionKey: null,
    getRawAmqpMessage: () => assert.fail("not asked for"),
  }));
}
