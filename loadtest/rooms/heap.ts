/**
 * How much a twin takes in mirror and room together: `node --expose-gc heap.ts <twins>` says bytes per twin. The memory
 * of the provider, which stands for the cloud, is there before and does not count. Forked by ../rooms.ts.
 */
import { setTimeout as delay } from "node:timers/promises";
import { benchProvider, startBenchTwins } from "./benchTwins.ts";
import { serveHall } from "./serveHall.ts";

const count = Number(process.argv[2]);
const provider = await benchProvider(count);
const before = used();
const { services } = await startBenchTwins(provider);
const room = await (await serveHall(services)).open();
while (room.state.total <= count) {
  await delay(50);
}
await delay(200); // a patch: what is new is told
process.send?.({ said: (used() - before) / count });
process.on("disconnect", () => process.exit());

function used(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
