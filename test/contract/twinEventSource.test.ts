/** The TwinEventSource contract over the in-memory source and over Event Hubs (the SDK on the embedded broker). */
import { startEventHubs } from "../../emulator/eventhubs/index.ts";
import { EventHubSource } from "../../src/providers/azure/EventHubSource.ts";
import { MemoryEventLog } from "../../src/providers/memory/MemoryEventLog.ts";
import { MemoryEventSource } from "../../src/providers/memory/MemoryEventSource.ts";
import { Store } from "../../src/store/Store.ts";
import type { Log, TwinEventSource } from "../../src/twins/types.ts";
import { describeTwinEventSource, type SourceWorld } from "./twinEventSource.ts";

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function closeSources(sources: readonly TwinEventSource[]): Promise<void> {
  await Promise.all(sources.map((source) => source.close()));
}

async function newMemoryWorld(): Promise<SourceWorld> {
  const log = new MemoryEventLog({ partitions: 2 });
  const sources: TwinEventSource[] = [];
  return {
    newSource: () => {
      const source = new MemoryEventSource(log);
      sources.push(source);
      return source;
    },
    send: async (subject, numbers) =>
      log.push(numbers.map((n) => ({ type: "telemetry.received", subject, data: { values: { n } } }))),
    cut: () => log.setReachable(false),
    restore: () => log.setReachable(true),
    close: () => closeSources(sources),
  };
}

async function newEventHubWorld(): Promise<SourceWorld> {
  const hubs = await startEventHubs({ hubs: { telemetry: { partitions: 2 } } });
  const store = Store.open();
  const sources: TwinEventSource[] = [];
  return {
    newSource: () => {
      const { connectionString } = hubs;
      const address = { connectionString, eventHubName: "telemetry" };
      const source = new EventHubSource({ ...address, checkpointStore: store.checkpoints, log: silent });
      sources.push(source);
      return source;
    },
    send: (device, numbers) =>
      hubs.append(
        "telemetry",
        numbers.map((n) => ({
          body: Buffer.from(JSON.stringify({ n })),
          partitionKey: device,
          annotations: { "iothub-connection-device-id": device, "iothub-message-source": "Telemetry" },
        })),
      ),
    cut: () => {
      hubs.refuse(true);
      hubs.cut();
    },
    restore: () => hubs.refuse(false),
    close: async () => {
      await closeSources(sources);
      await hubs.close();
      store.close();
    },
  };
}

describeTwinEventSource("MemoryEventSource", newMemoryWorld);
describeTwinEventSource("EventHubSource", newEventHubWorld);
