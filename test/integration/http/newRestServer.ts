/**
 * A running server with nothing but HTTP on it: the real catalog, mirror, pump and control over a twin service in memory,
 * a small plant in it, and a `call` that speaks as a REST client does.
 */
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { RolePolicy } from "../../../src/auth/AccessPolicy.ts";
import { TwinControl } from "../../../src/control/TwinControl.ts";
import { TwinError } from "../../../src/errors.ts";
import { createHttp, type HttpOptions } from "../../../src/http/createHttp.ts";
import { EventPump } from "../../../src/ingest/EventPump.ts";
import { MemoryTwinProvider } from "../../../src/providers/memory/MemoryTwinProvider.ts";
import { TwinSchemaCache } from "../../../src/schema/TwinSchemas.ts";
import type { PlacementIndex, TwinServices } from "../../../src/services.ts";
import { ModelCatalog } from "../../../src/twins/ModelCatalog.ts";
import { Spaces } from "../../../src/twins/Spaces.ts";
import { TwinMirror } from "../../../src/twins/TwinMirror.ts";
import type { Log, TwinEventSource } from "../../../src/twins/types.ts";
import { MODELS, RELATIONSHIPS, TWINS } from "./plant.ts";

export interface Answer {
  status: number;
  headers: Headers;
  type: string;
  etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: what a client finds in a body is what the tests are about
  body: any;
}

export interface RestServer {
  /** `http://127.0.0.1:port`. */
  origin: string;
  services: TwinServices;
  provider: MemoryTwinProvider;
  /** What was logged as an error. */
  errors: object[];
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export interface RestServerOptions extends Partial<HttpOptions> {
  readOnly?: string;
  demo?: boolean;
  /** Runs before the router is mounted, as Colyseus' own listener does. */
  before?: express.RequestHandler;
}

export async function newRestServer(options: RestServerOptions = {}): Promise<RestServer> {
  const { readOnly, demo = true, before, ...http } = options;
  const errors: object[] = [];
  const log: Log = { debug() {}, info() {}, warn() {}, error: (o) => void errors.push(o) };
  const { services, provider, stop } = await newServices({
    log,
    demo,
    ...(readOnly === undefined ? {} : { readOnly }),
  });
  const app = express();
  if (before) {
    app.use(before);
  }
  app.use(createHttp(services, { log, version: "0.0.0-test", ready: () => ({ ready: true, reasons: [] }), ...http }));
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    services,
    provider,
    errors,
    call: (method, path, body, headers) => call(`${origin}/api/v1${path}`, method, body, headers),
    async close() {
      server.closeAllConnections();
      server.close();
      await stop();
    },
  };
}

async function call(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const type = method === "PATCH" ? "application/json-patch+json" : "application/json";
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": type }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const contentType = response.headers.get("content-type") ?? "";
  return {
    status: response.status,
    headers: response.headers,
    type: contentType,
    etag: response.headers.get("etag"),
    body: contentType.includes("json") && text !== "" ? JSON.parse(text) : text,
  };
}

/** With headers that fetch does not let one set, such as Host; the path goes over the wire as it is. */
export async function rawGet(origin: string, path: string, headers: Record<string, string>): Promise<number> {
  const { hostname, port } = new URL(origin);
  const sent = request({ hostname, port, path, headers }).end();
  const [response] = await once(sent, "response");
  response.resume();
  return response.statusCode;
}

async function newServices({ log, demo, readOnly }: { log: Log; demo: boolean; readOnly?: string }) {
  const provider = new MemoryTwinProvider({ models: MODELS, isComponent: (_model, name) => name === "motor" });
  for (const twin of TWINS) {
    await provider.putTwin(twin);
  }
  for (const relationship of RELATIONSHIPS) {
    await provider.putRelationship(relationship);
  }
  const models = new ModelCatalog({ log });
  for await (const model of provider.listModels()) {
    models.add([model]);
  }
  const mirror = new TwinMirror(() => models.graph);
  for await (const twin of provider.listTwins()) {
    mirror.upsertTwin(twin, Date.now());
  }
  for await (const relationship of provider.listRelationships()) {
    mirror.upsertRelationship(relationship);
  }
  const policy = new RolePolicy(readOnly === undefined ? {} : { readOnly });
  let made = 0;
  const newId = () => `made-${++made}`;
  const control = new TwinControl({ provider, mirror, models, policy, log, clock: Date.now, newId });
  const spaces = new Spaces({ mirror, contains: ["contains"], partOf: [], first: "hall" });
  const pump = new EventPump({
    mirror,
    models: () => models.graph,
    provider,
    deadLetters: { add() {} },
    log,
    clock: Date.now,
    observe: (event) => control.observe(event),
  });
  await pump.attach(eventsOf(provider));
  const link = { loaded: true, source: { connected: true, since: 0 }, onChange: () => () => undefined };
  const schemas = new TwinSchemaCache(() => models.graph);
  const services = { log, models, mirror, provider, control, spaces, placements, policy, schemas, link, demo };
  return { services, provider, stop: () => pump.close() };
}

/** The provider's own notifications as a hub with one partition. */
function eventsOf(provider: MemoryTwinProvider): TwinEventSource {
  let sequence = 0;
  let unsubscribe = () => {};
  return {
    async start(handler) {
      let before = Promise.resolve();
      unsubscribe = provider.onEvent((event) => {
        const now = Date.now();
        const position = { partition: "0", sequence: sequence++, generation: "0" };
        const events = [{ ...event, enqueuedAt: now, receivedAt: now, position }];
        before = before.then(() => handler({ events, undecodable: [], last: position }, () => undefined));
      });
    },
    health: () => ({ connected: true, since: 0 }),
    onHealth: () => () => undefined,
    async close() {
      unsubscribe();
    },
  };
}

/** REST has no routes for the layout. */
const placements: PlacementIndex = {
  list: () => [],
  add: notOffered,
  move: notOffered,
  remove: notOffered,
  onChange: () => () => undefined,
};

function notOffered(): never {
  throw new TwinError("UNSUPPORTED", "There is no layout here.");
}
