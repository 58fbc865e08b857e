/**
 * A checkpoint store whose entries belong to one generation of a hub: what a hub of the same name knew before it was
 * created anew, or on another port of the same host, does not count.
 *
 * Wraps the store that the SDK is given.
 */
import type { Checkpoint, CheckpointStore, PartitionOwnership } from "@azure/event-hubs";

export class GenerationCheckpoints implements CheckpointStore {
  /** Set before subscribing. */
  generation = "";
  readonly #inner: CheckpointStore;

  constructor(inner: CheckpointStore) {
    this.#inner = inner;
  }

  async listOwnership(namespace: string, hub: string, group: string): Promise<PartitionOwnership[]> {
    return this.#restore(hub, await this.#inner.listOwnership(namespace, this.#key(hub), group));
  }

  async claimOwnership(claims: PartitionOwnership[]): Promise<PartitionOwnership[]> {
    const hub = claims[0]?.eventHubName ?? "";
    const keyed = claims.map((claim) => ({ ...claim, eventHubName: this.#key(claim.eventHubName) }));
    return this.#restore(hub, await this.#inner.claimOwnership(keyed));
  }

  updateCheckpoint(checkpoint: Checkpoint): Promise<void> {
    return this.#inner.updateCheckpoint({ ...checkpoint, eventHubName: this.#key(checkpoint.eventHubName) });
  }

  async listCheckpoints(namespace: string, hub: string, group: string): Promise<Checkpoint[]> {
    return this.#restore(hub, await this.#inner.listCheckpoints(namespace, this.#key(hub), group));
  }

  #key(hub: string): string {
    return `${hub}@${this.generation}`;
  }

  #restore<T extends { eventHubName: string }>(hub: string, entries: T[]): T[] {
    return entries.map((entry) => ({ ...entry, eventHubName: hub }));
  }
}
