/**
 * Azure's parts as the settings name them, for connect.ts and the doctor. Apart from connect.ts, so that the types of a game
 * do not reach those of Azure's SDKs.
 */
import type { TokenCredential } from "@azure/core-auth";
import type { CheckpointStore } from "@azure/event-hubs";
import type { AzureSettings, HubSettings } from "./config.ts";
import type { EventHubAddress } from "./providers/azure/consumerClient.ts";
import { EventHubSource } from "./providers/azure/EventHubSource.ts";
import { IotHubClient } from "./providers/azure/IotHubClient.ts";
import type { Store } from "./store/Store.ts";
import type { Log, TwinEventSource } from "./twins/types.ts";

/** Loaded only when something asks for it: it looks around in the environment. */
export async function credentialFor(azure: AzureSettings): Promise<TokenCredential | undefined> {
  const hubs = [...azure.telemetry, ...(azure.notifications ? [azure.notifications] : [])];
  const { checkpoints, iotHub } = azure;
  const needed =
    azure.digitalTwinsUrl.startsWith("https:") ||
    hubs.some((h) => "fullyQualifiedNamespace" in h) ||
    (iotHub !== undefined && "hostName" in iotHub) ||
    (checkpoints !== undefined && "url" in checkpoints && checkpoints.url.startsWith("https:"));
  return needed ? new (await import("@azure/identity")).DefaultAzureCredential() : undefined;
}

/** The client of Azure Storage is loaded where it is used only: it is large. */
export async function checkpointStore(
  { checkpoints }: AzureSettings,
  store: Store,
  credential: TokenCredential | undefined,
): Promise<CheckpointStore> {
  if (checkpoints === undefined) {
    return store.checkpoints;
  }
  const { openBlobCheckpoints } = await import("./providers/azure/blobCheckpoints.ts");
  return await openBlobCheckpoints(checkpoints, credential);
}

export function devicesOf(
  { iotHub }: AzureSettings,
  credential: TokenCredential | undefined,
): IotHubClient | undefined {
  if (iotHub === undefined) {
    return undefined;
  }
  if ("connectionString" in iotHub) {
    return new IotHubClient({ address: iotHub });
  }
  if (credential === undefined) {
    throw new Error(`a credential is needed for ${iotHub.hostName}`);
  }
  return new IotHubClient({ address: { ...iotHub, credential } });
}

export function sources(
  azure: AzureSettings,
  checkpointStore: CheckpointStore,
  credential: TokenCredential | undefined,
  log: Log,
): TwinEventSource[] {
  return [...(azure.notifications ? [azure.notifications] : []), ...azure.telemetry].map(
    (hub) =>
      new EventHubSource({
        ...hubAddress(hub, credential),
        consumerGroup: azure.consumerGroup,
        checkpointStore,
        log,
        ...(azure.webSockets === undefined ? {} : { webSockets: azure.webSockets }),
      }),
  );
}

export function hubAddress(hub: HubSettings, credential: TokenCredential | undefined): EventHubAddress {
  if ("connectionString" in hub) {
    return hub;
  }
  if (credential === undefined) {
    throw new Error(`a credential is needed for ${hub.fullyQualifiedNamespace}`);
  }
  return { ...hub, credential };
}
