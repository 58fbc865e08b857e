/**
 * Counters of the way in, put together from the parts that count: plain numbers since the start, and what is now. Read by
 * /metrics and by tests through `services.ingestMetrics()`.
 */
import type { Clock, PartitionStatus } from "../twins/types.ts";
import type { DeviceEvents } from "./DeviceEvents.ts";
import type { EventPump, PartitionCount } from "./EventPump.ts";
import type { GraphRepair } from "./GraphRepair.ts";
import type { WriteThrough } from "./WriteThrough.ts";

/** How far one partition is. */
export interface PartitionLag extends PartitionStatus {
  /** Events in the hub that have not come here yet; undefined while the hub has not told. */
  events: number | undefined;
  /**
   * How late what waits is, at most: the age of the newest event that has come; of the one that waits where it is one, or
   * of the newest of them before any has come. 0 when none waits.
   */
  seconds: number;
  /** Events that have come and whose effects are not durable yet: what a restart would deliver again. */
  undone: number;
}

export interface IngestMetrics {
  /** Of the last ten seconds. */
  eventsPerSecond: number;
  /** What came in and what became of it: `EventPump.counts`. */
  pump: Readonly<EventPump["counts"]>;
  /** What device messages said: `DeviceEvents.counts`. */
  devices: Readonly<DeviceEvents["counts"]>;
  /** Of the partitions that this process reads, over all hubs. */
  partitions: readonly PartitionLag[];
  /** What came by each partition since the start, those too that another process reads now. */
  partitionCounts: readonly PartitionCount[];
  /** Absent when it is off. `waiting`: twins; `rate`: patches per second that the service lets through now. */
  writeThrough?: Readonly<WriteThrough["counts"]> & { waiting: number; rate: number };
  /** What comparing the mirror with the twin service found: `mended` should stay 0. */
  repair: Readonly<GraphRepair["counts"]>;
  /** Letters that are kept now. */
  deadLetters: number;
}

export interface MetricsParts {
  pump: EventPump;
  repair: GraphRepair;
  writeThrough: WriteThrough | undefined;
  deadLetters: { count(): number };
  rate: Rate;
  clock: Clock;
}

export function readMetrics(o: MetricsParts): IngestMetrics {
  const { pump, writeThrough } = o;
  const now = o.clock();
  return {
    eventsPerSecond: o.rate.perSecond,
    pump: { ...pump.counts },
    devices: { ...pump.deviceCounts },
    partitions: pump.sources.flatMap((source) => source.partitions?.() ?? []).map((status) => lagOf(status, now)),
    partitionCounts: [...pump.partitionCounts.values()].map((count) => ({ ...count })),
    ...(writeThrough
      ? { writeThrough: { ...writeThrough.counts, waiting: writeThrough.waiting, rate: writeThrough.rate } }
      : {}),
    repair: { ...o.repair.counts },
    deadLetters: o.deadLetters.count(),
  };
}

export function lagOf(status: PartitionStatus, now: number): PartitionLag {
  const { lastEnqueued, sequence, done } = status;
  const events = lastEnqueued === undefined ? undefined : Math.max(0, lastEnqueued - sequence);
  const { enqueuedAt = now, lastEnqueuedAt = enqueuedAt } = status;
  const since = events === 1 || status.enqueuedAt === undefined ? lastEnqueuedAt : enqueuedAt; // one that waits is the newest
  const seconds = events ? Math.max(0, now - since) / 1000 : 0;
  return { ...status, events, seconds, undone: sequence - done };
}

const WINDOW = 10;

/** A counter's growth per second over the last ten; `sample` is called once a second. */
export class Rate {
  readonly #samples: number[] = [];

  sample(count: number): void {
    this.#samples.push(count);
    if (this.#samples.length > WINDOW + 1) {
      this.#samples.shift();
    }
  }

  get perSecond(): number {
    const [first = 0] = this.#samples;
    return ((this.#samples.at(-1) ?? 0) - first) / Math.max(1, this.#samples.length - 1);
  }
}
