/**
 * The demo: starts the embedded cloud, fills it with the demo plant when it is empty, and starts the plant's devices.
 *
 * The only code of the product that knows the emulator, loaded only when no Azure is configured. Everything goes over the
 * same sockets and SDKs as with Azure: what comes out of here are the settings that AZURE_* would give.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AzureSettings, Config } from "./config.ts";
import { forAzure } from "./dtdl/index.ts";
import { TwinError } from "./errors.ts";
import type { ModelCache } from "./twins/loadGraph.ts";
import type { Log, TwinId, TwinProvider } from "./twins/types.ts";

export interface DemoCloud {
  azure: AzureSettings;
  firstSpace: TwinId;
  /** Uploads the plant unless it is there already. Models go to the cache whole: the service takes no Commands. */
  seed(provider: TwinProvider, cache: ModelCache): Promise<void>;
  startDevices(provider: TwinProvider): Promise<void>;
  /** Before the server stops listening to them. */
  stopDevices(): Promise<void>;
  close(): Promise<void>;
}

export async function startDemoCloud(config: Config, log: Log): Promise<DemoCloud> {
  const { startEmulator } = await import("../emulator/index.ts");
  const { firstSpace, plant, startDevices } = await import("../emulator/devices/index.ts");
  const emulator = await startEmulator({ ...(config.dataDir === undefined ? {} : { data: config.dataDir }), log });
  const { adtUrl, connectionString, hubs } = emulator;
  const hub = (name: string) => ({ connectionString: `${connectionString};EntityPath=${name}`, eventHubName: name });
  let devices: { close(): Promise<void> } | undefined;
  if (config.dataDir !== undefined) {
    const address = JSON.stringify({ connectionString, hubs, adtUrl });
    writeFileSync(join(config.dataDir, "emulator.json"), address, { mode: 0o600 });
  }

  return {
    azure: {
      digitalTwinsUrl: adtUrl,
      notifications: hub(hubs.notifications),
      telemetry: [hub(hubs.telemetry)],
      consumerGroup: "$Default",
    },
    firstSpace,
    async seed(provider, cache) {
      cache.write([
        ...cache.read(),
        ...plant.models.map((model) => ({ id: String((model as { "@id"?: unknown })["@id"]), model })),
      ]);
      const marker = config.dataDir === undefined ? undefined : join(config.dataDir, "seeding");
      const interrupted = marker !== undefined && existsSync(marker);
      if (!interrupted && !(await isEmpty(provider))) {
        return;
      }
      if (marker !== undefined) {
        writeFileSync(marker, "The demo plant is being uploaded; the next start does it again.\n");
      }
      await unlessThere(() => provider.putModels(plant.models.map((m) => forAzure(m))));
      await Promise.all(plant.twins.map((t) => unlessThere(() => provider.putTwin(t, { ifNoneMatch: "*" }))));
      await Promise.all(plant.relationships.map((r) => provider.putRelationship(r)));
      if (marker !== undefined) {
        rmSync(marker);
      }
      log.info({ twins: plant.twins.length, models: plant.models.length }, "demo plant uploaded");
    },
    async startDevices(provider) {
      devices = await startDevices({
        connectionString,
        telemetryHub: hubs.telemetry,
        notificationHub: hubs.notifications,
        readTwin: (id) => provider.getTwin(id),
        log,
      });
    },
    async stopDevices() {
      await devices?.close();
    },
    close: () => emulator.close(),
  };
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
