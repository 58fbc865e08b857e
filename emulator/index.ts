/**
 * The embedded cloud: twin service, event hubs and IoT hub, joined as an Azure subscription would have them.
 *
 * The twin service's event routes end in the hub `notifications`; what devices tell the IoT hub goes to the hub `telemetry`. Started by
 * `npm run emulator` (main.ts), by the demo, and by tests.
 */
import { access, constants, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { TokenCheck } from "./adt/auth/TokenCheck.ts";
import { RemoteHub } from "./adt/events/RemoteHub.ts";
import { type DigitalTwinsService, startDigitalTwins, type TokenOptions } from "./adt/index.ts";
import { type EventHubsEndpoint, type HubDefinition, startEventHubs } from "./eventhubs/index.ts";
import { FileLock } from "./sqlite/FileLock.ts";

export type { DigitalTwinsService, ImportResult, TokenOptions } from "./adt/index.ts";
export type { EventHubsEndpoint, HubDefinition } from "./eventhubs/index.ts";
export type { IotHubEndpoint } from "./iothub/index.ts";

import { type IotHubEndpoint, startIotHub } from "./iothub/index.ts";

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
  /** The IoT hub's: MQTT over TLS for devices, REST for services. */
  mqttPort?: number;
  iotPort?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Directory of the files, made when it is not there; absent: everything in memory. */
  data?: string;
  /** Beside, or instead of, `notifications` and `telemetry`. */
  hubs?: Readonly<Record<string, HubDefinition>>;
  /** Made on every hub, beside `$Default` and those of its definition. */
  consumerGroups?: readonly string[];
  /** Further endpoints of event routes: name → connection string, with EntityPath, of a real Event Hub. */
  endpoints?: Readonly<Record<string, string>>;
  /** The twin service asks for tokens; absent: everybody may do everything. */
  requireToken?: TokenOptions;
  /** What goes wrong from the start: what `POST /$admin/faults` takes. */
  faults?: object;
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
  readonly iotHub: IotHubEndpoint;
  close(): Promise<void>;
}

export type PortOption = "adtPort" | "amqpPort" | "mqttPort" | "iotPort";

/** A port that cannot be had; `option` is the one to change. The message says so in words. */
export class PortError extends Error {
  override readonly name = "PortError";
  readonly option: PortOption;
  readonly port: number;

