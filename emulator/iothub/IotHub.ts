/**
 * The hub itself: between devices (MqttGateway), services (handleService) and the Event Hub. Desired and reported properties
 * both ways, direct methods, telemetry, connection events; and the faults that are asked for.
 */
import { connectionEvent, lifecycleEvent, telemetryEvent, twinChangeEvent } from "./events.ts";
import { Faults } from "./Faults.ts";
import { MqttGateway } from "./MqttGateway.ts";
import { Registry, shown } from "./Registry.ts";
import { type DeviceMessage, desiredPatch, methodCall, twinAnswer } from "./topics.ts";
import { type Device, type HubMessage, HubRefusal, isObject, type JsonObject, type Log } from "./types.ts";

export interface IotHubOptions {
  name: string;
  file?: string | undefined;
  tls: { key: string; cert: string };
  /** Into the telemetry hub. */
  publish: (message: HubMessage) => Promise<void>;
  clock: () => number;
  log: Log;
}
export interface MethodCall {
  methodName: string;
  payload?: unknown;
  responseTimeoutMs: number;
  /** How long to wait for a device that is not connected. */
  connectTimeoutMs: number;
}
export interface MethodAnswer {
  status: number;
  payload: unknown;
}

export class IotHub {
  readonly registry: Registry;
  readonly faults: Faults;
  readonly gateway: MqttGateway;
  readonly #o: IotHubOptions;
  readonly #calls = new Map<string, (answer: MethodAnswer) => void>();
  readonly #awaited = new Map<string, Set<() => void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #lastCall = 0;
  #connections = 0;

  constructor(options: IotHubOptions) {
    this.#o = options;
    const { clock, log, tls, file } = options;
    this.registry = new Registry({ file, clock });
    this.faults = new Faults(() => this.#expelOffline());
    this.gateway = new MqttGateway({
      tls,
      clock,
      log,
      host: () => options.name,
      keyOf: (id) => (this.faults.isOffline(id) ? undefined : this.registry.find(id)?.key),
      onMessage: (id, message, body) => this.#onMessage(id, message, body),
      onConnection: (id, isConnected, modelId) => this.#onConnection(id, isConnected, modelId),
    });
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
    await this.gateway.close();
    this.registry.close();
  }

  /** Registers it unless it is there. */
  ensureDevice(deviceId: string, key?: string): Device {
    const [device, isNew] = this.registry.ensure(deviceId, key);
    if (isNew) {
      const body = { deviceId, etag: String(device.etag) };
      this.#publish(
        lifecycleEvent(this.#o.name, deviceId, { opType: "createDeviceIdentity", body, now: this.#o.clock() }),
      );
    }
    return device;
  }

  removeDevice(deviceId: string): void {
    this.registry.remove(deviceId);
    this.gateway.disconnect(deviceId);
    const what = { opType: "deleteDeviceIdentity" as const, body: { deviceId }, now: this.#o.clock() };
    this.#publish(lifecycleEvent(this.#o.name, deviceId, what));
  }

  /** Kept at once; the device hears of it now, or when it connects. */
  setDesired(deviceId: string, patch: JsonObject): Device {
    const device = this.registry.merge(deviceId, "desired", patch);
    this.#tellTwinChange(device, "desired", patch);
    const body = { ...patch, $version: device.desired.version };
    if (this.faults.isLying(deviceId)) {
      this.#later(deviceId, () => this.#lie(deviceId, patch));
    } else if (!this.faults.isSilent(deviceId)) {
      const topic = desiredPatch(device.desired.version);
      this.#later(deviceId, () => this.gateway.tell(deviceId, topic, JSON.stringify(body)));
    }
    return device;
  }

  /** Rejects with HubRefusal: 404103 not online, 504101 no answer. */
  async invoke(deviceId: string, call: MethodCall): Promise<MethodAnswer> {
    this.registry.get(deviceId);
    await this.#connection(deviceId, call.connectTimeoutMs);
    if (this.faults.isLying(deviceId)) {
      return { status: 200, payload: null };
    }
    const rid = (++this.#lastCall).toString(16);
    const answered = new Promise<MethodAnswer>((resolve) => this.#calls.set(rid, resolve));
    if (!this.faults.isSilent(deviceId)) {
      const body = JSON.stringify(call.payload ?? null);
      this.#later(deviceId, () => this.gateway.tell(deviceId, methodCall(call.methodName, rid), body));
    }
    const late = new HubRefusal(504, "GatewayTimeout", 504101, `Device ${deviceId} did not answer in time`);
    return this.#within(call.responseTimeoutMs, answered, late).finally(() => this.#calls.delete(rid));
  }

  #onMessage(deviceId: string, message: DeviceMessage, body: Buffer): void {
    if (!this.faults.isSilent(deviceId)) {
      this.#later(deviceId, () => this.#take(deviceId, message, body));
    }
  }

  #take(deviceId: string, message: DeviceMessage, body: Buffer): void {
    const device = this.registry.find(deviceId);
    if (!device) {
      return;
    }
    switch (message.kind) {
      case "telemetry": {
        const { properties } = message;
        const now = this.#o.clock();
        this.#publish(telemetryEvent(deviceId, { body, properties, modelId: device.modelId, now }));
        break;
      }
      case "getTwin": {
        const twin = {
          desired: { ...device.desired.values, $version: device.desired.version },
          reported: { ...device.reported.values, $version: device.reported.version },
        };
        this.gateway.tell(deviceId, twinAnswer(200, message.rid), JSON.stringify(twin));
        break;
      }
      case "report":
        this.#report(deviceId, message.rid, body);
        break;
      case "answer":
        this.#calls.get(message.rid)?.({ status: message.status, payload: parse(body) ?? null });
        break;
      default:
        message satisfies never;
    }
  }

  #report(deviceId: string, rid: string, body: Buffer): void {
    const patch = parse(body);
    if (!isObject(patch)) {
      this.gateway.tell(
        deviceId,
        twinAnswer(400, rid),
        JSON.stringify({ errorCode: 400004, message: "no JSON object" }),
      );
      return;
    }
    const { reported } = this.#tellReport(deviceId, patch);
    this.gateway.tell(deviceId, twinAnswer(204, rid, reported.version), "");
  }

  #tellReport(deviceId: string, patch: JsonObject): Device {
    const device = this.registry.merge(deviceId, "reported", patch);
    this.#tellTwinChange(device, "reported", patch);
    return device;
  }

