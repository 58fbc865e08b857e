import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { defineServer, type Server } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { createHttp } from "../../../src/http/createHttp.ts";
import { silentLog } from "../../support/silentLog.ts";
import { newRestServer, type RestServer } from "./newRestServer.ts";

describe("REST on the application that Colyseus hands out", () => {
  let rest: RestServer;
  let server: Server;
  let origin: string;
  beforeEach(async () => {
    rest = await newRestServer();
    const http = createServer();
    const ready = () => ({ ready: true, reasons: [] });
    server = defineServer({
      rooms: {},
      transport: new WebSocketTransport({ server: http }),
      express: (app) => void app.use(createHttp(rest.services, { log: silentLog, version: "0", ready })),
      greet: false,
      gracefullyShutdown: false,
    });
    await server.listen(0, "127.0.0.1");
    if (!http.listening) {
      await once(http, "listening");
    }
    origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await server.gracefullyShutdown(false);
    await rest.close();
  });

  it("answers reads and writes", async () => {
    assert.equal((await fetch(`${origin}/health`)).status, 200);
    const changed = await fetch(`${origin}/api/v1/twins/pump-01`, {
      method: "PATCH",
      headers: { "content-type": "application/json-patch+json" },
      body: JSON.stringify([{ op: "replace", path: "/speed", value: 7 }]),
    });
    assert.equal(changed.status, 204);
    assert.equal((await rest.provider.getTwin("pump-01"))?.properties["speed"], 7);
    assert.equal((await fetch(`${origin}/api/v1/nothing`)).status, 404);
  });

  it("refuses another site's page, although Colyseus grants its preflight", async () => {
    const headers = { origin: "https://evil.example" };
    const preflight = await fetch(`${origin}/api/v1/twins/store`, { method: "OPTIONS", headers });
    assert.equal(preflight.headers.get("access-control-allow-origin"), "https://evil.example");
    const write = await fetch(`${origin}/api/v1/twins/store`, { method: "DELETE", headers });
    assert.equal(write.status, 403);
    assert.equal(write.headers.get("access-control-allow-origin"), null);
    const read = await fetch(`${origin}/api/v1/twins`, { headers });
    assert.equal(read.status, 403);
  });
});
