/**
 * Connects a game server to its twins: `const twins = await connect(loadConfig(process.env))`, then
 * `digitalTwins({ services: twins.services })` in a room. Azure when it is configured, else the embedded cloud.
 *
 * The composition root below the server: names the cloud, the store and the rights; `startTwins` joins them. Called by
 * app.ts and by games.
 */
import { join } from "node:path";
import type { TokenCredential } from "@azure/core-auth";
import { RolePolicy } from "./auth/AccessPolicy.ts";
import type { AzureSettings, Config, HubSettings } from "./config.ts";
import { readControlFile } from "./control/rules/readControlFile.ts";
import type { DemoCloud } from "./demoCloud.ts";
import { MappingFile } from "./ingest/mapping/MappingFile.ts";
import { newLog } from "./log.ts";
import { AzureTwinProvider } from "./providers/azure/AzureTwinProvider.ts";
import type { EventHubAddress } from "./providers/azure/consumerClient.ts";
import { decodeLetter } from "./providers/azure/decodeLetter.ts";
import { EventHubSource } from "./providers/azure/EventHubSource.ts";
import { IotHubClient } from "./providers/azure/IotHubClient.ts";
import { type RuntimeParts, startTwins, type TwinRuntime } from "./runtime.ts";
import { Store } from "./store/Store.ts";
import type { Log, TwinEventSource } from "./twins/types.ts";

/** Invariant 10: without sign-in nobody is known, so nobody writes to a real instance. */
const READ_ONLY =
  "This server is connected to a real Azure Digital Twins instance without sign-in, so it is read-only.";

export interface Connected extends TwinRuntime {
  /** Reads again what may change while the server runs: the mapping file. Never throws. */
  reload(): void;
}

/**
 * @throws TwinError with a sentence when the cloud or the data directory cannot be used, RuleFileError with every fault of
 * the mapping file; nothing is left open then.
 */
export async function connect(config: Config, log: Log = newLog(config)): Promise<Connected> {
  const mapping = config.mappingFile === undefined ? undefined : new MappingFile({ path: config.mappingFile, log });
  const store = Store.open(config.dataDir === undefined ? {} : { file: join(config.dataDir, "server.sqlite") });
  let cloud: DemoCloud | undefined;
  try {
    const rules = config.controlFile === undefined ? undefined : readControlFile(config.controlFile);
    cloud = config.azure ? undefined : await (await import("./demoCloud.ts")).startDemoCloud(config, log);
    return await joinParts({ config, store, cloud, mapping, rules: rules ?? cloud?.rules, log });
  } catch (error) {
    await cloud?.close();
    store.close();
    throw error;
  }
}

interface Parts {
  config: Config;
  store: Store;
  cloud: DemoCloud | undefined;
  mapping: MappingFile | undefined;
  rules: RuntimeParts["controlRules"];
  log: Log;
}

async function joinParts({ config, store, cloud, mapping, rules, log }: Parts): Promise<Connected> {
  const azure = config.azure ?? (cloud as DemoCloud).azure;
  const credential = await credentialFor(azure);
  const newProvider = (isComponent: (modelId: string, name: string) => boolean) =>
    new AzureTwinProvider({
      url: azure.digitalTwinsUrl,
      log,
      isComponent,
      ...(credential === undefined ? {} : { credential }),
    });
  await cloud?.seed(
    newProvider(() => false),
    store.models,
  );
  const firstSpace = config.firstSpace ?? cloud?.firstSpace;
  const runtime = await startTwins({
    provider: newProvider,
    sources: sources(azure, store, credential, log),
    devices: devices(azure, credential),
    controlRules: rules,
    records: store,
    deadLetters: store.deadLetters,
    readLetter: decodeLetter,
    modelCache: store.models,
    edits: store.edits,
    policy: new RolePolicy(cloud ? {} : { readOnly: READ_ONLY }),
    log,
    demo: cloud !== undefined,
    writeThrough: config.writeThrough,
    writeThroughRate: config.writeThroughRate,
    ...(mapping === undefined ? {} : { rules: () => mapping.rules }),
    contains: config.contains,
    partOf: config.partOf,
    restricted: config.restricted,
    ...(firstSpace === undefined ? {} : { firstSpace }),
  });
  mapping?.watch();
  const ready = runtime.ready.then(() => {
    cloud?.place(runtime.services.placements);
    return cloud?.startDevices(runtime.services.provider);
  });
  return {
    services: runtime.services,
    ready: ready.catch((error) => log.error({ err: error }, "the demo's devices could not be started")),
    reload: () => mapping?.reload(),
    async close() {
      mapping?.close();
      await cloud?.stopDevices();
      await runtime.close();
      await cloud?.close();
      store.close();
    },
  };
}

/** Loaded only when something asks for it: it looks around in the environment. */
async function credentialFor(azure: AzureSettings): Promise<TokenCredential | undefined> {
  const hubs = [...azure.telemetry, ...(azure.notifications ? [azure.notifications] : [])];
  const isHubByHost = azure.iotHub !== undefined && "hostName" in azure.iotHub;
  const needed =
    isHubByHost || azure.digitalTwinsUrl.startsWith("https:") || hubs.some((h) => "fullyQualifiedNamespace" in h);
  return needed ? new (await import("@azure/identity")).DefaultAzureCredential() : undefined;
}

function devices({ iotHub }: AzureSettings, credential: TokenCredential | undefined): IotHubClient | undefined {
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

function sources(
  azure: AzureSettings,
  store: Store,
  credential: TokenCredential | undefined,
  log: Log,
): TwinEventSource[] {
  return [...(azure.notifications ? [azure.notifications] : []), ...azure.telemetry].map(
    (hub) =>
      new EventHubSource({
        ...address(hub, credential),
        consumerGroup: azure.consumerGroup,
        checkpointStore: store.checkpoints,
        log,
      }),
  );
}

function address(hub: HubSettings, credential: TokenCredential | undefined): EventHubAddress {
  if ("connectionString" in hub) {
    return hub;
  }
  if (credential === undefined) {
    throw new Error(`a credential is needed for ${hub.fullyQualifiedNamespace}`);
  }
  return { ...hub, credential };
}
