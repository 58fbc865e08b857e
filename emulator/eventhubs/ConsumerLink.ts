/**
 * One consumer's link to one partition: sends as much as its credit allows, from memory or from the file.
 *
 * It is woken by publications and by the client's flow; it holds at most one page of entries that are not in memory.
 */
import type { Sender } from "rhea";
import type { Faults } from "./Faults.ts";
import type { PartitionLog } from "./PartitionLog.ts";
import { drain, settlementOf } from "./rheaInternals.ts";
import { metricsSection } from "./stamp.ts";
import { TransferLane } from "./TransferLane.ts";
import type { Clock, Entry } from "./types.ts";

const NONE = Buffer.alloc(0);
/** Sent on one link in one turn at most, give or take an event. */
const STEP_BYTES = 1024 * 1024;

export interface ConsumerLinkOptions {
  sender: Sender;
  partition: PartitionLog;
  /** Consumer group, lower case. */
  group: string;
  epoch: number | undefined;
  /** Sequence number to begin with. */
  start: number;
  /** Whether the client wants the partition's runtime metrics with every event. */
  metrics: boolean;
  clock: Clock;
  faults: Faults;
  /** Ends the link when its claim has ended; true when it did. */
  isForbidden(): boolean;
  /** Calls `pump` in a later turn, when rhea has done its part of this one. */
  again(): void;
}

export class ConsumerLink {
  readonly options: ConsumerLinkOptions;
  readonly #lane: TransferLane;
  readonly #unsubscribe: () => void;
  #cursor: number;
  #page: Entry[] = [];
  #state: "new" | "open" | "closed" = "new";
  /** Whether it has asked for another turn since it last could send. */
  #retried = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ConsumerLinkOptions) {
    this.options = options;
    this.#cursor = options.start;
    this.#lane = new TransferLane(options.sender, settlementOf(options.sender));
    this.#unsubscribe = options.partition.onPublish(() => this.pump());
    // rhea writes transfers before the attach when attach and flow came in one segment (Proton does that): wait one turn.
    setImmediate(() => {
      if (this.#state === "new") this.#state = "open";
      this.pump();
    });
  }

  close(): void {
    this.#state = "closed";
    clearTimeout(this.#timer);
    this.#unsubscribe();
  }

  /** Sends what may be sent; the rest when more is allowed. */
  pump(): void {
    const { sender, partition, faults } = this.options;
    if (this.#state !== "open" || faults.frozen) return;
    if (this.#cursor >= partition.next) {
      drain(sender);
      return;
    }
    const wait = faults.deliverAfter();
    if (wait <= 0 && this.#timer === undefined) this.#push();
    else this.#timer ??= setTimeout(() => this.#delayed(), wait);
  }

  #delayed(): void {
    this.#timer = undefined;
    if (!this.options.faults.frozen) this.#push();
  }

  #push(): void {
    const { partition, again, isForbidden } = this.options;
    const room = this.#lane.room();
    if (room <= 0) {
      if (!this.#retried) again();
      this.#retried = true;
      return;
    }
    if (isForbidden()) return;
    this.#retried = false;
    const entries = this.#take(room);
    this.#lane.send(entries, this.#metrics());
    if (this.#cursor < partition.next) again();
    else drain(this.options.sender);
  }

  #metrics(): Buffer {
    const { metrics, partition, clock } = this.options;
    return metrics ? metricsSection(partition.info(), clock()) : NONE;
  }

  #take(room: number): Entry[] {
    const entries: Entry[] = [];
    let bytes = 0;
    while (entries.length < room && bytes < STEP_BYTES) {
      const entry = this.#read();
      if (entry === undefined) break;
      entries.push(entry);
      bytes += entry.bytes.length;
      this.#cursor = entry.sequence + 1;
    }
    return entries;
  }

  #read(): Entry | undefined {
    const { partition } = this.options;
    if (this.#cursor >= partition.next) return undefined;
    const recent = partition.inMemory(this.#cursor);
    if (recent !== undefined) {
      this.#page = [];
      return recent;
    }
    const first = this.#page[0];
    const held = first === undefined ? undefined : this.#page[this.#cursor - first.sequence];
    if (held !== undefined) return held;
    this.#page = partition.page(this.#cursor);
    return this.#page[0];
  }
}
