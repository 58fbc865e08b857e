/** The numbers of idempotent producers, where the SDK's clients do not get: the end of the circle, events without numbers. */
import assert from "node:assert/strict";
import { encodeMessage } from "../../../emulator/eventhubs/encode.ts";
import { LogStore } from "../../../emulator/eventhubs/LogStore.ts";
import { unpack } from "../../../emulator/eventhubs/unpack.ts";
import { silentLog } from "../../support/silentLog.ts";
import { closeAll, onClose } from "./support.ts";

const LAST = 2 ** 31 - 1;
const RAW = encodeMessage({ body: Buffer.from("x") });

function newPartition() {
  const retention = { age: 1e9, events: 1e6, bytes: 1e9 };
  const store = LogStore.open({ retention, clock: Date.now, log: silentLog });
  onClose(async () => store.close());
  const [partition] = store.hub("hub", 1).partitions;
  assert.ok(partition);
  const send = (...sequences: number[]) =>
    store.append(partition, {
      raws: sequences.map(() => RAW),
      numbered: sequences.map((sequence) => ({ producer: 1, epoch: 0, sequence })),
    });
  return { partition, send };
}

describe("the ledger of idempotent producers", () => {
  afterEach(closeAll);

  it("counts from the last number on to 0, and knows what is behind it there", async () => {
    const { partition, send } = newPartition();
    partition.producers.attach({ producer: 1, epoch: 0, sequence: LAST - 2 });
    await send(LAST - 1, LAST, 0, 1);
    await send(LAST, 0, 1, 2);
    assert.equal(partition.next, 5);
    await assert.rejects(send(4), { condition: "com.microsoft:out-of-order-sequence" });
    await send(LAST - 1);
    assert.equal(partition.next, 5);
  });

  it("leaves out repetitions within one commit, and takes nothing of a batch that is refused", async () => {
    const { partition, send } = newPartition();
    await Promise.all([send(0, 1), send(0, 1), send(1, 2), assert.rejects(send(9))]);
    assert.equal(partition.next, 3);
    await send(3);
    assert.equal(partition.next, 4);
  });

  it("refuses an event without numbers", () => {
    assert.throws(() => unpack(RAW, { isBatch: false, isNumbered: true }), { condition: "amqp:decode-error" });
  });

  it("refuses what is no AMQP message", () => {
    for (const bytes of [Buffer.from("rubbish"), RAW.subarray(0, RAW.length - 1), Buffer.from([0])]) {
      assert.throws(() => unpack(bytes, { isBatch: true, isNumbered: false }), { condition: "amqp:decode-error" });
    }
  });
});
