/**
 * How long the event loop stands while a room fills: `node opening.ts <twins>` says the longest time, ms. It is the first
 * room of its space, and the third of the server: two others warm it up, as a server is that has been running for a
 * while. Forked by ../rooms.ts.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { Encoder } from "@colyseus/schema";
import { benchProvider, pumpId, putHall, startBenchTwins } from "./benchTwins.ts";
import { serveHall } from "./serveHall.ts";

Encoder.BUFFER_SIZE = 4 << 20;
const count = Number(process.argv[2]);
const provider = await benchProvider(count);
const HALLS = ["second-hall", "third-hall"];
for (const hall of HALLS) {
  await putHall(
    provider,
    hall,
    Array.from({ length: count }, (_, i) => `${hall}-${pumpId(i)}`),
  );
}
const { services } = await startBenchTwins(provider);
const server = await serveHall(services);
let longest = await longestTurn("hall");
for (const hall of HALLS) {
  longest = await longestTurn(hall);
}
process.send?.({ said: longest });
process.on("disconnect", () => process.exit());

async function longestTurn(hall: string): Promise<number> {
  const turns = monitorEventLoopDelay({ resolution: 1 });
  turns.enable();
  await delay(10); // it measures from its second round on: else the turn in which the room is created is not in it
  const room = await server.open(hall);
  while (room.state.status === "loading") {
    await delay(20);
  }
  turns.disable();
  await room.disconnect();
  return turns.max / 1e6;
}
