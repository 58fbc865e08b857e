import assert from "node:assert/strict";
import fc from "fast-check";
import { parseModels } from "../../../src/dtdl/index.ts";
import { EventPump } from "../../../src/ingest/EventPump.ts";
import { WriteThrough } from "../../../src/ingest/WriteThrough.ts";
import { MemoryEventLog } from "../../../src/providers/memory/MemoryEventLog.ts";
import { MemoryEventSource } from "../../../src/providers/memory/MemoryEventSource.ts";
import { TwinMirror } from "../../../src/twins/TwinMirror.ts";
import { eventually } from "../../support/eventually.ts";
import { type GatedProvider, newGatedProvider } from "../../support/GatedProvider.ts";
import { MODELS } from "../../support/hall.ts";
import { silentLog } from "../../support/silentLog.ts";

const graph = parseModels(MODELS);
const FUTURE = Date.now() + 3_600_000; // newer than what the twins were created with

/** One life of the process: loads the mirror, goes on where the checkpoints are; `kill` ends it between two instants. */
async function newLife(provider: GatedProvider, hub: MemoryEventLog) {
  let killed = false;
  const forever = new Promise<never>(() => undefined);
  const mine = Object.create(provider) as GatedProvider;
  mine.patchTwin = (...args) => (killed ? forever : provider.patchTwin(...args));
  const mirror = new TwinMirror(() => graph);
  for await (const twin of provider.listTwins()) {
    mirror.upsertTwin(twin, Date.now());
  }
  const parts = { provider: mine, mirror, deadLetters: { add: () => undefined }, log: silentLog, clock: Date.now };
  const writeThrough = new WriteThrough({ ...parts, intervalMs: 1 });
  const pump = new EventPump({ ...parts, models: () => graph, writeThrough, learnModel: async () => undefined });
  const source = new MemoryEventSource(hub);
  await pump.attach(source);
  return {
    close: () => pump.close(),
    kill: async () => {
      killed = true;
      await source.close();
      await writeThrough.close(0);
    },
  };
}

describe("a process that is killed at any instant", () => {
  it("loses no last value of a property", async () => {
    const message = fc.record({
      twin: fc.constantFrom("p1", "p2"),
      name: fc.constantFrom("temperature", "starts"),
      value: fc.integer({ min: -100, max: 100 }),
    });
    const lives = fc.array(fc.record({ says: fc.array(message, { maxLength: 6 }), turns: fc.nat(12) }), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(lives, async (history) => {
        const provider = await newGatedProvider();
        const hub = new MemoryEventLog({ partitions: 2 });
        const last = new Map<string, number>();
        let time = FUTURE;
        for (const { says, turns } of history) {
          const life = await newLife(provider, hub);
          for (const { twin, name, value } of says) {
            last.set(`${twin} ${name}`, value);
            time += 1;
            const data = { values: { [name]: value } };
            hub.push([{ type: "telemetry.received", subject: twin, data, time, enqueuedAt: time }]);
          }
          for (let n = 0; n < turns; n++) {
            await new Promise((resolve) => setImmediate(resolve));
          }
          await life.kill();
        }
        const survivor = await newLife(provider, hub);
        await eventually(async () => {
          for (const [key, value] of last) {
            const [twin = "", name = ""] = key.split(" ");
            assert.equal((await provider.getTwin(twin))?.properties[name], value, key);
          }
        });
        await survivor.close();
      }),
      { numRuns: 40 },
    );
  });
});
