/** The embedded cloud of the control benchmark, with a hall of pumps: a process of its own. */
import { startEmulator } from "../../emulator/index.ts";
import { AzureTwinProvider } from "../../src/providers/azure/AzureTwinProvider.ts";
import { MODELS, pumpId, TWINS } from "./plant.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const { adtUrl, connectionString } = await startEmulator();
const provider = new AzureTwinProvider({ url: adtUrl, log: silent, isComponent: () => false });
await provider.putModels(MODELS);
await provider.putTwin({ id: "hall", modelId: "dtmi:bench:Hall;1", properties: {} });
for (let i = 0; i < TWINS; i++) {
  const id = pumpId(i);
  await provider.putTwin({ id, modelId: "dtmi:bench:Pump;1", properties: { setpoint: 0 } });
  await provider.putRelationship({ id, sourceId: "hall", targetId: id, name: "contains", properties: {} });
}
process.send?.({ said: { adtUrl, connectionString } });
