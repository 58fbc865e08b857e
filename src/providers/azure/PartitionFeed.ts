/**
 * One partition on its way to the handler: decodes batches, hands them over one at a time, and checkpoints what is done.
 *
 * A checkpoint is written at most once a second, of the last place that `done` named; never from a partition that was lost.
 * Made by EventHubSource when the SDK opens a partition, closed when it closes it.
 */
import type { ReceivedEventData } from "@azure/event-hubs";
import type {
  Clock,
  EventBatch,
  EventPosition,
  Log,
  PartitionStatus,
  TwinEventSource,
  UndecodableEvent,
} from "../../twins/types.ts";
import { decode, type RawEvent } from "./decode.ts";

export type EventHandler = Parameters<TwinEventSource["start"]>[0];

/** Where an event stands, as a checkpoint needs it. */
export interface Place {
  sequence: number;
  offset: string;
}

/** Of one batch. */
interface Places {
  sequences: number[];
  offsets: string[];
}

export interface PartitionFeedOptions {
  partition: string;
  generation: string;
  /** Host and hub. */
  source: string;
  handler: EventHandler;
  save: (place: Place) => Promise<void>;
  /** The handler may still be at work for an earlier owner of the partition in this process: wait for it. */
  after: Promise<unknown>;
  /** ms after which a handler is reported as stuck. */
  handlerLimitMs: number;
  /** Sequence number of the checkpoint behind which it reads; absent: there is none. */
  checkpoint?: number | undefined;
  /** Without a checkpoint: whether it reads only what comes from now on. */
  fromLatest?: boolean;
  log: Log;
  clock: Clock;
}

/** What a hub says of a partition. */
export interface PartitionState {
  /** Sequence number of the oldest event that is there, unless it is empty, and of the newest that ever was. */
  first: number;
  last: number;
  isEmpty: boolean;
  /** When the hub took the newest, ms since epoch. */
  lastAt: number;
}

const CHECKPOINT_INTERVAL_MS = 1000;
/** Batches whose places are known one by one. In an outage none is done for hours: of what comes then, the last place is kept. */
const MAX_OPEN = 200;

export class PartitionFeed {
  readonly #options: PartitionFeedOptions;
  /** Delivered and not yet done, oldest first: per batch, since single places would be most of what lives that long. */
  #open: Places[] = [];
  #due: Place | undefined;
  #status: PartitionStatus;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<unknown>;
  #saving: Promise<void> = Promise.resolve();
  #busy = false;
  #called = false;
  /** Some event has come. */
  #began = false;
  #paused = false;
  #closed = false;

  constructor(options: PartitionFeedOptions) {
    this.#options = options;
    this.#working = options.after;
    const { source, partition, checkpoint: at = -1 } = options;
    this.#status = { source, partition, sequence: at, done: at };
  }

  /** Host and hub. */
  get source(): string {
    return this.#options.source;
  }

  /** Whether the handler is at work. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Whether the SDK's next call is due: it has called before, the partition is ours, and no handler is at work. */
  get awaitsCalls(): boolean {
    return this.#called && !this.#busy && !this.#closed;
  }

  /** How far it has come; undefined when the partition is no longer ours. */
  get status(): PartitionStatus | undefined {
    return this.#closed ? undefined : this.#status;
  }

