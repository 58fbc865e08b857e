// A Colyseus server on a free port, and clients of it. Colyseus keeps its matchmaker per process: one server at a time.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { defineRoom, defineServer, type Room as ServerRoom } from "@colyseus/core";
import { ColyseusSDK, type Room } from "@colyseus/sdk";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { COMPRESS_ONCE } from "../../plugins/index.ts";

/** What a client holds of a world: a view that tests read without knowing the classes. */
export interface SeenWorld {
  space: string;
  name: string;
  status: string;
  models: Iterable<string>;
  twins: Map<string, Record<string, unknown>>;
  placements: Map<string, Record<string, unknown>>;
  players: Map<string, Record<string, unknown>>;
  operations: Map<string, Record<string, unknown>>;
  leases: Map<string, Record<string, unknown>>;
  alarms: Map<string, Record<string, unknown>>;
}
export type SeenRoom = Room<unknown, SeenWorld>;

export interface RoomServer {
  port: number;
  /** Joins; resolves with the first state. Clients leave when the server closes. */
  join(options?: Record<string, unknown>, room?: string): Promise<SeenRoom>;
  close(): Promise<void>;
}

/** `perMessageDeflate`: what the transport offers its clients; absent: as the ready-made server. */
export async function newRoomServer(
  rooms: Record<string, typeof ServerRoom>,
  perMessageDeflate: boolean | object = COMPRESS_ONCE,
): Promise<RoomServer> {
  const http = createServer();
  const defined = Object.entries(rooms).map(([name, Class]) => [name, defineRoom(Class).filterBy(["space"])] as const);
  const server = defineServer({
    rooms: Object.fromEntries(defined),
    transport: new WebSocketTransport({ server: http, maxPayload: 256 * 1024, perMessageDeflate }),
    greet: false,
    gracefullyShutdown: false,
  });
  await server.listen(0, "127.0.0.1");
  const { port } = http.address() as AddressInfo;
  const joined: SeenRoom[] = [];
  return {
    port,
    async join(options = {}, name = Object.keys(rooms)[0] ?? "") {
      const sdk = new ColyseusSDK(`http://127.0.0.1:${port}`);
      const room = (await sdk.joinOrCreate(name, options)) as unknown as SeenRoom;
      joined.push(room);
      await new Promise<void>((resolve) => room.onStateChange.once(() => resolve()));
      return room;
    },
    async close() {
      for (const room of joined) {
        room.reconnection.enabled = false; // else the SDK goes on trying
      }
      await server.gracefullyShutdown(false);
      http.closeAllConnections();
    },
  };
}
