/**
 * The embedded Azure Digital Twins: REST over node:http, content in memory and in one SQLite file, notifications to hubs.
 *
 * First and last station of a value's ways: devices' values are written through to it, writes from rooms go to it, and its
 * notifications come back by the hub. Started by the emulator (emulator/index.ts) and by tests.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportContent } from "./admin/exportContent.ts";
import { handleAdmin, importLines } from "./admin/handleAdmin.ts";
import type { ImportResult } from "./admin/Importer.ts";
import { TokenCheck, type TokenOptions } from "./auth/TokenCheck.ts";
import { Faults } from "./faults/Faults.ts";
import { LaggingView } from "./faults/LaggingView.ts";
import { NotificationHolds } from "./faults/NotificationHolds.ts";
import { handleRequests } from "./http/handleRequests.ts";
import { answerBrokenHttp } from "./http/sendResponse.ts";
import { Instance } from "./Instance.ts";
import { newService, type Service } from "./operations/Service.ts";
import { serviceRoutes } from "./operations/serviceRoutes.ts";
import { GroupCommit } from "./storage/GroupCommit.ts";
import { InstanceFile } from "./storage/InstanceFile.ts";
import { MemoryStorage } from "./storage/MemoryStorage.ts";
import { Outbox } from "./storage/Outbox.ts";
import type { Storage } from "./storage/Storage.ts";
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
  /** Asks for tokens; absent: everybody may do everything. */
  requireToken?: TokenOptions;
  /** What `POST /$admin/faults` takes. */
  faults?: object;
  log?: Log;
  /** ms since epoch. */
  clock?: () => number;
  /** ms that the reader of `GET /$admin/export` may stand still before he is cut off; default 30,000. */
  exportPatience?: number;
}

export interface DigitalTwinsService {
  readonly url: string;
  readonly port: number;
  /** What `POST /$admin/faults` does. Throws when a member makes no sense. */
  setFaults(change: object): void;
  /**
   * The whole instance as NDJSON: lines with their ends, of what is there when the first is asked for. To be read to the end, or
   * ended with `return`: until then what is replaced stays in memory.
   */
  export(): Iterable<string>;
  /** Takes NDJSON line by line; resolves when it is durable. */
  import(lines: AsyncIterable<string>): Promise<ImportResult>;
  /** Answers what has been asked, publishes what is on its way, releases port and file. */
  close(): Promise<void>;
}

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** Longer than clients keep an idle connection, so that none is closed under a request. */
const KEEP_ALIVE = 75_000;
const EXPORT_PATIENCE = 30_000;
/** For a request to come in as a whole, in ms. */
const REQUEST_TIMEOUT = 60_000;

/** Rejects with EADDRINUSE of the port, or with a sentence about the file, the key for tokens, or the faults. */
export async function startDigitalTwins(options: DigitalTwinsOptions): Promise<DigitalTwinsService> {
  const { host = "127.0.0.1", log = SILENT, exportPatience = EXPORT_PATIENCE } = options;
  const instance = new Instance();
  const view = new LaggingView(instance, () => performance.now());
  const faults = new Faults({ clock: options.clock ?? Date.now, view, instance });
  const now = () => faults.now();
  const tokens = options.requireToken && new TokenCheck({ ...options.requireToken, clock: now });
  const holds = new NotificationHolds(options.publish, (error) => {
    log.warn({ err: error }, "a notification that was kept back could not be published");
  });
  const storage = options.file === undefined ? new MemoryStorage() : new InstanceFile(options.file);
  const outbox = new Outbox({
    storage,
    publish: (hub, message) => holds.publish(hub, message),
    published: (hub, seq) => commits.published(hub, seq),
    log,
  });
  const commits = new GroupCommit({ instance, view, storage, onNotifications: (hubs) => outbox.wake(hubs), log });
  const pending = () => commits.pending;
  let port = 0;
  const endpoints = new Map(Object.entries(options.endpoints ?? {}));
  const service = newService({ instance, view, faults, holds, endpoints, source: () => `${host}:${port}` });
  const administration = { service, faults, pending, exportPatience, log };
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE, requestTimeout: REQUEST_TIMEOUT },
    handleRequests({
      routes: serviceRoutes(service),
      admin: handleAdmin(administration),
      ...(tokens === undefined ? {} : { tokens }),
      faults,
      pending,
      log,
    }),
  );
  answerBrokenHttp(server);
  try {
    instance.load(storage.load());
    addDefaultRoutes(service, options.defaultRoutes ?? {});
    faults.change(options.faults ?? {});
    await commits.pending;
    port = await listen(server, host, options.port ?? 0);
  } catch (error) {
    commits.abandon();
    await storage.close();
    throw error;
  }
  commits.tidy();
  outbox.wake(storage.waitingHubs());
  log.info({ host, port, twins: instance.twins.size, models: instance.models.size }, "digital twins: listening");
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}`,
    port,
    setFaults: (change) => faults.change(change),
    export: () => exportContent(instance),
    import: (lines) => importLines(administration, lines),
    close: () => {
      closing ??= close({ server, commits, outbox, holds, storage });
      return closing;
    },
  };
}

interface Parts {
  server: Server;
  commits: GroupCommit;
  outbox: Outbox;
  holds: NotificationHolds;
  storage: Storage;
}

async function close({ server, commits, outbox, holds, storage }: Parts): Promise<void> {
  await closeServer(server);
  await commits.flush();
  await outbox.close();
  await holds.close();
  await commits.close();
  await storage.close();
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
