/**
 * Kills the endpoint's process again and again while two producers send: an idempotent one to partition 0, a plain one to
 * partition 1. Then reads both to the end. Used by the durability tests, small and long.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } from "@azure/event-hubs";
import { HUB } from "./support.ts";

export interface KillRounds {
  file: string;
  kills: number;
  /** Longest life of one process after the first events, ms. */
  lifeMs: number;
}

export interface Outcome {
  /** Numbers that were accepted, in order. */
  accepted: number[];
  /** Numbers that a consumer got, in order. */
  read: number[];
}

const RETRY = { maxRetries: 1000, retryDelayInMs: 50, maxRetryDelayInMs: 100, timeoutInMs: 2000 };

class Server {
  #child: ChildProcess | undefined;
  address = "";

  async start(file: string): Promise<void> {
    const port = /:(\d+);/.exec(this.address)?.[1] ?? "0";
    const script = fileURLToPath(new URL("./serveHub.ts", import.meta.url));
    const child = spawn(process.execPath, [script, file, port], { stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    const [line] = await once(child.stdout, "data");
    this.address = String(line).trim();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }
}

/** Sends 0, 1, 2 … in small batches until told to stop; the same batch again until it is accepted. */
class Sender {
  readonly accepted: number[] = [];
  readonly #client: EventHubProducerClient;
  readonly #partition: string;
  #stopped = false;

  constructor(address: string, partition: string, isIdempotent: boolean) {
    this.#client = new EventHubProducerClient(address, HUB, { retryOptions: RETRY });
    Reflect.set(this.#client, "_enableIdempotentRetries", isIdempotent);
    this.#partition = partition;
  }

  async run(): Promise<void> {
    for (let n = 0; !this.#stopped; n += 5) {
      const numbers = [0, 1, 2, 3, 4].map((i) => n + i);
      while (!(await this.#send(numbers)));
      this.accepted.push(...numbers);
    }
    await this.#client.close();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #send(numbers: readonly number[]): Promise<boolean> {
    try {
      await this.#client.sendBatch(
        numbers.map((n) => ({ body: { n } })),
        { partitionId: this.#partition },
      );
      return true;
    } catch {
      // The SDK gives up at once when the connection goes while it opens: so does a program that tries again.
      await wait(20);
      return false;
    }
  }
}

/** The outcome of the idempotent producer, then that of the plain one. */
export async function killRounds({ file, kills, lifeMs }: KillRounds): Promise<[Outcome, Outcome]> {
  const server = new Server();
  try {
    await server.start(file);
    const senders = [new Sender(server.address, "0", true), new Sender(server.address, "1", false)] as const;
    const running = senders.map((sender) => sender.run());
    for (let kill = 0; kill < kills; kill++) {
      const before = senders.map(({ accepted }) => accepted.length);
      while (senders.some(({ accepted }, i) => accepted.length === before[i])) await wait(5);
      // Spread evenly, and the same in each run.
      await wait(((kill * 0.618) % 1) * lifeMs);
      await server.kill();
      await server.start(file);
    }
    for (const sender of senders) sender.stop();
    await Promise.all(running);
    const [first, second] = senders;
    return [
      { accepted: first.accepted, read: await readAll(server.address, "0") },
      { accepted: second.accepted, read: await readAll(server.address, "1") },
    ];
  } finally {
    await server.kill();
  }
}

async function readAll(address: string, partition: string): Promise<number[]> {
  const client = new EventHubConsumerClient("$Default", address, HUB);
  const { lastEnqueuedSequenceNumber } = await client.getPartitionProperties(partition);
  const read: number[] = [];
  await new Promise<void>((resolve, reject) => {
    client.subscribe(
      partition,
      {
        processEvents: async (events) => {
          read.push(...events.map(({ body }) => Number(body.n)));
          if (read.length > lastEnqueuedSequenceNumber) resolve();
        },
        processError: async (error) => reject(error),
      },
      { startPosition: earliestEventPosition, maxBatchSize: 300, prefetchCount: 1200 },
    );
  });
  await client.close();
  return read;
}
