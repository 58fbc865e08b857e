/**
 * A consumer in a process of its own, for loadtest/ingest.ts: `bare`, the SDK with an empty handler, or `ours`, the same hub
 * through source, decoding, mapping and mirror. Counts events, CPU time, delays and heap; answers on the IPC channel.
 */
import { EventHubConsumerClient, earliestEventPosition, latestEventPosition } from "@azure/event-hubs";
import { parseModels } from "../../src/dtdl/index.ts";
import { EventPump } from "../../src/ingest/EventPump.ts";
import { EventHubSource } from "../../src/providers/azure/EventHubSource.ts";
import { MemoryTwinProvider } from "../../src/providers/memory/MemoryTwinProvider.ts";
import { Store } from "../../src/store/Store.ts";
import { TwinMirror } from "../../src/twins/TwinMirror.ts";
import { percentile } from "../percentile.ts";
import { type ConsumerReport, type ConsumerTask, MODEL, MODELS, twinId } from "./protocol.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const epochMs = () => performance.timeOrigin + performance.now();
const collect = (globalThis as { gc?: () => void }).gc;

class Meter {
  readonly #task: ConsumerTask;
  /** Outside the heap, which is measured too. */
  readonly #delays: Float64Array;
  #delayed = 0;
  #events = 0;
  #cpu = process.cpuUsage();
  #startedAt = 0;
  readonly #heap: number[] = [];
  readonly done = Promise.withResolvers<ConsumerReport>();

  constructor(task: ConsumerTask) {
    this.#task = task;
    this.#delays = new Float64Array(task.delays ? task.total : 0);
  }

  /** `sentAt`: what the event carries; read only where delays are asked for. */
  count(events: number): void {
    const before = this.#events;
    this.#events += events;
    const { skip, total } = this.#task;
    if (before < skip && this.#events >= skip) {
      this.#weigh();
      this.#cpu = process.cpuUsage();
      this.#startedAt = performance.now();
    }
    const { heapEvery } = this.#task;
    if (heapEvery > 0 && before > skip && Math.floor(before / heapEvery) < Math.floor(this.#events / heapEvery)) {
      this.#weigh();
    }
    if (before < total && this.#events >= total) {
      this.#finish();
    }
  }

  #weigh(): void {
    collect?.();
    this.#heap.push(process.memoryUsage().heapUsed);
  }

  get wantsDelays(): boolean {
    return this.#task.delays && this.#events >= this.#task.skip;
  }

  delay(sentAt: unknown): void {
    this.#delays[this.#delayed++] = epochMs() - Number(sentAt);
  }

  #finish(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    const measured = this.#events - this.#task.skip;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#weigh();
    const heapGrowth = (this.#heap.at(-1) ?? 0) - (this.#heap[0] ?? 0);
    const delays = [...this.#delays.subarray(0, this.#delayed)];
    this.done.resolve({
      events: measured,
      cpuMicros: (user + system) / measured,
      perSecond: measured / seconds,
      heapGrowth,
      heap: this.#heap,
      p50: percentile(delays, 0.5),
      p99: percentile(delays, 0.99),
    });
  }
}

async function consumeBare(task: ConsumerTask, meter: Meter): Promise<void> {
  const client = new EventHubConsumerClient(task.group, task.connectionString, task.hub);
  client.subscribe(
    {
      processEvents: async (events) => {
        if (meter.wantsDelays) {
          for (const { body } of events) {
            meter.delay(body.reading);
          }
        }
        meter.count(events.length);
      },
      processError: async (error) => console.error("bare consumer:", error.message),
    },
    {
      startPosition: task.latest ? latestEventPosition : earliestEventPosition,
      maxBatchSize: 300,
      prefetchCount: 1200,
      maxWaitTimeInSeconds: 1,
    },
  );
}

async function consumeOurs(task: ConsumerTask, meter: Meter): Promise<void> {
  const graph = parseModels(MODELS);
  const mirror = new TwinMirror(() => graph);
  for (let n = 0; n < task.twins; n++) {
    mirror.upsertTwin({ id: twinId(n), modelId: MODEL, properties: {}, times: {} }, 0);
  }
  const store = Store.open();
  const pump = new EventPump({
    mirror,
    models: () => graph,
    provider: new MemoryTwinProvider({ models: MODELS }),
    deadLetters: store.deadLetters,
    log: silent,
    clock: Date.now,
    learnModel: async () => undefined,
    observe: () => meter.count(1),
  });
  mirror.onChange((change) => {
    if (change.kind === "value" && change.path === "/reading" && meter.wantsDelays) {
      meter.delay(change.value);
    }
  });
  const { connectionString, hub: eventHubName, group: consumerGroup } = task;
  const startPosition = task.latest ? "latest" : "earliest";
  const checkpointStore = store.checkpoints;
  await pump.attach(
    new EventHubSource({ connectionString, eventHubName, consumerGroup, startPosition, checkpointStore, log: silent }),
  );
}

async function run(task: ConsumerTask): Promise<void> {
  const meter = new Meter(task);
  await (task.kind === "bare" ? consumeBare : consumeOurs)(task, meter);
  process.send?.({ started: true });
  process.send?.(await meter.done.promise);
  process.exit(0);
}

process.once("message", (task: ConsumerTask) => void run(task));