  /** What the device would say had it done it, with the values that it has. */
  #lie(deviceId: string, patch: JsonObject): void {
    const { reported } = this.registry.get(deviceId);
    const names = Object.keys(patch).filter((name) => reported.values[name] !== undefined);
    this.#tellReport(deviceId, Object.fromEntries(names.map((name) => [name, reported.values[name]])));
  }

  #tellTwinChange(device: Device, section: "desired" | "reported", patch: JsonObject): void {
    const { metadata, version } = device[section];
    const names = ["$lastUpdated", ...Object.keys(patch)];
    const $metadata = Object.fromEntries(names.map((name) => [name, metadata[name]]));
    const properties = { [section]: { ...patch, $metadata, $version: version } };
    const { deviceId, modelId } = device;
    this.#publish(twinChangeEvent(this.#o.name, deviceId, { properties, version, modelId, now: this.#o.clock() }));
  }

  #onConnection(deviceId: string, isConnected: boolean, modelId: string): void {
    const device = this.registry.find(deviceId);
    if (isConnected && device && device.modelId !== modelId) {
      this.registry.save({ ...device, modelId });
    }
    const what = { isConnected, sequence: ++this.#connections, now: this.#o.clock() };
    this.#publish(connectionEvent(this.#o.name, deviceId, what));
    for (const resolve of isConnected ? (this.#awaited.get(deviceId) ?? []) : []) {
      resolve();
    }
  }

  async #connection(deviceId: string, timeoutMs: number): Promise<void> {
    const offline = new HubRefusal(404, "DeviceNotOnline", 404103, `Device ${deviceId} is not online`);
    if (this.gateway.isConnected(deviceId)) {
      return;
    }
    if (timeoutMs <= 0) {
      throw offline;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const awaited = this.#awaited.get(deviceId) ?? new Set();
    this.#awaited.set(deviceId, awaited.add(resolve));
    await this.#within(timeoutMs, promise, offline).finally(() => awaited.delete(resolve));
  }

  #expelOffline(): void {
    for (const { deviceId } of this.registry.list()) {
      if (this.faults.isOffline(deviceId)) {
        this.gateway.disconnect(deviceId);
      }
    }
  }

  async #within<T>(ms: number, promise: Promise<T>, late: Error): Promise<T> {
    const { promise: out, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(late), ms);
    this.#timers.add(timer);
    try {
      return await Promise.race([promise, out]);
    } finally {
      clearTimeout(timer);
      this.#timers.delete(timer);
    }
  }

  /** At once, unless the device is slow. */
  #later(deviceId: string, run: () => void): void {
    const ms = this.faults.delayOf(deviceId);
    if (ms === 0) {
      run();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }

  #publish(message: HubMessage): void {
    this.#o.publish(message).catch((error: unknown) => this.#o.log.warn({ err: error }, "iot hub: an event was lost"));
  }
}

export function twinOf(hub: IotHub, device: Device): JsonObject {
  const { deviceId, etag, tags, desired, reported, modelId } = device;
  return {
    deviceId,
    etag: Buffer.from(String(etag)).toString("base64"),
    status: "enabled",
    connectionState: hub.gateway.isConnected(deviceId) ? "Connected" : "Disconnected",
    version: etag,
    modelId,
    tags,
    properties: { desired: shown(desired), reported: shown(reported) },
  };
}

function parse(body: Buffer): unknown {
  try {
    return body.length === 0 ? undefined : (JSON.parse(body.toString()) as unknown);
  } catch {
    return undefined;
  }
}
