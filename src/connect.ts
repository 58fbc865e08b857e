/**
 * Connects a game server to its twins: `const twins = await connect(loadConfig(process.env))`, then
 * `digitalTwins({ services: twins.services })` in a room. Azure when it is configured, else the embedded cloud.
 *
 * The composition root below the server: names the cloud, the store and the rights; `startTwins` joins them. Called by
 * app.ts and by games.
 */
import { join } from "node:path";
import type { TokenCredential } from "@azure/core-auth";
import type { CheckpointStore } from "@azure/event-hubs";
import { newPolicy } from "./auth/newPolicy.ts";
import { PolicyFile } from "./auth/policyFile.ts";
import { newSignIn } from "./auth/SignIn.ts";
import { type AzureSettings, assertConfig, type Config, type HubSettings } from "./config.ts";
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
const UNKNOWN_WRITERS =
  "This server is connected to a real Azure Digital Twins instance without sign-in, so it is read-only.";
const READ_ONLY = "This server is read-only: READ_ONLY is set.";

export interface Connected extends TwinRuntime {
  /** Reads again what may change while the server runs: mapping file and policy file. Never throws. */
  reload(): void;
}

/**
 * @throws TwinError with a sentence when the cloud or the data directory cannot be used, RuleFileError with every fault of
 * the mapping file, PolicyFileError likewise; nothing is left open then. Error where `config` is not what loadConfig gives.
 */
export async function connect(config: Config, ownLog?: Log): Promise<Connected> {
  assertConfig("connect", config);
  const log = ownLog ?? newLog(config);
  const mapping = config.mappingFile === undefined ? undefined : new MappingFile({ path: config.mappingFile, log });
  const policy = config.policyFile === undefined ? undefined : new PolicyFile({ path: config.policyFile, log });
  const store = Store.open(config.dataDir === undefined ? {} : { file: join(config.dataDir, "server.sqlite") });
  let cloud: DemoCloud | undefined;
  try {
    const rules = config.controlFile === undefined ? undefined : readControlFile(config.controlFile);
    cloud = config.azure ? undefined : await (await import("./demoCloud.ts")).startDemoCloud(config, log);
    return await joinParts({ config, store, cloud, mapping, policy, rules: rules ?? cloud?.rules, log });
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
  policy: PolicyFile | undefined;
  /** Of the control file, else the demo's. */
  rules: RuntimeParts["controlRules"];
  log: Log;
}

async function joinParts({ config, store, cloud, mapping, policy, rules, log }: Parts): Promise<Connected> {
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
  const signIn = config.signIn && newSignIn({ settings: config.signIn, log });
  const runtime = await startTwins({
    provider: newProvider,
    sources: sources(azure, await checkpointStore(azure, store, credential), credential, log),
    devices: devicesOf(azure, credential),
    controlRules: rules,
    records: store,
    deadLetters: store.deadLetters,
    readLetter: decodeLetter,
    modelCache: store.models,
    edits: store.edits,
    policy: (facts) => newPolicy({ rules: policy && (() => policy.rules), facts, readOnly: readOnlyReason(config) }),
    signIn,
    log,
    demo: cloud !== undefined && signIn === undefined,
    writeThrough: config.writeThrough,
    writeThroughRate: config.writeThroughRate,
    writesPerSecond: config.limits.writesPerSecond,
    ...(mapping === undefined ? {} : { rules: () => mapping.rules }),
    contains: config.contains,
    partOf: config.partOf,
    restricted: config.restricted,
    ...(firstSpace === undefined ? {} : { firstSpace }),
  });
  mapping?.watch();
  policy?.watch();
  const ready = runtime.ready.then(() => {
    cloud?.place(runtime.services.placements);
    return cloud?.startDevices(runtime.services.provider);
  });
  return {
    services: runtime.services,
    ready: ready.catch((error) => log.error({ err: error }, "the demo's devices could not be started")),
    reload() {
      mapping?.reload();
      policy?.reload();
    },
    async close() {
      mapping?.close();
      policy?.close();
      signIn?.close();
      await cloud?.stopDevices();
      await runtime.close();
      await cloud?.close();
      store.close();
    },
  };
}

/** Why nobody may write; undefined: who may, may. */
function readOnlyReason({ readOnly, azure, signIn }: Config): string | undefined {
  if (readOnly) {
    return READ_ONLY;
  }
  return azure !== undefined && signIn === undefined ? UNKNOWN_WRITERS : undefined;
}

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
async function checkpointStore(
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

function sources(
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
