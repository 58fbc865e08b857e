/**
 * How long the event loop stands while a room fills: `node opening.ts <twins>` says the longest time, ms. The first room
 * warms up, as a server is that has been running for a while. Forked by ../rooms.ts.
 */
import { createServer } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { defineRoom, defineServer, matchMaker } from "@colyseus/core";
import { Encoder } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { spaceRoom } from "../../rooms/SpaceRoom.ts";
import type { WorldState } from "../../src/schema/states.ts";
import { benchTwins } from "./benchTwins.ts";

const count = Number(process.argv[2]);
Encoder.BUFFER_SIZE = 4 << 20;
const { services } = await benchTwins(count);
const game = defineServer({
  rooms: { space: defineRoom(spaceRoom(services)) },
  transport: new WebSocketTransport({ server: createServer(), pingInterval: 0 }),
  greet: false,
  gracefullyShutdown: false,
});
await game.listen(0, "127.0.0.1");
await longestTurn();
process.send?.({ said: await longestTurn() });
process.on("disconnect", () => process.exit());

async function longestTurn(): Promise<number> {
  const turns = monitorEventLoopDelay({ resolution: 1 });
  turns.enable();
  const { roomId } = await matchMaker.createRoom("space", { space: "hall" });
  const room = matchMaker.getLocalRoomById(roomId);
  while ((room.state as WorldState).status !== "live") {
    await delay(20);
  }
  turns.disable();
  await room.disconnect();
  return turns.max / 1e6;
}