  constructor(option: PortOption, port: number, cause: unknown) {
    const isTaken = codeOf(cause) === "EADDRINUSE";
    super(`Port ${port} ${isTaken ? "is taken by another program" : "may not be used by this user"}`, { cause });
    this.option = option;
    this.port = port;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** Of Entra tokens for IoT Hub's service API. */
const IOT_AUDIENCE = ["https://iothubs.azure.net"];

const NAMES = { notifications: "notifications", telemetry: "telemetry" } as const;
const HUBS: Readonly<Record<string, HubDefinition>> = {
  [NAMES.notifications]: { partitions: 4, consumerGroups: ["devices"] },
  [NAMES.telemetry]: { partitions: 4 },
};

/** Rejects with a PortError, or with an Error whose message says which option, directory or file is wrong and why. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const files = options.data === undefined ? undefined : await openDirectory(options.data);
  // In the order in which they end: the twin service first, it still has something to say to the hubs.
  const ends: (() => unknown)[] = [() => files?.lock.release()];
  const end = async () => {
    for (const close of ends) {
      await close();
    }
  };
  try {
    const hubs = withGroups({ ...HUBS, ...options.hubs }, options.consumerGroups ?? []);
    const eventHubs = await startHubs(options, hubs, files?.hubs);
    ends.unshift(() => eventHubs.close());
    const remotes = await openRemotes(options.endpoints ?? {});
    ends.unshift(() => Promise.all(Array.from(remotes.values(), (remote) => remote.close())));
    const digitalTwins = await startTwins(options, { hubs: Object.keys(hubs), eventHubs, remotes }, files?.twins);
    ends.unshift(() => digitalTwins.close());
    const iotHub = await startDevices(options, eventHubs, files?.devices);
    ends.unshift(() => iotHub.close());
    return joined({ digitalTwins, eventHubs, iotHub }, end);
  } catch (error) {
    await end();
    throw error;
  }
}

function startHubs(
  options: EmulatorOptions,
  hubs: Record<string, HubDefinition>,
  file: string | undefined,
): Promise<EventHubsEndpoint> {
  const { amqpPort = 0 } = options;
  return startEventHubs({ ...common(options, file), port: amqpPort, hubs }).catch(onPort("amqpPort", amqpPort));
}

function startTwins(
  options: EmulatorOptions,
  to: { hubs: readonly string[]; eventHubs: EventHubsEndpoint; remotes: ReadonlyMap<string, RemoteHub> },
  file: string | undefined,
): Promise<DigitalTwinsService> {
  const { adtPort = 0, requireToken, faults } = options;
  return startDigitalTwins({
    ...common(options, file),
    port: adtPort,
    publish: (hub, message) => to.remotes.get(hub)?.publish(message) ?? to.eventHubs.append(hub, [message]),
    // Every hub is an endpoint of its own name.
    endpoints: Object.fromEntries([...to.hubs, ...to.remotes.keys()].map((name) => [name, name])),
    defaultRoutes: { all: { endpointName: NAMES.notifications, filter: "true" } },
    ...(requireToken === undefined ? {} : { requireToken }),
    ...(faults === undefined ? {} : { faults }),
  }).catch(onPort("adtPort", adtPort));
}

async function startDevices(
  options: EmulatorOptions,
  eventHubs: EventHubsEndpoint,
  file: string | undefined,
): Promise<IotHubEndpoint> {
  const { mqttPort = 0, iotPort: servicePort = 0, requireToken, clock = Date.now } = options;
  const tokens = requireToken && new TokenCheck({ ...requireToken, audience: IOT_AUDIENCE, clock });
  const isToken = (token: string) => tokens === undefined || tokens.check(`Bearer ${token}`, false) !== "unauthorized";
  const publish: Parameters<typeof startIotHub>[0]["publish"] = (message) =>
    eventHubs.append(NAMES.telemetry, [message]);
  return startIotHub({ ...common(options, file), mqttPort, servicePort, publish, isToken }).catch((error: unknown) => {
    const isMqtt = (error as { port?: unknown }).port === mqttPort && mqttPort !== 0;
    return onPort(isMqtt ? "mqttPort" : "iotPort", isMqtt ? mqttPort : servicePort)(error);
  });
}

async function openRemotes(endpoints: Readonly<Record<string, string>>): Promise<Map<string, RemoteHub>> {
  const remotes = new Map<string, RemoteHub>();
  for (const [name, connectionString] of Object.entries(endpoints)) {
    remotes.set(name, await RemoteHub.open(name, connectionString));
  }
  return remotes;
}

function withGroups(hubs: Record<string, HubDefinition>, groups: readonly string[]): Record<string, HubDefinition> {
  return Object.fromEntries(
    Object.entries(hubs).map(([name, hub]) => [
      name,
      { ...hub, consumerGroups: [...(hub.consumerGroups ?? []), ...groups] },
    ]),
  );
}

function onPort(option: PortOption, port: number) {
  return (error: unknown): never => {
    throw ["EADDRINUSE", "EACCES"].includes(String(codeOf(error))) ? new PortError(option, port, error) : error;
  };
}

function joined(parts: Pick<Emulator, "digitalTwins" | "eventHubs" | "iotHub">, end: () => Promise<void>): Emulator {
  const { digitalTwins, eventHubs } = parts;
  let closing: Promise<void> | undefined;
  return {
    adtUrl: digitalTwins.url,
    connectionString: eventHubs.connectionString,
    hubs: NAMES,
    ...parts,
    close: () => {
      closing ??= end();
      return closing;
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

async function openDirectory(data: string): Promise<{ twins: string; hubs: string; devices: string; lock: FileLock }> {
  try {
    await mkdir(data, { recursive: true });
    await access(data, constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The data directory ${data} cannot be used (${why}). Choose another one.`, { cause: error });
  }
  const lock = new FileLock(
    join(data, "emulator.lock"),
    `The data directory ${data} is in use by another emulator. Stop that one, or choose another directory.`,
  );
  const file = (name: string) => join(data, `${name}.sqlite`);
  return { twins: file("digitaltwins"), hubs: file("eventhubs"), devices: file("iothub"), lock };
}
