/** `npm run example`: a game's own server, with the twins of the demo or of Azure as configured. */
import { createServer } from "node:http";
import { defineRoom, defineServer } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { COMPRESS_ONCE, connect, limitJoins, loadConfig, refuseForeign } from "../../src/index.ts";
import { arenaRoom } from "./ArenaRoom.ts";

const config = loadConfig(process.env);
const twins = await connect(config);
const http = createServer();
limitJoins(http, { perAddress: config.limits.joins, trustedProxies: config.limits.trustedProxies });
refuseForeign(http, { origins: config.allowedOrigins, hosts: config.allowedHosts });
const server = defineServer({
  rooms: { arena: defineRoom(arenaRoom(twins.services)).filterBy(["space"]) },
  transport: new WebSocketTransport({
    server: http,
    maxPayload: 2 * 1024 * 1024, // more than the room takes: what is between is refused, what is beyond ends the connection
    perMessageDeflate: COMPRESS_ONCE,
  }),
  express: (app) => {
    app.get("/health", (_req, res) => void res.sendStatus(twins.services.link.loaded ? 200 : 503)); // 200: the twins are here
  },
});
server.onShutdown(() => twins.close());
await server.listen(config.port, config.host);
console.log(`The room "arena" is open at ws://${config.host}:${config.port}; Ctrl-C stops it.`);
