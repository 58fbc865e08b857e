/**
 * Sends what the devices say into the telemetry hub, with the real producer, one message at a time per device.
 * While the hub cannot be reached it keeps the newest values per device and nothing more, tries again every second with
 * a single message, and catches up when that goes through. Never throws, never rejects.
 */
import { EventHubProducerClient } from "@azure/event-hubs";
import { type DeviceReport, deviceMessage } from "../deviceMessage.ts";
import type { DeviceLog } from "./DeviceLog.ts";

const RETRY_MS = 1000;
/** Component ("" for the device itself) → its unsent report. */
type Unsent = Map<string, DeviceReport>;

export interface OutboxOptions {
  connectionString: string;
  hub: string;
  log: DeviceLog;
  clock: () => number;
}

export class Outbox {
  readonly #producer: EventHubProducerClient;
  readonly #log: DeviceLog;
  readonly #clock: () => number;
  readonly #unsent = new Map<string, Unsent>();
  readonly #sending = new Set<string>();
  #downSince: number | undefined;
  #retryAt = 0;
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#log = options.log;
    this.#clock = options.clock;
    this.#producer = new EventHubProducerClient(options.connectionString, options.hub, {
      retryOptions: { maxRetries: 0, timeoutInMs: 3000 },
    });
  }

  /** Newer values replace older unsent ones of the same device. */
  put(report: DeviceReport): void {
    if (this.#closed) return;
    this.#keep(report, "newer");
    this.#flush(report.deviceId);
  }

  /** Gives up what is unsent. Bounded by the caller. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unsent.clear();
    await this.#producer.close();
  }

  #keep(report: DeviceReport, as: "newer" | "older"): void {
    const unsent = this.#unsent.get(report.deviceId) ?? new Map<string, DeviceReport>();
    const key = report.component ?? "";
    const other = unsent.get(key);
    const [older, newer] = as === "newer" ? [other, report] : [report, other ?? report];
    unsent.set(key, { ...newer, values: { ...older?.values, ...newer.values } });
    this.#unsent.set(report.deviceId, unsent);
  }

  #flush(deviceId: string): void {
    if (this.#closed || this.#sending.has(deviceId) || !this.#unsent.has(deviceId)) return;
    if (this.#downSince !== undefined && (this.#sending.size > 0 || this.#clock() < this.#retryAt)) return;
    this.#sending.add(deviceId);
    void this.#send(deviceId);
  }

  async #send(deviceId: string): Promise<void> {
    const reports = [...(this.#unsent.get(deviceId)?.values() ?? [])];
    this.#unsent.delete(deviceId);
    try {
      const now = this.#clock();
      const messages = reports.map((it) => deviceMessage(it, now));
      await this.#producer.sendBatch(messages, { partitionKey: deviceId });
      this.#sending.delete(deviceId);
      this.#sent(deviceId);
    } catch (error) {
      this.#sending.delete(deviceId);
      this.#failed(reports, error);
    }
  }

  #sent(deviceId: string): void {
    if (this.#downSince === undefined) {
      this.#flush(deviceId);
      return;
    }
    this.#log.info({ seconds: (this.#clock() - this.#downSince) / 1000 }, "devices reach the telemetry hub again");
    this.#downSince = undefined;
    for (const id of [...this.#unsent.keys()]) this.#flush(id);
  }

  #failed(reports: readonly DeviceReport[], error: unknown): void {
    if (this.#closed) return;
    for (const it of reports) this.#keep(it, "older");
    this.#retryAt = this.#clock() + RETRY_MS;
    if (this.#downSince !== undefined) return;
    this.#downSince = this.#clock();
    this.#log.warn(
      { err: error },
      "devices cannot reach the telemetry hub; they keep their newest values and try again",
    );
  }
}
