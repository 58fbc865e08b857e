/**
 * One consumer's link to one partition: sends as much as its credit allows, from memory or from the file.
 *
 * It is woken by publications and by the client's flow; it holds at most one page of entries that are not in memory.
 */
import type { Sender } from "rhea";
import type { PartitionLog } from "./PartitionLog.ts";
import { gatherWrites, sendBudget } from "./rheaInternals.ts";
import { withMetrics } from "./stamp.ts";
import type { Clock, Entry } from "./types.ts";

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
}

export class ConsumerLink {
  readonly options: ConsumerLinkOptions;
  readonly #unsubscribe: () => void;
  #cursor: number;
  #page: Entry[] = [];
  #tag = 0;
  #ready = false;
  #sending = false;

  constructor(options: ConsumerLinkOptions) {
    this.options = options;
    this.#cursor = options.start;
    this.#unsubscribe = options.partition.onPublish(() => this.pump());
    // rhea writes transfers before the attach when attach and flow came in one segment (Proton does that): wait one turn.
    setImmediate(() => {
      this.#ready = true;
      this.pump();
    });
  }

  close(): void {
    this.#ready = false;
    this.#unsubscribe();
  }

  /** Sends what may be sent. */
  pump(): void {
    const { sender, partition } = this.options;
    if (!this.#ready || this.#sending || this.#cursor >= partition.next) return;
    let budget = sendBudget(sender);
    if (budget <= 0) return;
    this.#sending = true;
    gatherWrites(sender.connection);
    for (let entry = this.#read(); budget > 0 && entry !== undefined; budget--) {
      this.#send(entry);
      this.#cursor = entry.sequence + 1;
      entry = budget > 1 ? this.#read() : undefined;
    }
    this.#sending = false;
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

  #send(entry: Entry): void {
    const { sender, partition, metrics, clock } = this.options;
    const tag = Buffer.allocUnsafe(4);
    tag.writeUInt32BE(this.#tag++ >>> 0);
    sender.send(metrics ? withMetrics(entry, partition.info(), clock()) : entry.bytes, tag, 0);
  }
}
