// An event source that a test drives by hand: batches in, checkpoints to look at.
import type {
  EventBatch,
  EventPosition,
  PartitionMove,
  SourceHealth,
  TwinEvent,
  TwinEventSource,
} from "../../src/twins/types.ts";

type Handler = Parameters<TwinEventSource["start"]>[0];
type NewEvent = Pick<TwinEvent, "type" | "subject" | "data"> & Partial<TwinEvent>;

export class MemorySource implements TwinEventSource {
  readonly name: string;
  /** What may be checkpointed, in the order in which it was said. */
  readonly done: EventPosition[] = [];
  closed = false;
  #handler: Handler | undefined;
  #health: SourceHealth = { connected: true, since: 0 };
  readonly #listeners = new Set<(health: SourceHealth) => void>();
  readonly #moves = new Set<(move: PartitionMove) => void>();
  #sequence = 0;

  constructor(name = "hub") {
    this.name = name;
  }

  async start(handler: Handler): Promise<void> {
    this.#handler = handler;
  }

  /** Fills in what a test does not care about: now, one after the other, partition 0. */
  event({ position, ...event }: NewEvent): TwinEvent {
    const sequence = position?.sequence ?? ++this.#sequence;
    const time = event.time ?? Date.now();
    return {
      id: `${this.name}-${sequence}`,
      source: this.name,
      time,
      enqueuedAt: time,
      receivedAt: Date.now(),
      position: position ?? { partition: "0", sequence, generation: "1" },
      ...event,
    };
  }

  /** Resolves when the pump would take the next batch of this partition. */
  deliver(...events: NewEvent[]): Promise<void> {
    return this.deliverBatch({ events: events.map((e) => this.event(e)), undecodable: [] });
  }

  async deliverBatch(batch: Omit<EventBatch, "last">): Promise<void> {
    const last = [...batch.events, ...batch.undecodable].at(-1)?.position;
    if (!this.#handler || !last) {
      throw new Error("start it and give it something");
    }
    await this.#handler({ ...batch, last }, (upTo) => this.done.push(upTo));
  }

  get doneUpTo(): number | undefined {
    return this.done.at(-1)?.sequence;
  }

  health(): SourceHealth {
    return this.#health;
  }

  onHealth(listener: (health: SourceHealth) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onMove(listener: (move: PartitionMove) => void): () => void {
    this.#moves.add(listener);
    return () => this.#moves.delete(listener);
  }

  /** Partition 0 goes to another process, or comes back. */
  move(to: PartitionMove["to"]): void {
    for (const listener of this.#moves) {
      listener({ source: this.name, partition: "0", to });
    }
  }

  setHealth(health: SourceHealth): void {
    this.#health = health;
    for (const listener of this.#listeners) {
      listener(health);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
