/** Sends device reports to the hub, in batches per device, in order. Errors are `UserError`s that say what to do. */
import { EventHubProducerClient } from "@azure/event-hubs";
import { type DeviceReport, deviceMessage } from "../deviceMessage.ts";
import type { Target } from "./target.ts";
import { UserError } from "./UserError.ts";

const CONNECT_MS = 8000;

export class HubSender {
  readonly #target: Target;
  readonly #producer: EventHubProducerClient;

  constructor(target: Target) {
    this.#target = target;
    this.#producer = new EventHubProducerClient(target.connectionString, target.hub, {
      retryOptions: { maxRetries: 8, retryDelayInMs: 500, maxRetryDelayInMs: 5000, timeoutInMs: 10_000 },
    });
  }

  /** Makes sure that the hub is there, within seconds, before anything is read. */
  async connect(signal: AbortSignal): Promise<void> {
    const { connectionString, hub } = this.#target;
    const probe = new EventHubProducerClient(connectionString, hub, {
      retryOptions: { maxRetries: 0, timeoutInMs: CONNECT_MS },
    });
    try {
      await probe.getEventHubProperties({ abortSignal: signal });
    } catch (error) {
      throw this.#explain(error);
    } finally {
      await probe.close().catch(() => {});
    }
  }

  /** All of one device. Resolves when the hub has them. */
  async send(deviceId: string, reports: readonly DeviceReport[], signal: AbortSignal): Promise<void> {
    const o = { partitionKey: deviceId, abortSignal: signal };
    try {
      let batch = await this.#producer.createBatch(o);
      for (const report of reports) {
        const message = deviceMessage(report, Date.now());
        if (batch.tryAdd(message)) continue;
        await this.#producer.sendBatch(batch, { abortSignal: signal });
        batch = await this.#producer.createBatch(o);
        if (!batch.tryAdd(message)) throw new UserError(`A row of ${deviceId} is larger than the hub takes.`);
      }
      await this.#producer.sendBatch(batch, { abortSignal: signal });
    } catch (error) {
      throw this.#explain(error);
    }
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }

  #explain(error: unknown): unknown {
    const { name, code, message } = error as { name?: string; code?: string; message?: string };
    if (error instanceof UserError || name === "AbortError") return error;
    const { address, hub, demo } = this.#target;
    if (code === "MessagingEntityNotFoundError" || /could not be found|not-found/i.test(message ?? "")) {
      return new UserError(`There is no event hub "${hub}" at ${address}; give its name with --hub.`);
    }
    if (code === "UnauthorizedError" || /unauthori[sz]ed|InvalidSignature|put-token/i.test(message ?? "")) {
      return new UserError(`The event hub at ${address} refuses the key; check the connection string.`);
    }
    const hint = demo ? "is `npm start` still running?" : "check the connection string and the network.";
    return new UserError(`Cannot reach the event hub "${hub}" at ${address}; ${hint}`);
  }
}
