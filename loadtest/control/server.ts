/** The server of the control benchmark: rooms over the embedded cloud, as connect.ts joins them, with rights to write. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { defineRoom, defineServer } from "@colyseus/core";
import { Encoder } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { spaceRoom } from "../../rooms/SpaceRoom.ts";
import { RolePolicy } from "../../src/auth/AccessPolicy.ts";
import { AzureTwinProvider } from "../../src/providers/azure/AzureTwinProvider.ts";
import { EventHubSource } from "../../src/providers/azure/EventHubSource.ts";
import { IotHubClient } from "../../src/providers/azure/IotHubClient.ts";
import { startTwins } from "../../src/runtime.ts";
import { Store } from "../../src/store/Store.ts";
import type { Cloud } from "./plant.ts";

const { adtUrl, connectionString, iotHub } = JSON.parse(process.argv[2] ?? "") as Cloud;
Encoder.BUFFER_SIZE = 256 * 1024; // as app.ts has it
const log = { debug() {}, info() {}, warn() {}, error: console.error };
const store = Store.open();
const runtime = await startTwins({
  provider: (isComponent) => new AzureTwinProvider({ url: adtUrl, log, isComponent }),
  sources: ["notifications", "telemetry"].map(
    (eventHubName) =>
      new EventHubSource({
        connectionString,
        eventHubName,
        consumerGroup: "$Default",
        checkpointStore: store.checkpoints,
        log,
      }),
  ),
  devices: new IotHubClient({ address: iotHub }),
  records: store,
  deadLetters: store.deadLetters,
  edits: store.edits,
  modelCache: store.models,
  policy: new RolePolicy(),
  log,
  demo: true,
  writeThrough: false,
  contains: ["contains"],
  partOf: [],
  firstSpace: "hall",
});
await runtime.ready;
const http = createServer();
const server = defineServer({
  rooms: { space: defineRoom(spaceRoom(runtime.services)).filterBy(["space"]) },
  transport: new WebSocketTransport({ server: http }),
  greet: false,
  gracefullyShutdown: false,
});
await server.listen(0, "127.0.0.1");
process.send?.({ said: { port: (http.address() as AddressInfo).port } });
