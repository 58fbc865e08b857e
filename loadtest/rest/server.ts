/**
 * One side of `npm run bench -- rest`, a process of its own. Without arguments the API over a twin service in memory, so that
 * REST itself is measured; with the bytes of an answer a bare express route that gives them.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { newRestServer } from "../../test/integration/http/newRestServer.ts";

const [, , bytes] = process.argv;
process.send?.({ origin: bytes === undefined ? await api() : await bare(bytes) });
process.on("disconnect", () => process.exit());

async function api(): Promise<string> {
  // Counting goes on as it does by default; only nobody is ever refused.
  const { origin } = await newRestServer({ limits: { perAddress: 1e9, perUser: 1e9 } });
  return origin;
}

async function bare(text: string): Promise<string> {
  const app = express();
  app.get("/api/v1/twins/:id", (_req, res) => {
    res.type("json").send(text);
  });
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
