/**
 * The embedded cloud: twin service and event hub, joined as an Azure subscription would have them.
 *
 * The twin service's event routes end in the hub `notifications`; devices send to the hub `telemetry`. Started by
 * `npm run emulator` (main.ts), by the demo, and by tests.
 */
import { access, constants, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type DigitalTwinsService, startDigitalTwins } from "./adt/index.ts";
import { type EventHubsEndpoint, type HubDefinition, startEventHubs } from "./eventhubs/index.ts";

export type { DigitalTwinsService } from "./adt/index.ts";
export type { EventHubsEndpoint, HubDefinition } from "./eventhubs/index.ts";

/** pino and the heart's `Log` fulfil it. */
export interface EmulatorLog {
  debug(o: object, message: string): void;
  info(o: object, message: string): void;
  warn(o: object, message: string): void;
  error(o: object, message: string): void;
}

export interface EmulatorOptions {
  /** 0 or absent: any free port. */
  adtPort?: number;
  amqpPort?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Directory of the files, made when it is not there; absent: everything in memory. */
  data?: string;
  /** Beside, or instead of, `notifications` and `telemetry`. */
  hubs?: Readonly<Record<string, HubDefinition>>;
  /** Made on every hub, beside `$Default` and those of its definition. */
  consumerGroups?: readonly string[];
  log?: EmulatorLog;
  /** ms since epoch. */
  clock?: () => number;
}

export interface Emulator {
  readonly adtUrl: string;
  /** Of the event hubs' namespace: without `EntityPath`. */
  readonly connectionString: string;
  /** Names of the hubs by their purpose. */
  readonly hubs: { readonly notifications: string; readonly telemetry: string };
  readonly digitalTwins: DigitalTwinsService;
  readonly eventHubs: EventHubsEndpoint;
  close(): Promise<void>;
}

/** A port that cannot be had; `option` is the one to change. The message says so in words. */
export class PortError extends Error {
  override readonly name = "PortError";
  readonly option: "adtPort" | "amqpPort";
  readonly port: number;

  constructor(option: "adtPort" | "amqpPort", port: number, cause: unknown) {
    const isTaken = codeOf(cause) === "EADDRINUSE";
    super(`Port ${port} ${isTaken ? "is taken by another program" : "may not be used by this user"}`, { cause });
    this.option = option;
    this.port = port;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

const NAMES = { notifications: "notifications", telemetry: "telemetry" } as const;
const HUBS: Readonly<Record<string, HubDefinition>> = {
  [NAMES.notifications]: { partitions: 4, consumerGroups: ["devices"] },
  [NAMES.telemetry]: { partitions: 4 },
};

/** Rejects with a PortError, or with an Error whose message says which directory or file cannot be used and why. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { adtPort = 0, amqpPort = 0, data } = options;
  const hubs = withGroups({ ...HUBS, ...options.hubs }, options.consumerGroups ?? []);
  const files = data === undefined ? undefined : await openDirectory(data);
  const eventHubs = await startEventHubs({
    ...common(options, files?.hubs),
    port: amqpPort,
    hubs,
  }).catch(onPort("amqpPort", amqpPort));
  try {
    const digitalTwins = await startDigitalTwins({
      ...common(options, files?.twins),
      port: adtPort,
      publish: (hub, message) => eventHubs.append(hub, [message]),
      // Every hub is an endpoint of its own name.
      endpoints: Object.fromEntries(Object.keys(hubs).map((name) => [name, name])),
      defaultRoutes: { all: { endpointName: NAMES.notifications, filter: "true" } },
    }).catch(onPort("adtPort", adtPort));
    return joined(digitalTwins, eventHubs);
  } catch (error) {
    await eventHubs.close();
    throw error;
  }
}

function withGroups(hubs: Record<string, HubDefinition>, groups: readonly string[]): Record<string, HubDefinition> {
  return Object.fromEntries(
    Object.entries(hubs).map(([name, hub]) => [
      name,
      { ...hub, consumerGroups: [...(hub.consumerGroups ?? []), ...groups] },
    ]),
  );
}

function onPort(option: "adtPort" | "amqpPort", port: number) {
  return (error: unknown): never => {
    throw ["EADDRINUSE", "EACCES"].includes(String(codeOf(error))) ? new PortError(option, port, error) : error;
  };
}

function joined(digitalTwins: DigitalTwinsService, eventHubs: EventHubsEndpoint): Emulator {
  return {
    adtUrl: digitalTwins.url,
    connectionString: eventHubs.connectionString,
    hubs: NAMES,
    digitalTwins,
    eventHubs,
    // The twin service first: it still has something to say to the hub.
    close: async () => {
      await digitalTwins.close();
      await eventHubs.close();
    },
  };
}

function common({ host, log, clock }: EmulatorOptions, file: string | undefined) {
  return {
    ...(host === undefined ? {} : { host }),
    ...(log === undefined ? {} : { log }),
    ...(clock === undefined ? {} : { clock }),
    ...(file === undefined ? {} : { file }),
  };
}

async function openDirectory(data: string): Promise<{ twins: string; hubs: string }> {
  try {
    await mkdir(data, { recursive: true });
    await access(data, constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The data directory ${data} cannot be used (${why}). Choose another one.`, { cause: error });
  }
  return { twins: join(data, "digitaltwins.sqlite"), hubs: join(data, "eventhubs.sqlite") };
}
