/** What was accepted stays: over a restart, over kill -9; and what is too old or too much goes, oldest first. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startEventHubs } from "../../../emulator/eventhubs/index.ts";
import { eventually } from "../../support/eventually.ts";
import { killRounds } from "./killRounds.ts";
import { closeAll, collect, HUB, newConsumer, newFile, newHubs, newProducer, numbered, numbers } from "./support.ts";

describe("durability of the embedded event hub", () => {
  afterEach(closeAll);

  it("keeps events, places and its creation time over a restart", async () => {
    const file = await newFile();
    const created = Date.now() - 3_600_000;
    const first = await startEventHubs({ file, hubs: { [HUB]: { partitions: 2 } }, clock: () => created });
    const producer = newProducer(first);
    await producer.sendBatch(numbered(20), { partitionId: "1" });
    const before = await producer.getPartitionProperties("1");
    await producer.close();
    await first.close();

    const second = await newHubs({ file, hubs: { [HUB]: { partitions: 2 } } });
    const again = newProducer(second);
    assert.equal((await again.getEventHubProperties()).createdOn.getTime(), created);
    assert.equal((await again.getPartitionProperties("1")).lastEnqueuedOffset, before.lastEnqueuedOffset);
    await again.sendBatch(numbered(5, 20), { partitionId: "1" });
    const got = collect(newConsumer(second), "1", { from: { sequenceNumber: 9 } });
    await eventually(() =>
      assert.deepEqual(numbers(got.events), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]),
    );
    assert.equal(got.events.at(-1)?.sequenceNumber, 24);
  });

  it("loses nothing that was accepted when it is killed", async () => {
    const file = await newFile();
    const child = spawn(process.execPath, [fileURLToPath(new URL("./appendAndKeep.ts", import.meta.url)), file]);
    let printed = "";
    child.stdout.on("data", (chunk) => {
      printed += chunk;
    });
    await eventually(() => assert.ok(printed.length > 500));
    child.kill("SIGKILL");
    await once(child, "close");
    const accepted = printed.split("\n").slice(0, -1).map(Number);

    const hubs = await newHubs({ file, hubs: { [HUB]: { partitions: 1 } } });
    const got = collect(newConsumer(hubs), "0");
    await eventually(() => assert.ok(got.events.length >= accepted.length));
    assert.deepEqual(numbers(got.events).slice(0, accepted.length), accepted);
  });

  it("keeps accepted events in order, and an idempotent producer's once, over kills", async () => {
    const [idempotent, plain] = await killRounds({ file: await newFile(), kills: 2, lifeMs: 100 });
    assert.deepEqual(idempotent.read, idempotent.accepted);
    assert.deepEqual([...new Set(plain.read)], plain.accepted);
  }).timeout(30_000);

  it("says which file it cannot use", async () => {
    const file = await newFile();
    await writeFile(file, "this is no database, but it is long enough to be taken for a broken one".repeat(20));
    await assert.rejects(startEventHubs({ file, hubs: {} }), (error: Error) => error.message.includes(file));
  });

  it("says which port is taken", async () => {
    const { port } = await newHubs();
    await assert.rejects(startEventHubs({ port, hubs: {} }), {
      code: "EADDRINUSE",
      message: new RegExp(`Port ${port} `),
    });
  });
});

describe("retention of the embedded event hub", () => {
  afterEach(closeAll);

  it("drops the oldest beyond the count, and readers begin at what is left", async () => {
    const hubs = await newHubs({ hubs: { [HUB]: { partitions: 1 } }, retention: { events: 1500 } });
    const producer = newProducer(hubs);
    for (let n = 0; n < 5000; n += 500) await producer.sendBatch(numbered(500, n));
    const kept = await eventually(async () => {
      const info = await producer.getPartitionProperties("0");
      assert.equal(info.lastEnqueuedSequenceNumber - info.beginningSequenceNumber + 1, 1500);
      return info;
    });
    const got = collect(newConsumer(hubs));
    await eventually(() => assert.equal(got.events.length, 1500));
    assert.equal(got.events[0]?.sequenceNumber, kept.beginningSequenceNumber);
  });

  it("drops the oldest beyond the size, and what gets too old while it runs", async () => {
    let now = 1_700_000_000_000;
    const retention = { bytes: 1_000_000, age: 60_000 };
    const hubs = await newHubs({ hubs: { [HUB]: { partitions: 1 } }, retention, clock: () => now });
    const large = Array.from({ length: 1000 }, () => ({ body: Buffer.alloc(5000), partitionKey: "a" }));
    await hubs.append(HUB, large);
    const producer = newProducer(hubs);
    await eventually(async () => {
      const { beginningSequenceNumber } = await producer.getPartitionProperties("0");
      assert.ok(beginningSequenceNumber > 790 && beginningSequenceNumber < 820, String(beginningSequenceNumber));
    });
    now += 61_000;
    await hubs.append(HUB, large.fill({ body: Buffer.alloc(5), partitionKey: "a" }));
    await eventually(async () => {
      assert.equal((await producer.getPartitionProperties("0")).beginningSequenceNumber, 1000);
    });
  });

  it("drops what is too old when it opens the file, and goes on counting", async () => {
    const file = await newFile();
    let now = 1_700_000_000_000;
    const first = await startEventHubs({ file, hubs: { [HUB]: { partitions: 1 } }, clock: () => now });
    await first.append(HUB, [{ body: Buffer.from("1") }, { body: Buffer.from("2") }]);
    await first.close();
    now += 25 * 3_600_000;
    for (let restart = 0; restart < 2; restart++) {
      const later = await startEventHubs({ file, hubs: { [HUB]: { partitions: 1 } }, clock: () => now });
      await later.close();
    }
    const hubs = await newHubs({ file, hubs: { [HUB]: { partitions: 1 } } });
    await hubs.append(HUB, [{ body: Buffer.from('{"n":3}') }]);
    const got = collect(newConsumer(hubs));
    await eventually(() => assert.deepEqual(numbers(got.events), [3]));
    assert.equal(got.events[0]?.sequenceNumber, 2);
  });
});
