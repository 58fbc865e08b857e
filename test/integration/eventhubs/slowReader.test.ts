/** A reader that stops reading: it must cost the endpoint little, and nobody else anything. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { EventHubsEndpoint } from "../../../emulator/eventhubs/index.ts";
import { eventually } from "../../support/eventually.ts";
import { closeAll, collect, HUB, newConsumer, newHubs, onClose } from "./support.ts";

/** Bytes in buffers that are in use. */
function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().arrayBuffers;
}

async function append(hubs: EventHubsEndpoint, events: number): Promise<void> {
  for (let n = 0; n < events; n += 10) {
    await hubs.append(HUB, new Array(10).fill({ body: Buffer.alloc(50_000), partitionKey: "a" }));
  }
}

describe("a reader of the embedded event hub that stops reading", () => {
  afterEach(closeAll);

  it("costs bounded memory, and gets everything when it goes on", async () => {
    const hubs = await newHubs({ hubs: { [HUB]: { partitions: 1 } } });
    await append(hubs, 10);
    const script = fileURLToPath(new URL("./readAlong.ts", import.meta.url));
    const child = spawn(process.execPath, [script, hubs.connectionString], { stdio: ["ignore", "pipe", "inherit"] });
    onClose(async () => {
      child.kill("SIGKILL");
      await once(child, "close");
    });
    let count = 0;
    child.stdout.on("data", (data) => {
      count = Number(String(data).trim().split("\n").at(-1));
    });
    await eventually(() => assert.equal(count, 10));
    child.kill("SIGSTOP");
    const before = heldBytes();
    await append(hubs, 2000);
    const other = collect(newConsumer(hubs), "0", { from: { sequenceNumber: 1999 } });
    await eventually(() => assert.equal(other.events.length, 10));
    // Asked until it holds: the collector gives buffers back in the background, some time after its cycle.
    await eventually(() => {
      const grown = heldBytes() - before;
      assert.ok(grown < 20e6, `${grown} bytes, of 100 MB that it has not read`);
    });
    child.kill("SIGCONT");
    await eventually(() => assert.equal(count, 2010), { timeoutMs: 10_000 });
  }).timeout(20_000);
});
