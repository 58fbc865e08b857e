/**
 * One event hub: its partitions, its consumer groups, and where a message without a partition of its own goes.
 */
import { partitionOf } from "./keyHash.ts";
import type { LogStore } from "./LogStore.ts";
import type { PartitionLog } from "./PartitionLog.ts";
import { type Append, HubError } from "./types.ts";

export class Hub {
  readonly name: string;
  /** ms since epoch, kept in the file: the hub's generation. */
  readonly createdAt: number;
  readonly partitions: readonly PartitionLog[];
  readonly #groups: ReadonlySet<string>;
  readonly #store: LogStore;
  #turn = 0;

  constructor(name: string, store: LogStore, definition: { partitions: number; consumerGroups?: readonly string[] }) {
    const { createdAt, partitions } = store.hub(name, definition.partitions);
    this.name = name;
    this.createdAt = createdAt;
    this.partitions = partitions;
    this.#store = store;
    this.#groups = new Set(["$default", ...(definition.consumerGroups ?? []).map((group) => group.toLowerCase())]);
  }

  hasGroup(name: string): boolean {
    return this.#groups.has(name.toLowerCase());
  }

  /** Throws HubError with Event Hubs' own condition when there is no such partition. */
  partition(id: string): PartitionLog {
    const partition = /^\d+$/.test(id) ? this.partitions[Number(id)] : undefined;
    if (partition !== undefined) return partition;
    throw new HubError(
      "com.microsoft:argument-out-of-range",
      `The specified partition is invalid for an EventHub partition sender or receiver. It should be between 0 and ${this.partitions.length - 1}.`,
    );
  }

  /** Appends to the partition that is named, else to the key's, else to the next in turn. Resolves when it is durable. */
  append(append: Append, to?: PartitionLog): Promise<void> {
    return this.#store.append(to ?? this.#choose(append.partitionKey), append);
  }

  /** Removes the oldest events of a partition. Returns the first sequence number that is left. Throws HubError. */
  expire(id: string, keep: number): number {
    const partition = this.partition(id);
    this.#store.expire(partition, keep);
    return partition.first;
  }

  #choose(key: string | undefined): PartitionLog {
    const count = this.partitions.length;
    return this.partition(String(key === undefined ? this.#turn++ % count : partitionOf(key, count)));
  }
}

/** Hub names are compared without regard to case, as on Azure. */
export class Hubs {
  readonly #byName = new Map<string, Hub>();

  add(hub: Hub): void {
    this.#byName.set(hub.name.toLowerCase(), hub);
  }

  find(name: string): Hub | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** Throws HubError `amqp:not-found`. */
  get(name: string): Hub {
    const hub = this.find(name);
    if (hub === undefined) {
      throw new HubError("amqp:not-found", `The messaging entity '${name}' could not be found.`);
    }
    return hub;
  }
}
