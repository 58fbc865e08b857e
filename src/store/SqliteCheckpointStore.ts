/**
 * Checkpoints and partition ownership for Event Hubs consumers of one host, in SQLite.
 *
 * Fulfils the `CheckpointStore` interface of `@azure/event-hubs` by shape; this folder does not import Azure. Ownership is
 * compare-and-set on the etag, as the SDK's load balancing needs it; checkpoints only ever move forward. What a process held
 * that was killed is free at once, instead of after the expiry.
 */
import { randomUUID } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../twins/types.ts";
import { hasEnded, processIdentity } from "./processIdentity.ts";

interface PartitionKey {
  fullyQualifiedNamespace: string;
  eventHubName: string;
  consumerGroup: string;
  partitionId: string;
}

export interface PartitionCheckpoint extends PartitionKey {
  sequenceNumber: number;
  offset: string;
}

export interface PartitionOwner extends PartitionKey {
  /** "" when it was given up. */
  ownerId: string;
  /** ms since epoch; the SDK takes ownership that is older than its expiry. */
  lastModifiedTimeInMs?: number;
  /** Absent: the claim is for a partition that nobody has ever owned. */
  etag?: string;
}

/** Each try that meets a lock holds the whole server up for the busy timeout of Store.open, 2 s. */
const REST_MS = 10_000;
const SQLITE_BUSY = 5;

export class SqliteCheckpointStore {
  readonly #clock: Clock;
  readonly #owners: StatementSync;
  readonly #claimNew: StatementSync;
  readonly #claimKnown: StatementSync;
  readonly #checkpoints: StatementSync;
  readonly #update: StatementSync;
  /** ms since epoch: somebody holds the file locked, and is given time. */
  #restsUntil = 0;

  constructor(db: DatabaseSync, clock: Clock) {
    this.#clock = clock;
    const where = "WHERE namespace = ? AND hub = ? AND consumer_group = ?";
    this.#owners = db.prepare(`SELECT partition, owner, etag, modified, process FROM ownerships ${where}`);
    this.#claimNew = db.prepare(
      `INSERT INTO ownerships (namespace, hub, consumer_group, partition, owner, etag, modified, process)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    this.#claimKnown = db.prepare(
      `UPDATE ownerships SET owner = ?, etag = ?, modified = ?, process = ? ${where} AND partition = ? AND etag = ?`,
    );
    this.#checkpoints = db.prepare(`SELECT partition, sequence, position FROM checkpoints ${where}`);
    this.#update = db.prepare(
      `INSERT INTO checkpoints (namespace, hub, consumer_group, partition, sequence, position) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET sequence = excluded.sequence, position = excluded.position
       WHERE excluded.sequence > checkpoints.sequence`,
    );
  }

  async listOwnership(namespace: string, hub: string, group: string): Promise<PartitionOwner[]> {
    return this.#owners.all(namespace, hub, group).map((row) => ({
      ...keyOf(namespace, hub, group, row["partition"]),
      ownerId: hasEnded(String(row["process"])) ? "" : String(row["owner"]),
      etag: String(row["etag"]),
      lastModifiedTimeInMs: Number(row["modified"]),
    }));
  }

  /** Those of the claims that won: nobody else had changed the partition's ownership since it was listed. */
  async claimOwnership(claims: PartitionOwner[]): Promise<PartitionOwner[]> {
    return claims.flatMap((claim) => {
      const won = { ...claim, etag: randomUUID(), lastModifiedTimeInMs: this.#clock() };
      return this.#claim(won, claim.etag) ? [won] : [];
    });
  }

  #claim(won: Required<PartitionOwner>, etag: string | undefined): boolean {
    const { fullyQualifiedNamespace: namespace, eventHubName: hub, consumerGroup: group, partitionId } = won;
    const told = [won.ownerId, won.etag, won.lastModifiedTimeInMs, processIdentity()] as const;
    const { changes } = this.#write(() =>
      etag === undefined
        ? this.#claimNew.run(namespace, hub, group, partitionId, ...told)
        : this.#claimKnown.run(...told, namespace, hub, group, partitionId, etag),
    );
    return changes === 1;
  }

  /** An older checkpoint than the one that is there changes nothing. */
  async updateCheckpoint(c: PartitionCheckpoint): Promise<void> {
    const { fullyQualifiedNamespace: namespace, eventHubName: hub, consumerGroup: group, partitionId } = c;
    this.#write(() => this.#update.run(namespace, hub, group, partitionId, c.sequenceNumber, c.offset));
  }

  /** Throws, at once while the file is known to be locked. */
  #write<T>(work: () => T): T {
    if (this.#clock() < this.#restsUntil) {
      throw new Error("database is locked: it is not tried again for some seconds");
    }
    try {
      return work();
    } catch (error) {
      if (error instanceof Error && Reflect.get(error, "errcode") === SQLITE_BUSY) {
        this.#restsUntil = this.#clock() + REST_MS;
      }
      throw error;
    }
  }

  async listCheckpoints(namespace: string, hub: string, group: string): Promise<PartitionCheckpoint[]> {
    return this.#checkpoints.all(namespace, hub, group).map((row) => ({
      ...keyOf(namespace, hub, group, row["partition"]),
      sequenceNumber: Number(row["sequence"]),
      offset: String(row["position"]),
    }));
  }
}

function keyOf(namespace: string, hub: string, group: string, partition: unknown): PartitionKey {
  return {
    fullyQualifiedNamespace: namespace,
    eventHubName: hub,
    consumerGroup: group,
    partitionId: String(partition),
  };
}
