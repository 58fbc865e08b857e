/**
 * The embedded Event Hubs endpoint: an AMQP 1.0 broker that the official SDKs take for Azure Event Hubs.
 *
 * Devices and producers send to it, the twin service appends its notifications in-process, and the server's EventHubSource
 * consumes from it, as the first step of a value's way in. Started by the emulator's main, the demo, and tests.
 */
import { AmqpServer } from "./AmqpServer.ts";
import { Claims } from "./Claims.ts";
import { Consumers } from "./Consumers.ts";
import { encodeMessage } from "./encode.ts";
import { Hub, Hubs } from "./Hub.ts";
import { LogStore } from "./LogStore.ts";
import { Producers } from "./Producers.ts";
import type { Clock, HubDefinition, HubMessage, Log, Retention } from "./types.ts";

export type { HubDefinition, HubMessage, Retention } from "./types.ts";

export interface EventHubsOptions {
  /** 0 or absent: any free port. */
  port?: number;
  host?: string;
  /** SQLite file; absent: in memory. Its directory must exist. */
  file?: string;
  hubs: Readonly<Record<string, HubDefinition>>;
  /** Name → key of the SAS policies. The first one is in the connection string. */
  keys?: Readonly<Record<string, string>>;
  /** Default: 24 hours, 100,000 events, 256 MB per partition. */
  retention?: Partial<Retention>;
  log?: Log;
  clock?: Clock;
}

export interface EventHubsEndpoint {
  readonly port: number;
  /** Without `EntityPath`: the hub's name is given beside it. */
  readonly connectionString: string;
  /** Resolves when the messages are durable. Rejects when there is no such hub, or the disk refuses. */
  append(hub: string, messages: readonly HubMessage[]): Promise<void>;
  /** Destroys all client connections, and keeps listening. */
  cut(): void;
  /** While on, new connections are reset at once. */
  refuse(on: boolean): void;
  close(): Promise<void>;
}

const DEFAULT_KEYS = { RootManageSharedAccessKey: "local" };
const DEFAULT_RETENTION: Retention = { age: 24 * 3_600_000, events: 100_000, bytes: 256 * 1024 * 1024 };
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {} };

/** Rejects with an Error whose message says what to do: port taken, file not usable. */
export async function startEventHubs(options: EventHubsOptions): Promise<EventHubsEndpoint> {
  const { host = "127.0.0.1", clock = Date.now, log = SILENT, keys = DEFAULT_KEYS } = options;
  const store = LogStore.open({
    ...(options.file === undefined ? {} : { file: options.file }),
    retention: { ...DEFAULT_RETENTION, ...options.retention },
    clock,
    log,
  });
  const hubs = new Hubs();
  for (const [name, definition] of Object.entries(options.hubs)) hubs.add(new Hub(name, store, definition));
  const claims = new Claims(keys, clock);
  const consumers = new Consumers({ hubs, claims, clock });
  const server = new AmqpServer({ hubs, claims, consumers, producers: new Producers(hubs, claims), log });
  try {
    const port = await server.listen(host, options.port ?? 0);
    log.info({ host, port, hubs: Object.keys(options.hubs) }, "event hubs: listening");
    return endpoint({ port, connectionString: connectionString(host, port, keys) }, { hubs, server, store });
  } catch (error) {
    store.close();
    throw error;
  }
}

function endpoint(
  address: { port: number; connectionString: string },
  parts: { hubs: Hubs; server: AmqpServer; store: LogStore },
): EventHubsEndpoint {
  const { hubs, server, store } = parts;
  return {
    ...address,
    append: async (hub, messages) => {
      await Promise.all([...byKey(messages)].map(([to, raws]) => hubs.get(hub).append(raws, to)));
    },
    cut: () => server.cut(),
    refuse: (on) => server.refuse(on),
    close: async () => {
      await server.close();
      store.close();
    },
  };
}

/** Runs of one key, in order; each message without a key goes by itself, to the next partition in turn. */
function* byKey(messages: readonly HubMessage[]): Generator<[{ partitionKey?: string }, Buffer[]]> {
  let run: [{ partitionKey?: string }, Buffer[]] | undefined;
  for (const message of messages) {
    const raw = encodeMessage(message);
    const key = message.partitionKey;
    if (run !== undefined && key !== undefined && run[0].partitionKey === key) run[1].push(raw);
    else {
      if (run !== undefined) yield run;
      run = [key === undefined ? {} : { partitionKey: key }, [raw]];
    }
  }
  if (run !== undefined) yield run;
}

function connectionString(host: string, port: number, keys: Readonly<Record<string, string>>): string {
  const [name = "", key = ""] = Object.entries(keys)[0] ?? [];
  return `Endpoint=sb://${host}:${port};SharedAccessKeyName=${name};SharedAccessKey=${key};UseDevelopmentEmulator=true`;
}
