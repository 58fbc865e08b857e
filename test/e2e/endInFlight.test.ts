// SIGTERM while a backlog is being read: a real process ends in time, its checkpoint stands at what was done, and its
// partitions are given up, so that another process need not wait for the ownership to expire.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EventHubProducerClient } from "@azure/event-hubs";
import { deviceMessage } from "../../emulator/devices/deviceMessage.ts";
import { eventually } from "../support/eventually.ts";
import { joinSpace } from "../support/joinSpace.ts";
import { loopbackDigitalTwinsClient } from "../support/loopbackDigitalTwinsClient.ts";
import { endProcesses, newProcess, newServer } from "../support/newProcess.ts";
import { plantInAzure } from "../support/plantInAzure.ts";

const BATCHES = 80;
const BATCH = 250;

describe("a server that is ended with much in flight", function () {
  this.timeout(60_000);
  const dataDir = mkdtempSync(join(tmpdir(), "in-flight-"));
  const opened: (() => Promise<void>)[] = [];
  after(async () => {
    await Promise.all(opened.map((close) => close()));
    await endProcesses();
    rmSync(dataDir, { recursive: true });
  });

  it("ends in time, with its checkpoint written and its partitions given up, and loses nothing", async () => {
    const cloud = newProcess(["emulator/main.ts", "--memory"]);
    const [line = ""] = await cloud.prints(/^\{.*"ready":true.*\}$/m);
    const { adtUrl, connectionString, hubs } = JSON.parse(line);
    await plantInAzure(loopbackDigitalTwinsClient(adtUrl));
    const settings = {
      AZURE_DIGITALTWINS_URL: adtUrl,
      AZURE_EVENTHUBS_NOTIFICATIONS: `${connectionString};EntityPath=${hubs.notifications}`,
      AZURE_EVENTHUBS_TELEMETRY: `${connectionString};EntityPath=${hubs.telemetry}`,
      FIRST_SPACE: "hall",
      DATA_DIR: dataDir,
    };
    const server = await newServer(settings);
    const before = await joinSpace(server.url);
    const producer = new EventHubProducerClient(connectionString, hubs.telemetry);
    opened.push(() => producer.close());
    const sending = sendAll(producer);
    await eventually(() => assert.notEqual(before.twin("p1")["temperature"], 20));
    const { code, ms } = await server.end("SIGTERM");
    assert.equal(code, 0);
    assert.ok(ms < 4000, `${ms} ms`);
    const { owners, checkpoint } = readStore(dataDir, hubs.telemetry);
    assert.ok(owners.length > 0);
    assert.deepEqual(new Set(owners), new Set([""]));
    assert.ok(checkpoint > 0 && checkpoint < BATCHES * BATCH, `checkpoint at ${checkpoint}`);
    await sending;
    const after_ = await joinSpace((await newServer(settings)).url);
    await eventually(() => assert.equal(after_.twin("p1")["temperature"], BATCHES * BATCH), { timeoutMs: 15_000 });
  });
});

async function sendAll(producer: EventHubProducerClient): Promise<void> {
  for (let n = 0; n < BATCHES; n++) {
    const now = Date.now();
    const say = (_: unknown, i: number) =>
      deviceMessage({ deviceId: "p1", time: now, values: { temperature: n * BATCH + i + 1 } }, now);
    await producer.sendBatch(Array.from({ length: BATCH }, say), { partitionId: "0" });
  }
}

/** Owners of the hub's partitions as they are written, and the checkpoint of partition 0. */
function readStore(dataDir: string, hub: string): { owners: unknown[]; checkpoint: number } {
  const db = new DatabaseSync(join(dataDir, "server.sqlite"));
  try {
    const owners = db.prepare("SELECT owner FROM ownerships WHERE hub LIKE ?").all(`${hub}@%`);
    const at = db.prepare("SELECT sequence FROM checkpoints WHERE hub LIKE ? AND partition = '0'").get(`${hub}@%`);
    return { owners: owners.map(({ owner }) => owner), checkpoint: Number(at?.["sequence"] ?? -1) };
  } finally {
    db.close();
  }
}
