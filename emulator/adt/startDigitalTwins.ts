/**
 * The embedded Azure Digital Twins: REST over node:http, content in memory and in one SQLite file, notifications to hubs.
 *
 * First and last station of a value's ways: devices' values are written through to it, writes from rooms go to it, and its
 * notifications come back by the hub. Started by the emulator (emulator/index.ts) and by tests.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { handleRequests } from "./http/handleRequests.ts";
import { Instance } from "./Instance.ts";
import { newService, type Service } from "./operations/Service.ts";
import { serviceRoutes } from "./operations/serviceRoutes.ts";
import { GroupCommit } from "./storage/GroupCommit.ts";
import { InstanceFile } from "./storage/InstanceFile.ts";
import { Outbox } from "./storage/Outbox.ts";
import type { Log, Publish } from "./types.ts";

export interface DigitalTwinsOptions {
  /** 0 or absent: any free one. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** SQLite file in an existing directory; absent: in memory. */
  file?: string;
  /** Takes what event routes send. */
  publish: Publish;
  /** Endpoint name of an event route → hub. */
  endpoints?: Readonly<Record<string, string>>;
  /** Made when the instance is empty: route id → route. */
  defaultRoutes?: Readonly<Record<string, { endpointName: string; filter: string }>>;
  log?: Log;
  /** ms since epoch. */
  clock?: () => number;
}

export interface DigitalTwinsService {
  readonly url: string;
  readonly port: number;
  /** Answers what has been asked, publishes what is on its way, releases port and file. */
  close(): Promise<void>;
}

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** Longer than clients keep an idle connection, so that none is closed under a request. */
const KEEP_ALIVE = 75_000;

/** Rejects with EADDRINUSE of the port, or with a sentence about the file. */
export async function startDigitalTwins(options: DigitalTwinsOptions): Promise<DigitalTwinsService> {
  const { host = "127.0.0.1", log = SILENT, clock = Date.now } = options;
  const file = new InstanceFile(options.file ?? ":memory:");
  const instance = new Instance();
  const outbox = new Outbox({
    file,
    publish: options.publish,
    published: (hub, seq) => commits.published(hub, seq),
    log,
  });
  const commits = new GroupCommit({ instance, file, onNotifications: (hubs) => outbox.wake(hubs), log });
  let port = 0;
  const service = newService({
    instance,
    endpoints: new Map(Object.entries(options.endpoints ?? {})),
    source: () => `${host}:${port}`,
  });
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE },
    handleRequests({ routes: serviceRoutes(service), settled: () => commits.settled(), clock, log }),
  );
  try {
    instance.load(file.load());
    addDefaultRoutes(service, options.defaultRoutes ?? {});
    await commits.settled();
    port = await listen(server, host, options.port ?? 0);
  } catch (error) {
    file.close();
    throw error;
  }
  outbox.wake(file.waitingHubs());
  log.info({ host, port, twins: instance.twins.size, models: instance.models.size }, "digital twins: listening");
  return {
    url: `http://${host}:${port}`,
    port,
    close: async () => {
      await closeServer(server);
      await commits.flush();
      await outbox.close();
      await commits.flush();
      file.close();
    },
  };
}

function addDefaultRoutes({ instance }: Service, routes: NonNullable<DigitalTwinsOptions["defaultRoutes"]>): void {
  if (instance.isEmpty) {
    for (const [id, route] of Object.entries(routes)) {
      instance.putRoute({ ordinal: instance.nextOrdinal(), id, ...route });
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** How long requests in flight may take before their connections are cut, in ms. */
const GRACE = 2_000;

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE);
  await closed;
  clearTimeout(timer);
}
