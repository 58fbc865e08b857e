/**
 * How much a twin takes in mirror and room together: `node --expose-gc heap.ts <twins>` says bytes per twin. The memory
 * of the provider, which stands for the cloud, is there before and does not count. Forked by ../rooms.ts.
 */
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { defineRoom, defineServer, matchMaker } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { spaceRoom } from "../../rooms/SpaceRoom.ts";
import type { WorldState } from "../../src/schema/states.ts";
import { benchProvider, startBenchTwins } from "./benchTwins.ts";

const count = Number(process.argv[2]);
const provider = await benchProvider(count);
const before = used();
const { services } = await startBenchTwins(provider);
const game = defineServer({
  rooms: { space: defineRoom(spaceRoom(services)) },
  transport: new WebSocketTransport({ server: createServer(), pingInterval: 0 }),
  greet: false,
  gracefullyShutdown: false,
});
await game.listen(0, "127.0.0.1");
const { roomId } = await matchMaker.createRoom("space", { space: "hall" });
while ((matchMaker.getLocalRoomById(roomId).state as WorldState).total <= count) {
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
