/** A Colyseus server with the ready-made room, for the processes of the rooms benchmark. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { defineRoom, defineServer, matchMaker, type Room } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { COMPRESS_ONCE } from "../../plugins/sync/packing.ts";
import { spaceRoom } from "../../rooms/SpaceRoom.ts";
import type { WorldState } from "../../src/schema/states.ts";
import type { TwinServices } from "../../src/services.ts";

export interface HallServer {
  port: number;
  /** A new room of that space. Default: the hall. */
  open(space?: string): Promise<Room<{ state: WorldState }>>;
}

export async function serveHall(services: TwinServices): Promise<HallServer> {
  const http = createServer();
  const game = defineServer({
    rooms: { space: defineRoom(spaceRoom(services)).filterBy(["space"]) },
    transport: new WebSocketTransport({ server: http, pingInterval: 0, perMessageDeflate: COMPRESS_ONCE }),
    greet: false,
    gracefullyShutdown: false,
  });
  await game.listen(0, "127.0.0.1");
  return {
    port: (http.address() as AddressInfo).port,
    open: async (space = "hall") => {
      const { roomId } = await matchMaker.createRoom("space", { space });
      return matchMaker.getLocalRoomById(roomId) as Room<{ state: WorldState }>;
    },
  };
}