  /** What the hub says when it is asked. Until the first event comes, it also says where that can be at the earliest. */
  tell({ first, last, isEmpty, lastAt }: PartitionState): void {
    const status = this.#status;
    status.lastEnqueued = last;
    status.lastEnqueuedAt = lastAt;
    if (!this.#began) {
      const isBehindAll = isEmpty || (this.#options.fromLatest === true && this.#options.checkpoint === undefined);
      status.sequence = Math.max(status.sequence, isBehindAll ? last : first - 1);
      status.done = status.sequence;
    }
  }

  /** Resolves when no handler is at work. */
  idle(): Promise<unknown> {
    return this.#working;
  }

  /** Never rejects: the SDK would skip the batch, and the next checkpoint would pass it. */
  deliver(events: readonly ReceivedEventData[]): Promise<unknown> {
    this.#called = true;
    if (events.length > 0) this.#working = this.#working.then(() => this.#deliver(events));
    return this.#working;
  }

  /** Nothing is handed over any more; `done` still counts. */
  pause(): void {
    this.#paused = true;
  }

  /** The partition is no longer ours: `done` counts no more. */
  close(): void {
    this.#paused = true;
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Writes the checkpoint that is due. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#saving;
    const due = this.#due;
    if (due === undefined || this.#closed) return;
    this.#due = undefined;
    this.#saving = this.#save(due);
    await this.#saving;
  }

  async #save(due: Place): Promise<void> {
    const { save, log, partition, source } = this.#options;
    try {
      await save(due);
    } catch (error) {
      log.warn({ err: error, source, partition }, "event hub: checkpoint not written, will be tried again");
      this.#due ??= due;
      this.#schedule();
    }
  }

  async #deliver(events: readonly ReceivedEventData[]): Promise<void> {
    if (this.#paused) return;
    const { handler, log, partition, source, handlerLimitMs } = this.#options;
    this.#remember(events);
    const last = events.at(-1);
    const about = { source, partition, sequence: last?.sequenceNumber };
    this.#begin(events[0], last);
    const watchdog = setInterval(
      () =>
        log.error({ ...about, limitMs: handlerLimitMs }, "event hub: the handler is stuck, the partition waits for it"),
      handlerLimitMs,
    ).unref();
    this.#busy = true;
    try {
      await handler(this.#batch(events), (upTo) => this.#done(upTo));
    } catch (error) {
      log.error({ ...about, err: error }, "event hub: the handler threw; it must not");
    } finally {
      clearInterval(watchdog);
      this.#busy = false;
    }
  }

  #remember(events: readonly ReceivedEventData[]): void {
    const isFull = this.#open.length > MAX_OPEN;
    const kept = isFull ? events.slice(-1) : events;
    const sequences = kept.map(({ sequenceNumber }) => sequenceNumber);
    const offsets = kept.map(({ offset }) => offset);
    this.#open.splice(isFull ? -1 : this.#open.length, 1, { sequences, offsets });
  }

  #begin(first: ReceivedEventData | undefined, last: ReceivedEventData | undefined): void {
    if (first === undefined || last === undefined) return;
    const status = this.#status;
    if (!this.#began) status.done = first.sequenceNumber - 1;
    this.#began = true;
    status.sequence = last.sequenceNumber;
    status.enqueuedAt = last.enqueuedTimeUtc.getTime();
  }

  #batch(received: readonly ReceivedEventData[]): EventBatch {
    const { partition, generation, clock } = this.#options;
    const receivedAt = clock();
    const batch: EventBatch = { events: [], undecodable: [], last: { partition, generation, sequence: -1 } };
    for (const data of received) {
      const position = { partition, generation, sequence: data.sequenceNumber };
      batch.last = position;
      const raw = this.#raw(data, position, receivedAt);
      const decoded = decode(raw);
      if (decoded === undefined) continue;
      if ("reason" in decoded) batch.undecodable.push({ ...undecodable(raw), reason: decoded.reason });
      else batch.events.push(decoded);
    }
    return batch;
  }

  #raw(data: ReceivedEventData, position: EventPosition, receivedAt: number): RawEvent {
    const { messageId } = data;
    const raw: RawEvent = {
      body: bytesOf(data.body),
      properties: data.properties ?? NONE,
      systemProperties: data.systemProperties ?? NONE,
      source: this.#options.source,
      position,
      enqueuedAt: data.enqueuedTimeUtc.getTime(),
      receivedAt,
    };
    if (messageId !== undefined) raw.messageId = String(messageId);
    return raw;
  }

  #done(upTo: EventPosition): void {
    const { partition, generation } = this.#options;
    if (this.#closed || upTo.partition !== partition || upTo.generation !== generation) return;
    const finished = this.#finish(upTo.sequence);
    this.#due = finished ?? this.#due;
    this.#status.done = finished?.sequence ?? this.#status.done;
    if (this.#due !== undefined) this.#schedule();
  }

  /** The last place up to that one, if it was not done yet. */
  #finish(upTo: number): Place | undefined {
    let last: Place | undefined;
    for (const { sequences, offsets } of [...this.#open]) {
      const behind = sequences.findIndex((sequence) => sequence > upTo);
      const end = (behind === -1 ? sequences.length : behind) - 1;
      const sequence = sequences[end];
      const offset = offsets[end];
      if (sequence !== undefined && offset !== undefined) last = { sequence, offset };
      if (behind !== -1) {
        sequences.splice(0, behind);
        offsets.splice(0, behind);
        break;
      }
      this.#open.shift();
    }
    return last;
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => void this.flush(), CHECKPOINT_INTERVAL_MS).unref();
  }
}

const NONE: Readonly<Record<string, unknown>> = Object.freeze({});

function undecodable({ body: raw, ...rest }: RawEvent): Omit<UndecodableEvent, "reason"> {
  const { position, source, receivedAt, enqueuedAt, properties, systemProperties } = rest;
  return { position, source, receivedAt, raw, enqueuedAt, properties, systemProperties };
}

/** Data sections arrive as Buffers; an AMQP value as what it is. */
function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === "string" ? body : (JSON.stringify(body) ?? ""), "utf8");
}
