/**
 * The server of the page's benchmark, in a process of its own: `node server.ts <twins> <changes a second> <web root>`. N
 * pumps in memory, all placed, in a room that shows everything to everyone; values change at the given rate. Says its port.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { definePlugins, defineRoom, defineServer, Room } from "@colyseus/core";
import { Encoder } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { digitalTwins } from "../../plugins/digitalTwins.ts";
import { createHttp } from "../../src/http/createHttp.ts";
import { benchTwins, PROPERTIES, pumpId, tell } from "../rooms/benchTwins.ts";

const [count = 0, rate = 0] = process.argv.slice(2, 4).map(Number);
const webRoot = process.argv[4] ?? "";
const TICK_MS = 20;
const SPACING = 3;
const CHUNK = 1000;

const { services } = await benchTwins(count);
const columns = Math.ceil(Math.sqrt(count));
const items = Array.from({ length: count }, (_, i) => ({
  twinId: pumpId(i),
  x: (i % columns) * SPACING,
  z: Math.floor(i / columns) * SPACING,
}));
for (let at = 0; at < count; at += CHUNK) {
  services.placements.add("hall", items.slice(at, at + CHUNK), "bench");
}

class BenchRoom extends Room {
  override patchRate = 100;
  override plugins = definePlugins(digitalTwins({ services, space: "hall", interest: false }));
  override messages = { _: () => undefined };
  static override async onAuth() {
    return { name: "bench", role: "player" };
  }
}

Encoder.BUFFER_SIZE = 8 << 20;
const silent = { debug() {}, info() {}, warn() {}, error: console.error };
const http = createServer();
const game = defineServer({
  rooms: { space: defineRoom(BenchRoom) },
  transport: new WebSocketTransport({ server: http }),
  express: (app) => {
    app.use(
      createHttp(services, { log: silent, version: "bench", webRoot, ready: () => ({ ready: true, reasons: [] }) }),
    );
  },
  greet: false,
  gracefullyShutdown: false,
});
await game.listen(0, "127.0.0.1");

let next = 0;
let due = 0;
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  due += ((now - last) / 1000) * rate;
  last = now;
  for (; due >= 1; due--) {
    next++;
    tell(services, pumpId(next % count), (next % 9973) / 10, PROPERTIES[next % PROPERTIES.length]);
  }
}, TICK_MS);

process.on("disconnect", () => process.exit());
process.send?.({ said: { port: (http.address() as AddressInfo).port } });
