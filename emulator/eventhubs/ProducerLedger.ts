/**
 * What one partition knows of its idempotent producers: whose epoch holds, and the last sequence number that it appended.
 *
 * Written in the transaction of the events themselves, so that a batch which is sent again after a cut, or after kill -9, is
 * taken without being appended twice. Sequence numbers count up to 2^31-1 and begin again at 0. Used by PartitionLog and,
 * when a producer attaches, by Producers.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { HubError, type Publishing } from "./types.ts";

const CYCLE = 0x8000_0000;

interface State {
  epoch: number;
  sequence: number;
}

export class ProducerLedger {
  readonly #partition: number;
  readonly #save: StatementSync;
  readonly #states = new Map<number, State>();
  /** What was staged and is not committed yet. */
  readonly #staged = new Map<number, State>();

  constructor(db: DatabaseSync, partition: number) {
    this.#partition = partition;
    this.#save = db.prepare(
      `INSERT INTO producers (partition, producer, epoch, sequence) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET epoch = excluded.epoch, sequence = excluded.sequence`,
    );
    const rows = db.prepare("SELECT producer, epoch, sequence FROM producers WHERE partition = ?").all(partition);
    for (const row of rows) {
      this.#states.set(Number(row["producer"]), { epoch: Number(row["epoch"]), sequence: Number(row["sequence"]) });
    }
  }

  /**
   * A producer attaches, with what it knows of itself. Returns what holds from now on; what it named it gets back, so that it
   * repeats what it is unsure of. Throws HubError when a higher epoch holds.
   */
  attach(wanted: { producer: number; epoch?: number; sequence?: number }): Publishing {
    const { producer } = wanted;
    const known = this.#states.get(producer);
    const epoch = wanted.epoch ?? known?.epoch ?? 0;
    if (known !== undefined && epoch < known.epoch) throw stolen(producer, known.epoch);
    const isNew = known === undefined || epoch > known.epoch;
    const sequence = wanted.sequence ?? known?.sequence ?? -1;
    const state = { epoch, sequence: isNew ? sequence : known.sequence };
    this.#states.set(producer, state);
    this.#write(producer, state);
    return { producer, epoch, sequence };
  }

  /**
   * How many of a batch's events, from its begin, are here already. Throws HubError when the batch leaves a gap, or comes
   * from a lower epoch.
   */
  repeated(events: readonly Publishing[]): number {
    const [first] = events;
    if (first === undefined) return 0;
    const known = this.#staged.get(first.producer) ?? this.#states.get(first.producer);
    if (known !== undefined && first.epoch < known.epoch) throw stolen(first.producer, known.epoch);
    const before = known?.sequence ?? -1;
    const gap = distance(before, first.sequence) - 1;
    if (gap > 0) throw outOfOrder(first.sequence, before);
    return Math.min(events.length, -gap);
  }

  /** The batch is staged in the log up to this event. */
  stage({ producer, epoch, sequence }: Publishing): void {
    this.#staged.set(producer, { epoch, sequence });
  }

  /** Inside the store's transaction. */
  writeStaged(): void {
    for (const [producer, state] of this.#staged) this.#write(producer, state);
  }

  /** After the commit. */
  publish(): void {
    for (const [producer, state] of this.#staged) this.#states.set(producer, state);
    this.#staged.clear();
  }

  /** After a rollback. */
  discard(): void {
    this.#staged.clear();
  }

  #write(producer: number, { epoch, sequence }: State): void {
    this.#save.run(this.#partition, producer, epoch, sequence);
  }
}

/** Steps from one sequence number to another on the circle; negative when it lies behind. From -1 it is a plain count. */
function distance(from: number, to: number): number {
  if (from < 0) return to - from;
  const ahead = (to - from + CYCLE) % CYCLE;
  return ahead > CYCLE / 2 ? ahead - CYCLE : ahead;
}

function stolen(producer: number, epoch: number): HubError {
  return new HubError(
    "com.microsoft:producer-epoch-stolen",
    `The producer '${producer}' publishes to this partition with the higher epoch '${epoch}'.`,
  );
}

function outOfOrder(given: number, last: number): HubError {
  return new HubError(
    "com.microsoft:out-of-order-sequence",
    `The producer sequence number '${given}' does not follow the last one, '${last}'.`,
  );
}
