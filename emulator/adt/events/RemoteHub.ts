/**
 * An endpoint of event routes that is a real Event Hub: notifications leave the emulator by the official SDK.
 *
 * What is published in one turn of the event loop goes together, per partition key, so that a key's messages stay in order.
 * Called by startEmulator instead of the embedded hub.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { EventData, EventHubProducerClient } from "@azure/event-hubs";
import type { NotificationMessage } from "../types.ts";

/** ms */
const PATIENCE = 2_000;

interface Waiting extends PromiseWithResolvers<void> {
  message: NotificationMessage;
}

export class RemoteHub {
  readonly #client: EventHubProducerClient;
  readonly #lanes = new Map<string, Promise<void>>();
  #waiting: Waiting[] = [];

  private constructor(client: EventHubProducerClient) {
    this.#client = client;
  }

  /** `connectionString` with EntityPath. Rejects with a sentence when it cannot be one. */
  static async open(endpoint: string, connectionString: string): Promise<RemoteHub> {
    // Loaded when it is needed: it takes longer than the rest of the start.
    const { EventHubProducerClient } = await import("@azure/event-hubs");
    try {
      return new RemoteHub(new EventHubProducerClient(connectionString, { retryOptions: { maxRetries: 1 } }));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`The endpoint ${endpoint} needs an Event Hubs connection string with EntityPath: ${why}`, {
        cause: error,
      });
    }
  }

  /** Resolves once the hub has it. */
  publish(message: NotificationMessage): Promise<void> {
    const waiting = { ...Promise.withResolvers<void>(), message };
    this.#waiting.push(waiting);
    if (this.#waiting.length === 1) {
      setImmediate(() => this.#flush());
    }
    return waiting.promise;
  }

  /** A hub that is gone is not waited for longer than a moment. */
  async close(): Promise<void> {
    const ended = Promise.all(this.#lanes.values()).then(() => this.#client.close());
    const patience = wait(PATIENCE, undefined, { ref: false });
    await Promise.race([ended.catch(() => {}), patience]);
  }

  #flush(): void {
    const groups = Map.groupBy(this.#waiting, ({ message }) => message.partitionKey);
    this.#waiting = [];
    for (const [key, group] of groups) {
      const lane = (this.#lanes.get(key) ?? Promise.resolve()).then(() => this.#send(key, group));
      this.#lanes.set(key, lane);
      void lane.finally(() => {
        if (this.#lanes.get(key) === lane) {
          this.#lanes.delete(key);
        }
      });
    }
  }

  async #send(partitionKey: string, group: readonly Waiting[]): Promise<void> {
    try {
      await this.#client.sendBatch(
        group.map(({ message }) => toEvent(message)),
        { partitionKey },
      );
      for (const { resolve } of group) {
        resolve();
      }
    } catch (error) {
      for (const { reject } of group) {
        reject(error);
      }
    }
  }
}

function toEvent({ applicationProperties, body, contentType, messageId }: NotificationMessage): EventData {
  return { body: Buffer.from(body), contentType, messageId, properties: applicationProperties };
}
