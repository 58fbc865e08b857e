/**
 * The embedded Event Hubs endpoint: an AMQP 1.0 broker that the official SDKs take for Azure Event Hubs.
 *
 * Devices and producers send to it, the twin service appends its notifications in-process, and the server's EventHubSource
 * consumes from it, as the first step of a value's way in. Started by the emulator's main, the demo, and tests.
 */
import type { KeyObject } from "node:crypto";
import type { TlsOptions } from "node:tls";
import { AmqpServer } from "./AmqpServer.ts";
import { Claims } from "./Claims.ts";
import { Consumers, type Reader } from "./Consumers.ts";
import { encodeMessage } from "./encode.ts";
import { Faults } from "./Faults.ts";
import { Hub, Hubs } from "./Hub.ts";
import { LogStore } from "./LogStore.ts";
import { Producers } from "./Producers.ts";
import type { Append, Clock, HubDefinition, HubMessage, Log, Retention, SasPolicy } from "./types.ts";

export type { Reader } from "./Consumers.ts";
export type { Cut, Faults, Span } from "./Faults.ts";
export type { HubDefinition, HubMessage, Retention, Right, SasPolicy } from "./types.ts";

export interface EventHubsOptions {
  /** 0 or absent: any free port. */
  port?: number;
  host?: string;
  /** SQLite file; absent: in memory. Its directory must exist. */
  file?: string;
  hubs: Readonly<Record<string, HubDefinition>>;
  /** The SAS policies by name; a key alone has all rights on all hubs. The first one is in the connection string. */
  keys?: Readonly<Record<string, string | SasPolicy>>;
  /** Entra tokens are checked with it (public RSA or EC key, or a secret); absent: they are taken unseen. */
  tokenKey?: KeyObject;
  /** Certificate and key: the endpoint then speaks TLS only, and the connection string says so. */
  tls?: TlsOptions;
  /** Also AMQP over WebSockets (`/$servicebus/websocket`) on this port; 0: any free one. Absent: not. The SDKs want `tls` for it. */
  webSocketPort?: number;
  /** Of the chance in faults. */
  seed?: number;
  /** Default: 24 hours, 100,000 events, 256 MB per partition. */
  retention?: Partial<Retention>;
  log?: Log;
  clock?: Clock;
}

export interface EventHubsEndpoint {
  readonly port: number;
  /** Of AMQP over WebSockets; undefined when it was not asked for. */
  readonly webSocketPort: number | undefined;
  /** Without `EntityPath`: the hub's name is given beside it. */
  readonly connectionString: string;
  /** Resolves when the messages are durable. Rejects when there is no such hub, or the disk refuses. */
  append(hub: string, messages: readonly HubMessage[]): Promise<void>;
  /** What can go wrong, on demand. */
  readonly faults: Faults;
  /** The links of consumers that are open, of all hubs. */
  readers(): Reader[];
  /** Resets all client connections, and keeps listening. */
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
  const { server, faults, consumers } = assemble(options, hubs, { clock, log, keys });
  try {
    const port = await server.listen(host, options.port ?? 0);
    const webSocketPort =
      options.webSocketPort === undefined ? undefined : await server.listenForWebSockets(host, options.webSocketPort);
    log.info({ host, port, hubs: Object.keys(options.hubs) }, "event hubs: listening");
    const address = connectionString(`${host}:${port}`, keys, options.tls === undefined);
    return endpoint({ port, webSocketPort, connectionString: address, faults }, { hubs, server, store, consumers });
  } catch (error) {
    await server.close();
    await store.close();
    throw error;
  }
}

function assemble(
  options: EventHubsOptions,
  hubs: Hubs,
  { clock, log, keys }: Required<Pick<EventHubsOptions, "clock" | "log" | "keys">>,
): { server: AmqpServer; faults: Faults; consumers: Consumers } {
  const { tokenKey, tls, seed = 1 } = options;
  const faults: Faults = new Faults(seed, {
    cut: (how, isChosen) => server.cut(how, isChosen),
    steal: (hub, partition, group) => consumers.steal(hub, partition, group),
    expire: (hub, partition, keep) => hubs.get(hub).expire(partition, keep),
    resume: () => consumers.wakeAll(),
  });
  const claims = new Claims({ keys, clock, ...(tokenKey === undefined ? {} : { tokenKey }) });
  const consumers = new Consumers({ hubs, claims, clock, faults });
  const producers = new Producers({ hubs, claims, faults });
  const server = new AmqpServer({
    hubs,
    claims,
    consumers,
    producers,
    faults,
    log,
    ...(tls === undefined ? {} : { tls }),
  });
  return { server, faults, consumers };
}

function endpoint(
  address: Pick<EventHubsEndpoint, "port" | "webSocketPort" | "connectionString" | "faults">,
  parts: { hubs: Hubs; server: AmqpServer; store: LogStore; consumers: Consumers },
): EventHubsEndpoint {
  const { hubs, server, store, consumers } = parts;
  return {
    ...address,
    append: async (hub, messages) => {
      const to = hubs.get(hub);
      const [only] = messages;
      // Without a detour for one: notifications come one by one.
      await (only !== undefined && messages.length === 1
        ? to.append({ raws: [encodeMessage(only)], partitionKey: only.partitionKey })
        : Promise.all(Array.from(byKey(messages), (append) => to.append(append))));
    },
    cut: () => {
      address.faults.cut();
    },
    readers: () => consumers.readers(),
    refuse: (on) => address.faults.refuse(on),
    close: async () => {
      await server.close();
      await store.close();
    },
  };
}

/** Runs of one key, in order; each message without a key goes by itself, to the next partition in turn. */
function* byKey(messages: readonly HubMessage[]): Generator<Append> {
  let run: { raws: Buffer[]; partitionKey: string | undefined } | undefined;
  for (const message of messages) {
    const raw = encodeMessage(message);
    const { partitionKey } = message;
    if (run !== undefined && partitionKey !== undefined && run.partitionKey === partitionKey) run.raws.push(raw);
    else {
      if (run !== undefined) yield run;
      run = { raws: [raw], partitionKey };
    }
  }
  if (run !== undefined) yield run;
}

function connectionString(
  address: string,
  keys: Readonly<Record<string, string | SasPolicy>>,
  isPlain: boolean,
): string {
  const [name = "", policy = ""] = Object.entries(keys)[0] ?? [];
  const key = typeof policy === "string" ? policy : policy.key;
  // Without the last part the SDKs speak TLS.
  const plain = isPlain ? ";UseDevelopmentEmulator=true" : "";
  return `Endpoint=sb://${address};SharedAccessKeyName=${name};SharedAccessKey=${key}${plain}`;
}
