/**
 * How long the event loop stands while a room fills: `node opening.ts <twins>` says the longest time, ms. The first room
 * warms up, as a server is that has been running for a while. Forked by ../rooms.ts.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { Encoder } from "@colyseus/schema";
import { benchTwins } from "./benchTwins.ts";
import { serveHall } from "./serveHall.ts";

Encoder.BUFFER_SIZE = 4 << 20;
const { services } = await benchTwins(Number(process.argv[2]));
const server = await serveHall(services);
await longestTurn();
process.send?.({ said: await longestTurn() });
process.on("disconnect", () => process.exit());

async function longestTurn(): Promise<number> {
  const turns = monitorEventLoopDelay({ resolution: 1 });
  turns.enable();
  const room = await server.open();
  while (room.state.status === "loading") {
    await delay(20);
  }
  turns.disable();
  await room.disconnect();
  return turns.max / 1e6;
}
