/**
 * The devices' side: MQTT over TLS, as azure-iot-device speaks it. Lets a device in by its SAS token, and only to its own
 * topics; hands what it says to IotHub, and tells it what IotHub says.
 */

import type { AddressInfo } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { Aedes, type Client } from "aedes";
import { isSasFor } from "./sas.ts";
import { type DeviceMessage, mayHear, readTopic } from "./topics.ts";
import type { Log } from "./types.ts";

export interface MqttGatewayOptions {
  tls: { key: string; cert: string };
  /** Of a device, or undefined when it is not known or may not connect now. */
  keyOf: (deviceId: string) => string | undefined;
  host: () => string;
  clock: () => number;
  log: Log;
  onMessage: (deviceId: string, message: DeviceMessage, body: Buffer) => void;
  /** `modelId`: "" when the device names none. */
  onConnection: (deviceId: string, isConnected: boolean, modelId: string) => void;
}

const BAD_CREDENTIALS = Object.assign(new Error("not authorized"), { returnCode: 5 });

export class MqttGateway {
  readonly #o: MqttGatewayOptions;
  readonly #server: Server;
  readonly #clients = new Map<string, Client>();
  readonly #models = new Map<string, string>();
  readonly #sockets = new Set<TLSSocket>();
  #broker: Aedes | undefined;

  constructor(options: MqttGatewayOptions) {
    this.#o = options;
    this.#server = createServer(options.tls, (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      this.#broker?.handle(socket);
    });
    this.#server.on("tlsClientError", (error) => options.log.debug({ err: error }, "iot hub: no TLS came about"));
  }

  async listen(host: string, port: number): Promise<number> {
    const broker = await Aedes.createBroker({
      authenticate: (client, user, password, done) => {
        const isIn = this.#lets(client.id, user ?? "", password?.toString() ?? "");
        done(isIn ? null : (BAD_CREDENTIALS as never), isIn);
      },
      authorizeSubscribe: (client, subscription, done) =>
        done(null, mayHear(client.id, subscription.topic) ? subscription : null),
      authorizePublish: (client, packet, done) => {
        const message = client ? readTopic(client.id, packet.topic) : undefined;
        done(message ? null : new Error(`${client?.id} may not publish to ${packet.topic}`));
      },
      // In order, and before the device's PUBACK.
      published: (packet, client, done) => {
        const message = client ? readTopic(client.id, packet.topic) : undefined;
        if (client && message) {
          this.#o.onMessage(client.id, message, Buffer.from(packet.payload));
        }
        done();
      },
    });
    this.#broker = broker;
    broker.on("clientReady", (client) => this.#connected(client));
    broker.on("clientDisconnect", (client) => this.#disconnected(client));
    broker.on("clientError", (client, error) =>
      this.#o.log.debug({ err: error, device: client.id }, "iot hub: a device failed"),
    );
    broker.on("connectionError", (_client, error) => this.#o.log.debug({ err: error }, "iot hub: a connection failed"));
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => resolve());
    });
    return (this.#server.address() as AddressInfo).port;
  }

  isConnected(deviceId: string): boolean {
    return this.#clients.has(deviceId);
  }

  /** To this device alone; false when it is not connected. */
  tell(deviceId: string, topic: string, body: string): boolean {
    const client = this.#clients.get(deviceId);
    // The callback may not be left out, whatever the types say.
    client?.publish({ cmd: "publish", topic, payload: Buffer.from(body), qos: 0, dup: false, retain: false }, () => {});
    return client !== undefined;
  }

  disconnect(deviceId: string): void {
    this.#clients.get(deviceId)?.close();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await new Promise<void>((resolve) => (this.#broker ? this.#broker.close(() => resolve()) : resolve()));
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await closed;
  }

  /** User: `{host}/{device}/?api-version=…&model-id=…`. */
  #lets(deviceId: string, user: string, password: string): boolean {
    const [path = "", query = ""] = user.split("/?");
    const [host, named] = path.split("/");
    const key = this.#o.keyOf(deviceId);
    const resource = `${host}/devices/${deviceId}`;
    this.#models.set(deviceId, new URLSearchParams(query).get("model-id") ?? "");
    return named === deviceId && key !== undefined && isSasFor(password, { resource, key, now: this.#o.clock() });
  }

  #connected(client: Client): void {
    this.#clients.set(client.id, client);
    this.#o.onConnection(client.id, true, this.#models.get(client.id) ?? "");
  }

  /** A device that connects a second time takes the place of its older connection. */
  #disconnected(client: Client): void {
    if (this.#clients.get(client.id) === client) {
      this.#clients.delete(client.id);
      this.#o.onConnection(client.id, false, "");
    }
  }
}
