/**
 * What every property has to be in the end, computed from what the hub really holds, by the contract's rule and by code that
 * the server does not use: min(source time, enqueued time + 5 s), then the later sequence number. Reads the hub with the
 * bare SDK; reading an event twice changes nothing.
 */
import { EventHubConsumerClient, earliestEventPosition, type ReceivedEventData } from "@azure/event-hubs";

interface Last {
  time: number;
  sequence: number;
  value: unknown;
}

export class Oracle {
  /** `twin/property` → its last value. */
  readonly expected = new Map<string, Last>();
  readonly #accepts: (twin: string, property: string, value: unknown) => boolean;
  readonly #client: EventHubConsumerClient;
  readonly #seen = new Map<string, number>();

  constructor(
    at: { connectionString: string; hub: string; group: string },
    accepts: (twin: string, property: string, value: unknown) => boolean,
  ) {
    this.#accepts = accepts;
    this.#client = new EventHubConsumerClient(at.group, at.connectionString, at.hub, {
      retryOptions: { maxRetries: 100_000, retryDelayInMs: 200, timeoutInMs: 5000 },
    });
  }

  start(): void {
    this.#client.subscribe(
      {
        processEvents: async (events, { partitionId }) => {
          for (const event of events) {
            this.#read(event);
            this.#seen.set(partitionId, event.sequenceNumber);
          }
        },
        processError: async () => undefined, // the hub is being cut off; the SDK tries again
      },
      {
        startPosition: earliestEventPosition,
        maxBatchSize: 300,
        prefetchCount: 1200,
        maxWaitTimeInSeconds: 1,
        skipParsingBodyAsJson: true,
      },
    );
  }

  /** Whether it has read everything that the hub holds. */
  async isThrough(): Promise<boolean> {
    const ids = await this.#client.getPartitionIds();
    const all = await Promise.all(ids.map((id) => this.#client.getPartitionProperties(id)));
    return all.every((p) => (this.#seen.get(p.partitionId) ?? -1) >= p.lastEnqueuedSequenceNumber);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #read({ body, systemProperties, properties, enqueuedTimeUtc, sequenceNumber }: ReceivedEventData): void {
    const twin = systemProperties?.["iothub-connection-device-id"];
    const values = parsed(body);
    if (typeof twin !== "string" || values === undefined) {
      return;
    }
    const enqueuedAt = enqueuedTimeUtc.getTime();
    const told = Date.parse(String(properties?.["iothub-creation-time-utc"]));
    const time = Math.floor(Math.min(Number.isNaN(told) ? enqueuedAt : told, enqueuedAt + 5000));
    for (const [property, value] of Object.entries(values)) {
      const key = `${twin}/${property}`;
      const last = this.expected.get(key);
      const isLater = !last || time > last.time || (time === last.time && sequenceNumber > last.sequence);
      if (isLater && this.#accepts(twin, property, value)) {
        this.expected.set(key, { time, sequence: sequenceNumber, value });
      }
    }
  }
}

function parsed(body: unknown): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body as Uint8Array).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
