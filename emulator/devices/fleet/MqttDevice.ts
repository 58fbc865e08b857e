/**
 * One device at an IoT Hub, over MQTT and TLS as the device SDKs speak it: telemetry, desired and reported properties, direct
 * methods. While the hub cannot be reached it keeps the newest values and nothing more. Never throws, never rejects.
 *
 * `mqtt` and not azure-iot-device: docs/adr/0008 has the figures. The official SDK is the judge in the tests.
 */
import mqtt, { type MqttClient } from "mqtt";
import { signSas } from "../../iothub/index.ts";
import type { DeviceReport } from "../deviceMessage.ts";
import type { DeviceLog } from "./DeviceLog.ts";

/** Where devices connect to. */
export interface DeviceHub {
  mqttPort: number;
  /** PEM */
  ca: string;
  /** Registers the device unless it is there. */
  ensureDevice(deviceId: string): { key: string };
}

export interface MqttDeviceOptions {
  deviceId: string;
  modelId: string;
  hub: DeviceHub;
  log: DeviceLog;
  clock: () => number;
  /** What is asked of the device: at each connection, and at each change. */
  onDesired: (values: Record<string, unknown>) => void;
  onMethod: (name: string, payload: unknown) => { status: number; payload?: unknown };
}

const YEAR_MS = 365 * 86_400_000;
const HEARD = ["$iothub/twin/res/#", "$iothub/twin/PATCH/properties/desired/#", "$iothub/methods/POST/#"];

export class MqttDevice {
  readonly #o: MqttDeviceOptions;
  readonly #client: MqttClient;
  /** By component; "": the device itself. */
  readonly #unsent = new Map<string, DeviceReport>();
  #reported: Record<string, unknown> = {};
  #isReady = false;
  #isSending = false;
  #lastRequest = 0;

  constructor(options: MqttDeviceOptions) {
    this.#o = options;
    const { deviceId, modelId, hub, clock } = options;
    const host = `localhost:${hub.mqttPort}`;
    this.#client = mqtt.connect({
      protocol: "mqtts",
      host: "127.0.0.1",
      servername: "localhost",
      port: hub.mqttPort,
      ca: hub.ca,
      clientId: deviceId,
      username: `${host}/${deviceId}/?api-version=2021-04-12&model-id=${encodeURIComponent(modelId)}`,
      password: signSas(`${host}/devices/${deviceId}`, hub.ensureDevice(deviceId).key, { expiry: clock() + YEAR_MS }),
      reconnectPeriod: 1000,
      queueQoSZero: false,
    });
    this.#client.on("connect", () => this.#onConnect());
    this.#client.on("close", () => {
      this.#isReady = false;
      this.#isSending = false;
    });
    this.#client.on("message", (topic, body) => this.#onMessage(topic, body));
    this.#client.on("error", () => undefined); // it tries again by itself
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Newer values replace older unsent ones. */
  put(report: DeviceReport): void {
    const key = report.component ?? "";
    const older = this.#unsent.get(key);
    this.#unsent.set(key, { ...report, values: { ...older?.values, ...report.values } });
    this.#flush();
  }

  /** Says of itself what it has not said before. */
  report(values: Record<string, unknown>): void {
    const news = Object.entries(values).filter(([name, value]) => this.#reported[name] !== value);
    if (this.#isReady && news.length > 0) {
      const patch = Object.fromEntries(news);
      Object.assign(this.#reported, patch);
      this.#client.publish(`$iothub/twin/PATCH/properties/reported/?$rid=${this.#rid()}`, JSON.stringify(patch));
    }
  }

  async close(): Promise<void> {
    this.#unsent.clear();
    await this.#client.endAsync(true);
  }

  #onConnect(): void {
    this.#client.subscribe(HEARD, (error) => {
      if (!error) {
        this.#client.publish(`$iothub/twin/GET/?$rid=${this.#rid()}`, "");
      }
    });
  }

  #onMessage(topic: string, body: Buffer): void {
    const rid = /\$rid=([^&]+)/.exec(topic)?.[1] ?? "";
    const content = parse(body);
    const method = /^\$iothub\/methods\/POST\/([^/]+)\//.exec(topic)?.[1];
    if (method !== undefined) {
      const { status, payload = null } = this.#o.onMethod(method, content);
      this.#client.publish(`$iothub/methods/res/${status}/?$rid=${rid}`, JSON.stringify(payload));
    } else if (topic.startsWith("$iothub/twin/PATCH/properties/desired/")) {
      this.#o.onDesired(Object(content) as Record<string, unknown>);
    } else if (topic.startsWith("$iothub/twin/res/200/")) {
      const { desired, reported } = Object(content) as { desired?: object; reported?: object };
      this.#reported = { ...reported };
      this.#o.onDesired({ ...desired });
      this.#isReady = true;
      this.#flush();
    }
  }

  /** One message at a time, so that the hub's pace is the device's. */
  #flush(): void {
    const [next] = this.#unsent;
    if (next === undefined || this.#isSending || !this.#isReady) {
      return;
    }
    const [key, report] = next;
    this.#unsent.delete(key);
    this.#isSending = true;
    this.#client.publish(topicOf(report), JSON.stringify(report.values), { qos: 1 }, (error) => {
      this.#isSending = false;
      if (!error) {
        this.#flush();
      }
    });
  }

  #rid(): string {
    return (++this.#lastRequest).toString(16);
  }
}

function topicOf({ deviceId, component, time }: DeviceReport): string {
  const bag = new URLSearchParams({
    "$.ct": "application/json",
    "$.ce": "utf-8",
    "$.ctime": new Date(time).toISOString(),
  });
  if (component !== undefined) {
    bag.set("$.sub", component);
  }
  return `devices/${deviceId}/messages/events/${bag.toString()}`;
}

function parse(body: Buffer): unknown {
  try {
    return body.length === 0 ? undefined : (JSON.parse(body.toString()) as unknown);
  } catch {
    return undefined;
  }
}
