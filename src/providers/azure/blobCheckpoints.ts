/**
 * Checkpoints and partition ownership in an Azure Blob container: what several hosts of one consumer group share, or what
 * outlives a host whose disk does not. The SDK's own store does the work, so that other tools read the same blobs.
 *
 * Called by connect.ts when AZURE_CHECKPOINT_CONTAINER is set; without it src/store/SqliteCheckpointStore.ts holds them.
 */
import { randomUUID } from "node:crypto";
import type { TokenCredential } from "@azure/core-auth";
import type { CheckpointStore, PartitionOwnership } from "@azure/event-hubs";
import { BlobCheckpointStore } from "@azure/eventhubs-checkpointstore-blob";
import {
  ContainerClient as Container,
  type ContainerClient,
  RestError,
  type StoragePipelineOptions,
} from "@azure/storage-blob";
import { TwinError } from "../../errors.ts";

/** A container by its URL, with a SAS in it or with the credential; or by connection string and name. */
export type ContainerAddress = { url: string } | { connectionString: string; container: string };

/** A start waits for this, so a storage account that is away is told soon. */
const OPTIONS: StoragePipelineOptions = {
  retryOptions: { maxTries: 3, retryDelayInMs: 500, maxRetryDelayInMs: 2000, tryTimeoutInMs: 10_000 },
};

/** @throws TwinError with a sentence that says what to do */
export async function openBlobCheckpoints(
  address: ContainerAddress,
  credential: TokenCredential | undefined,
): Promise<CheckpointStore> {
  const container = newContainer(address, credential);
  try {
    if (await container.exists()) return new BlobCheckpoints(container);
  } catch (cause) {
    throw new TwinError("UNAVAILABLE", sentence(container, cause), { cause });
  }
  throw new TwinError(
    "NOT_FOUND",
    `There is no container ${container.containerName} in ${container.accountName} for the checkpoints. ` +
      `Make it (az storage container create --account-name ${container.accountName} --name ${container.containerName}), or correct AZURE_CHECKPOINT_CONTAINER.`,
  );
}

export interface ContainerLook {
  kind: "ok" | "missing" | "refused" | "readOnly" | "unreachable";
  /** `container in account`, for sentences. */
  name: string;
  /** Azure Storage's own code, or that of the connection. */
  problem: string;
}

/** Writes an empty blob and takes it away, as a checkpoint would be written. Never throws; for `doctor`. */
export async function lookAtContainer(
  address: ContainerAddress,
  credential: TokenCredential | undefined,
): Promise<ContainerLook> {
  const container = newContainer(address, credential);
  const name = `container ${container.containerName} in ${container.accountName}`;
  let wasFound = false;
  try {
    if (!(await container.exists())) {
      return { kind: "missing", name, problem: "" };
    }
    wasFound = true;
    const blob = container.getBlockBlobClient(`doctor/${randomUUID()}`);
    await blob.upload("", 0);
    await blob.delete();
    return { kind: "ok", name, problem: "" };
  } catch (error) {
    const { statusCode = 0, code = "", details } = error as Partial<RestError>;
    const told = (details as { errorCode?: string } | undefined)?.errorCode ?? code;
    const refused = statusCode === 401 || statusCode === 403;
    const kind = refused ? (wasFound ? "readOnly" : "refused") : "unreachable";
    return { kind, name, problem: told === "" ? String(error) : told };
  }
}

function newContainer(address: ContainerAddress, credential: TokenCredential | undefined): ContainerClient {
  if ("connectionString" in address) return new Container(address.connectionString, address.container, OPTIONS);
  const isSigned = new URL(address.url).searchParams.has("sig");
  return isSigned || credential === undefined
    ? new Container(address.url, undefined, OPTIONS)
    : new Container(address.url, credential, OPTIONS);
}

function sentence({ containerName, accountName }: ContainerClient, cause: unknown): string {
  const where = `The container ${containerName} in ${accountName}, AZURE_CHECKPOINT_CONTAINER,`;
  const status = cause instanceof RestError ? cause.statusCode : undefined;
  if (status === 401 || status === 403)
    return `${where} may not be used by this server. Give its identity the role Storage Blob Data Contributor there, or use a SAS or key that is valid.`;
  const why = cause instanceof Error ? cause.message : String(cause);
  return `${where} cannot be reached (${why}). Correct it, or unset it to keep the checkpoints on this host.`;
}

/**
 * The SDK's store (2.0.0) takes a partition that nobody has had yet without a condition, so that two processes that start
 * together both believe that they own it. Here the first one makes the blob, and the second one's claim is lost.
 */
class BlobCheckpoints extends BlobCheckpointStore implements CheckpointStore {
  readonly #container: ContainerClient;

  constructor(container: ContainerClient) {
    super(container);
    this.#container = container;
  }

  override async claimOwnership(claims: PartitionOwnership[]): Promise<PartitionOwnership[]> {
    const won = await Promise.all(
      claims.map((claim) => (claim.etag === undefined ? this.#claimNew(claim) : super.claimOwnership([{ ...claim }]))),
    );
    return won.flat();
  }

  async #claimNew(claim: PartitionOwnership): Promise<PartitionOwnership[]> {
    const { fullyQualifiedNamespace, eventHubName, consumerGroup, partitionId, ownerId } = claim;
    const name = [fullyQualifiedNamespace, eventHubName, consumerGroup].map((part) => part.toLowerCase()).join("/");
    const blob = this.#container.getBlockBlobClient(`${name}/ownership/${partitionId}`);
    try {
      const { etag, lastModified } = await blob.upload("", 0, {
        metadata: { ownerid: ownerId },
        conditions: { ifNoneMatch: "*" },
      });
      return [
        {
          ...claim,
          ...(etag === undefined ? {} : { etag }),
          ...(lastModified === undefined ? {} : { lastModifiedTimeInMs: lastModified.getTime() }),
        },
      ];
    } catch (error) {
      if (error instanceof RestError && (error.statusCode === 409 || error.statusCode === 412)) return [];
      throw error;
    }
  }
}
