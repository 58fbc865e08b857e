/**
 * One server of the rooms benchmark, in a process of its own: `node server.ts <variant> <twins>`. All variants apply the
 * same changes to the same mirror; they differ in how these come to the clients.
 *
 * room: the ready-made room · batch: one JSON message per tick over ws, stringified once · each: a JSON message per change
 * (what samples for socket.io and SignalR do), stringified once · floor: ws.send of a ready-made buffer · none: nobody is
 * told. Called by ../rooms.ts, which forks it and speaks to it over IPC.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { defineRoom, defineServer, matchMaker } from "@colyseus/core";
import { Encoder } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { type WebSocket, WebSocketServer } from "ws";
import { spaceRoom } from "../../rooms/SpaceRoom.ts";
import type { TwinServices } from "../../src/services.ts";
import { benchTwins, pumpId, tell } from "./benchTwins.ts";
import type { Load, ServerReport } from "./messages.ts";

type Variant = "none" | "room" | "batch" | "each" | "floor";
const INTERVAL_MS = 50;

const variant = process.argv[2] as Variant;
const count = Number(process.argv[3]);
const { services } = await benchTwins(count);
const server = variant === "room" ? await colyseus(services) : await plain(services);
process.send?.({ said: { port: server.port } });
process.on("message", (load: Load) => {
  void run(load).then((said) => process.send?.({ said }));
});
process.on("disconnect", () => process.exit());

interface Running {
  port: number;
  tick(load: Load): void;
}

async function colyseus(of: TwinServices): Promise<Running> {
  Encoder.BUFFER_SIZE = 4 << 20;
  const http = createServer();
  const game = defineServer({
    rooms: { space: defineRoom(spaceRoom(of)).filterBy(["space"]) },
    transport: new WebSocketTransport({ server: http, pingInterval: 0 }),
    greet: false,
    gracefullyShutdown: false,
  });
  await game.listen(0, "127.0.0.1");
  await matchMaker.createRoom("space", { space: "hall" });
  return { port: (http.address() as AddressInfo).port, tick: () => undefined };
}

/** Gathers what changed and tells it once per tick: the honest peer does not send a value twice either. */
async function plain(of: TwinServices): Promise<Running> {
  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  const changed = new Map<string, Record<string, unknown>>();
  of.mirror.onChange((change) => {
    if (change.kind === "value" && variant !== "none" && variant !== "floor") {
      const { twinId, path, value, time } = change;
      const seen = changed.get(twinId) ?? { id: twinId };
      seen[path.slice(1)] = value;
      seen["seen"] = Math.floor(time / 1000);
      changed.set(twinId, seen);
    }
  });
  await new Promise((resolve) => sockets.once("listening", resolve));
  return {
    port: (sockets.address() as AddressInfo).port,
    tick: ({ bytes = 0 }) => {
      for (const message of messages(changed, bytes)) {
        sendAll(sockets.clients, message);
      }
      changed.clear();
    },
  };
}

function messages(changed: Map<string, object>, bytes: number): (string | Buffer)[] {
  switch (variant) {
    case "batch":
      return [JSON.stringify([...changed.values()])];
    case "each":
      return [...changed.values()].map((change) => JSON.stringify(change));
    case "floor":
      return [Buffer.alloc(bytes)];
    default:
      return [];
  }
}

function sendAll(clients: Set<WebSocket>, message: string | Buffer): void {
  const data = Buffer.from(message);
  for (const client of clients) {
    client.send(data, { binary: true });
  }
}

let next = 0;

/** CPU of this process from the first tick to one interval after the last. */
async function run(load: Load): Promise<ServerReport> {
  if (load.stamped) {
    return await runStamped(load);
  }
  const before = process.cpuUsage();
  const begun = performance.now();
  for (let tick = 0; tick < load.ticks; tick++) {
    for (let i = 0; i < load.changes; i++) {
      next++;
      tell(services, pumpId((next * 7) % count), (next % 100_000) / 100);
    }
    server.tick(load);
    await delay(Math.max(0, begun + (tick + 1) * INTERVAL_MS - performance.now()));
  }
  await delay(INTERVAL_MS);
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000 / load.ticks, rss: process.memoryUsage().rss };
}

/** Changes at any moment, each with the moment as its value; `quietMs` apart, or spread over the ticks. */
async function runStamped({ ticks, changes, quietMs }: Load): Promise<ServerReport> {
  const step = quietMs ?? INTERVAL_MS / 10;
  const perStep = quietMs === undefined ? changes / 10 : 1;
  for (let n = 0; n < ticks * (quietMs === undefined ? 10 : 1); n++) {
    for (let i = 0; i < perStep; i++) {
      next++;
      tell(services, pumpId(next % count), performance.timeOrigin + performance.now());
    }
    await delay(step * (0.75 + Math.random() / 2));
  }
  await delay(2 * INTERVAL_MS);
  return { cpuMs: 0, rss: process.memoryUsage().rss };
}
