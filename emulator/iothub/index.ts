/**
 * The embedded IoT Hub: devices connect with the official SDK over MQTT and TLS, services over its REST API, and what devices
 * say flows into an Event Hub with IoT Hub's own properties. Started by the emulator's main, the demo, and tests.
 */
import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { newCertificate } from "./certificate.ts";
import { handleService } from "./handleService.ts";
import { IotHub } from "./IotHub.ts";
import { isSasFor } from "./sas.ts";
import type { HubMessage, Log } from "./types.ts";

export { signSas } from "./sas.ts";

export interface IotHubEndpointOptions {
  /** Into the Event Hub. */
  publish: (message: HubMessage) => Promise<void>;
  /** 0 or absent: any free port. MQTT over TLS, and REST. */
  mqttPort?: number;
  servicePort?: number;
  host?: string;
  /** SQLite file; absent: in memory. */
  file?: string;
  /** Of the policy iothubowner, base64; absent: a new one. */
  key?: string;
  /** Checks Entra tokens; absent: they are taken unseen. */
  isToken?: (token: string) => boolean;
  log?: Log;
  clock?: () => number;
}

export interface IotHubEndpoint {
  /** For services: `HostName=…;SharedAccessKeyName=…;SharedAccessKey=…`, with a mark that it is plain HTTP. */
  readonly connectionString: string;
  readonly mqttPort: number;
  readonly servicePort: number;
  /** PEM of the certificate that devices have to trust. */
  readonly ca: string;
  /** Registers the device unless it is there; the key is its own. */
  ensureDevice(deviceId: string): { deviceId: string; key: string };
  /** What `POST /$admin/faults` takes. Throws where that would refuse. */
  setFaults(change: object): void;
  close(): Promise<void>;
}

const POLICY = "iothubowner";
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {} };

/** Rejects with EADDRINUSE of the port, or an error of the file. */
export async function startIotHub(options: IotHubEndpointOptions): Promise<IotHubEndpoint> {
  const { host = "127.0.0.1", log = SILENT, clock = Date.now, publish, file } = options;
  const key = options.key ?? randomBytes(32).toString("base64");
  const tls = await newCertificate(clock());
  const hub = new IotHub({ name: "localhost", file, tls, publish, clock, log });
  let servicePort = 0;
  const lets = (authorization: string) =>
    authorization.startsWith("Bearer ")
      ? (options.isToken?.(authorization.slice(7)) ?? true)
      : isSasFor(authorization, { resource: `${host}:${servicePort}`, key, now: clock(), policy: POLICY });
  const server = createServer(handleService({ hub, lets, log }));
  try {
    servicePort = await listen(server, host, options.servicePort ?? 0);
    const mqttPort = await hub.gateway.listen(host, options.mqttPort ?? 0);
    let closing: Promise<void> | undefined;
    log.info({ host, mqttPort, servicePort }, "iot hub: listening");
    return {
      connectionString: `HostName=${host}:${servicePort};SharedAccessKeyName=${POLICY};SharedAccessKey=${key};UseDevelopmentEmulator=true`,
      mqttPort,
      servicePort,
      ca: tls.cert,
      ensureDevice: (deviceId) => hub.ensureDevice(deviceId),
      setFaults: (change) => hub.faults.change(change),
      close: () => (closing ??= close(server, hub)),
    };
  } catch (error) {
    await close(server, hub);
    throw error;
  }
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
  return (server.address() as AddressInfo).port;
}

async function close(server: Server, hub: IotHub): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
  await hub.close();
}
