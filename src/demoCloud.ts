/**
 * The demo: starts the embedded cloud, fills it with the demo plant when it is empty, and starts the plant's devices.
 *
 * The only code of the product that knows the emulator, loaded only when no Azure is configured. Everything goes over the
 * same sockets and SDKs as with Azure: what comes out of here are the settings that AZURE_* would give.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plant } from "../emulator/devices/index.ts";
import type { AzureSettings, Config } from "./config.ts";
import { type ControlRules, parseControlFile } from "./control/rules/controlFile.ts";
import { forAzure } from "./dtdl/index.ts";
import { TwinError } from "./errors.ts";
import type { PlacementIndex } from "./services.ts";
import type { ModelCache } from "./twins/loadGraph.ts";
import { modelId } from "./twins/modelDependencies.ts";
import type { Log, TwinId, TwinProvider } from "./twins/types.ts";

export interface DemoCloud {
  azure: AzureSettings;
  firstSpace: TwinId;
  /** Interlocks and alarms of the plant, where no control file is given. */
  rules: { control: ControlRules; where: string };
  /** Uploads the plant unless it is there already. Models go to the cache whole: the service takes no Commands. */
  seed(provider: TwinProvider, cache: ModelCache): Promise<void>;
  /** Places the plant's twins, the first time. */
  place(placements: PlacementIndex): void;
  startDevices(provider: TwinProvider): Promise<void>;
  /** Before the server stops listening to them. */
  stopDevices(): Promise<void>;
  close(): Promise<void>;
}

const RULES = "of the demo plant";

export async function startDemoCloud(config: Config, log: Log): Promise<DemoCloud> {
  const { startEmulator } = await import("../emulator/index.ts");
  const { controlRules, firstSpace, layout, plant, startDevices } = await import("../emulator/devices/index.ts");
  const emulator = await startEmulator({
    ...(config.dataDir === undefined ? {} : { data: config.dataDir }),
    log,
  }).catch(unusable);
  const { adtUrl, connectionString, hubs, iotHub } = emulator;
  const hub = (name: string) => ({ connectionString: `${connectionString};EntityPath=${name}`, eventHubName: name });
  const marker = startMarker(config.dataDir);
  let isFirstStart = false;
  let devices: Promise<{ close(): Promise<void> }> | undefined;
  let isStopping = false;
  if (config.dataDir !== undefined) {
    const { mqttPort, ca, connectionString: service } = iotHub;
    const address = JSON.stringify({
      connectionString,
      hubs,
      adtUrl,
      iotHub: { connectionString: service, mqttPort, ca },
    });
    writeFileSync(join(config.dataDir, "emulator.json"), address, { mode: 0o600 });
  }

  return {
    azure: {
      digitalTwinsUrl: adtUrl,
      notifications: hub(hubs.notifications),
      telemetry: [hub(hubs.telemetry)],
      consumerGroup: "$Default",
      iotHub: { connectionString: iotHub.connectionString },
    },
    rules: { control: parseControlFile(JSON.stringify(controlRules), RULES), where: RULES },
    firstSpace,
    async seed(provider, cache) {
      cache.write([...cache.read(), ...plant.models.map((model) => ({ id: modelId(model), model }))]);
      isFirstStart = marker.isSet() || (await isEmpty(provider));
      if (isFirstStart) {
        marker.set();
        await upload(provider, plant);
        log.info({ twins: plant.twins.length, models: plant.models.length }, "demo plant uploaded");
      }
    },
    place(placements) {
      for (const [space, items] of isFirstStart ? Object.entries(layout) : []) {
        const known = new Set(Array.from(placements.list(space), (p) => p.twinId));
        const fresh = items.filter((item) => !known.has(item.twinId));
        if (fresh.length > 0) {
          placements.add(space, fresh, "demo");
        }
      }
      marker.clear();
    },
    async startDevices(provider) {
      if (isStopping) {
        return;
      }
      devices = startDevices({
        iotHub,
        connectionString,
        notificationHub: hubs.notifications,
        readTwin: (id) => provider.getTwin(id),
        log,
      });
      await devices;
    },
    async stopDevices() {
      isStopping = true;
      const started = await devices?.catch(() => undefined); // whoever started them is told
      await started?.close();
    },
    close: () => emulator.close(),
  };
}

/** The embedded cloud's own errors are sentences for people; to the server they are a cloud that is not there. */
function unusable(error: unknown): never {
  const isSentence = error instanceof Error && Object.getPrototypeOf(error) === Error.prototype;
  throw isSentence ? new TwinError("UNAVAILABLE", error.message, { cause: error }) : error;
}

/** A file that stands while the first start is under way: a start that was broken off is done again. */
function startMarker(dataDir: string | undefined) {
  const file = dataDir === undefined ? undefined : join(dataDir, "first-start");
  return {
    isSet: () => file !== undefined && existsSync(file),
    set: () =>
      file !== undefined &&
      writeFileSync(file, "The demo plant is being set up; if this stays, the next start does it again.\n"),
    clear: () => file !== undefined && rmSync(file, { force: true }),
  };
}

/** May be repeated: what is there stays as it is. */
async function upload(provider: TwinProvider, plant: Plant): Promise<void> {
  await unlessThere(() => provider.putModels(plant.models.map((m) => forAzure(m))));
  await Promise.all(plant.twins.map((t) => unlessThere(() => provider.putTwin(t, { ifNoneMatch: "*" }))));
  await Promise.all(plant.relationships.map((r) => provider.putRelationship(r)));
}

async function isEmpty(provider: TwinProvider): Promise<boolean> {
  for await (const _ of provider.listModels()) {
    return false;
  }
  return true;
}

async function unlessThere(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof TwinError && error.code === "CONFLICT")) {
      throw error;
    }
  }
}
