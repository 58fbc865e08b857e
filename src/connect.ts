/**
 * Connects a game server to its twins: `const twins = await connect(loadConfig(process.env))`, then
 * `digitalTwins({ services: twins.services })` in a room. Azure when it is configured, else the embedded cloud.
 *
 * The composition root below the server: names the cloud (its parts: azureParts.ts), the store and the rights; `startTwins`
 * joins them. Called by app.ts and by games.
 */
import { join } from "node:path";
import { newPolicy } from "./auth/newPolicy.ts";
import { PolicyFile } from "./auth/policyFile.ts";
import { newSignIn } from "./auth/SignIn.ts";
import { checkpointStore, credentialFor, devicesOf, sources } from "./azureParts.ts";
import { assertConfig, type Config } from "./config.ts";
import { readControlFile } from "./control/rules/readControlFile.ts";
import type { DemoCloud } from "./demoCloud.ts";
import { MappingFile } from "./ingest/mapping/MappingFile.ts";
import { newLog } from "./log.ts";
import { AzureTwinProvider } from "./providers/azure/AzureTwinProvider.ts";
import { decodeLetter } from "./providers/azure/decodeLetter.ts";
import { type RuntimeParts, startTwins, type TwinRuntime } from "./runtime.ts";
import { Store } from "./store/Store.ts";
import type { Log } from "./twins/types.ts";

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
 * the mapping file, PolicyFileError and ControlFileError likewise, ConfigError where RESTRICTED_PROPERTIES names what its
 * model does not have; nothing is left open then. Error where `config` is not what loadConfig gives.
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
