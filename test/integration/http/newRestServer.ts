/**
 * A running server with nothing but HTTP on it: the real catalog, mirror, pump and control over a twin service in memory,
 * a small plant in it, and a `call` that speaks as a REST client does.
 */
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { RolePolicy } from "../../../src/auth/AccessPolicy.ts";
import type { SignIn } from "../../../src/auth/SignIn.ts";
import { createHttp, type HttpOptions } from "../../../src/http/createHttp.ts";
import { MemoryTwinProvider } from "../../../src/providers/memory/MemoryTwinProvider.ts";
import { startTwins } from "../../../src/runtime.ts";
import type { Restriction } from "../../../src/schema/Restrictions.ts";
import type { TwinServices } from "../../../src/services.ts";
import type { DeadLetters } from "../../../src/store/DeadLetters.ts";
import { Store } from "../../../src/store/Store.ts";
import type { Log, TwinEventSource } from "../../../src/twins/types.ts";
import { type ApiAnswer, callApi } from "../../support/callApi.ts";
import { MemoryDevices } from "../../support/MemoryDevices.ts";
import { MODELS, RELATIONSHIPS, TWINS } from "./plant.ts";

export interface RestServer {
  /** `http://127.0.0.1:port`. */
  origin: string;
  services: TwinServices;
  provider: MemoryTwinProvider;
  letters: DeadLetters;
  /** What was logged as an error. */
  errors: object[];
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
  close(): Promise<void>;
}

export interface RestServerOptions extends Partial<HttpOptions> {
  readOnly?: string;
  demo?: boolean;
  restricted?: readonly Restriction[];
  signIn?: SignIn;
  /** Runs before the router is mounted, as Colyseus' own listener does. */
  before?: express.RequestHandler;
}

export async function newRestServer(options: RestServerOptions = {}): Promise<RestServer> {
  const { readOnly, demo = true, before, restricted, signIn, ...http } = options;
  const errors: object[] = [];
  const log: Log = { debug() {}, info() {}, warn() {}, error: (o) => void errors.push(o) };
  const { services, provider, letters, stop } = await newServices({
    log,
    demo,
    restricted,
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(restricted === undefined ? {} : { restricted }),
    signIn,
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
    letters,
    errors,
    call: (method, path, body, headers) => callApi(origin, method, path, body, headers),
    async close() {
      server.closeAllConnections();
      server.close();
      await stop();
    },
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

interface ServiceOptions {
  log: Log;
  demo: boolean;
  readOnly?: string;
  restricted?: readonly Restriction[] | undefined;
  signIn: SignIn | undefined;
}

async function newServices({ log, demo, readOnly, restricted = [], signIn }: ServiceOptions) {
  const provider = new MemoryTwinProvider({ models: MODELS, isComponent: (_model, name) => name === "motor" });
  for (const twin of TWINS) {
    await provider.putTwin(twin);
  }
  for (const relationship of RELATIONSHIPS) {
    await provider.putRelationship(relationship);
  }
  const store = Store.open();
  const devices = new MemoryDevices();
  devices.add("pump-01");
  const runtime = await startTwins({
    provider: () => provider,
    sources: [eventsOf(provider)],
    devices,
    records: store,
    deadLetters: store.deadLetters,
    modelCache: { read: () => [], write() {} },
    edits: store.edits,
    policy: new RolePolicy(readOnly === undefined ? {} : { readOnly }),
    log,
    demo,
    restricted,
    signIn,
    writeThrough: false,
    contains: ["contains"],
    partOf: [],
    firstSpace: "hall",
  });
  await runtime.ready;
  const stop = async () => {
    await runtime.close();
    store.close();
  };
  return { services: runtime.services, provider, letters: store.deadLetters, stop };
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
