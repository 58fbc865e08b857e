/**
 * A checkpoint store whose entries belong to one generation of a hub: what a hub of the same name knew before it was
 * created anew, or on another port of the same host, does not count. And one that shows a partition as free again as soon
 * as the SDK has given it up, instead of when its ownership expires.
 *
 * Wraps the store that the SDK is given; owned by EventHubSource.
 */
import type { Checkpoint, CheckpointStore, PartitionOwnership } from "@azure/event-hubs";

export class GenerationCheckpoints implements CheckpointStore {
  /** Set before subscribing. */
  generation = "";
  readonly #inner: CheckpointStore;
  /** The SDK's name for this process. */
  #owner: string | undefined;
  readonly #givenUp = new Set<string>();
  /** Partition → owner: as it was seen last, and as it was when this process took the partition. */
  readonly #seen = new Map<string, string>();
  readonly #before = new Map<string, string | undefined>();
  /** Partition → sequence number, as it was read last. */
  #read = new Map<string, number>();

  constructor(inner: CheckpointStore) {
    this.#inner = inner;
  }

  /** The SDK has ended the partition's pump, although the partition is ours: its next look at the owners takes it anew. */
  giveUp(partition: string): void {
    this.#givenUp.add(partition);
  }

  /** Who had a partition before this process took it last: "" when its owner had ended. undefined: nobody, or this process. */
  ownerBefore(partition: string): string | undefined {
    const owner = this.#before.get(partition);
    return owner === this.#owner ? undefined : owner;
  }

  /** Where the SDK begins to read a partition: it has just listed the checkpoints. undefined: there is none. */
  sequenceOf(partition: string): number | undefined {
    return this.#read.get(partition);
  }

  async listOwnership(namespace: string, hub: string, group: string): Promise<PartitionOwnership[]> {
    const owners = this.#restore(hub, await this.#inner.listOwnership(namespace, this.#key(hub), group));
    for (const { partitionId, ownerId } of owners) this.#seen.set(partitionId, ownerId);
    const isFree = ({ ownerId, partitionId }: PartitionOwnership) =>
      ownerId === this.#owner && this.#givenUp.has(partitionId);
    return owners.map((entry) => (isFree(entry) ? { ...entry, ownerId: "" } : entry));
  }

  async claimOwnership(claims: PartitionOwnership[]): Promise<PartitionOwnership[]> {
    const { eventHubName: hub = "", ownerId = "" } = claims[0] ?? {};
    const keyed = claims.map((claim) => ({ ...claim, eventHubName: this.#key(claim.eventHubName) }));
    const won = this.#restore(hub, await this.#inner.claimOwnership(keyed));
    if (ownerId !== "") this.#owner = ownerId;
    for (const { partitionId } of won) {
      this.#givenUp.delete(partitionId);
      this.#before.set(partitionId, this.#seen.get(partitionId));
      this.#seen.set(partitionId, ownerId);
    }
    return won;
  }

  updateCheckpoint(checkpoint: Checkpoint): Promise<void> {
    return this.#inner.updateCheckpoint({ ...checkpoint, eventHubName: this.#key(checkpoint.eventHubName) });
  }

  async listCheckpoints(namespace: string, hub: string, group: string): Promise<Checkpoint[]> {
    const checkpoints = this.#restore(hub, await this.#inner.listCheckpoints(namespace, this.#key(hub), group));
    this.#read = new Map(checkpoints.map(({ partitionId, sequenceNumber }) => [partitionId, sequenceNumber]));
    return checkpoints;
  }

  #key(hub: string): string {
    return `${hub}@${this.generation}`;
  }

  #restore<T extends { eventHubName: string }>(hub: string, entries: T[]): T[] {
    return entries.map((entry) => ({ ...entry, eventHubName: hub }));
  }
}
