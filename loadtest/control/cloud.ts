/** The embedded cloud of the control benchmark, with a hall of pumps: a process of its own. */
import { startEmulator } from "../../emulator/index.ts";
import { AzureTwinProvider } from "../../src/providers/azure/AzureTwinProvider.ts";
import { DEVICES, MODELS, pumpId, TWINS } from "./plant.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const { adtUrl, connectionString, iotHub: hub } = await startEmulator();
const provider = new AzureTwinProvider({ url: adtUrl, log: silent, isComponent: () => false });
await provider.putModels(MODELS);
await provider.putTwin({ id: "hall", modelId: "dtmi:bench:Hall;1", properties: {} });
const pumps = Array.from({ length: TWINS }, (_, i) => pumpId(i));
const devices = Array.from({ length: DEVICES }, (_, i) => pumpId(i, "device"));
for (const id of [...pumps, ...devices]) {
  await provider.putTwin({ id, modelId: "dtmi:bench:Pump;1", properties: { setpoint: 0 } });
  await provider.putRelationship({ id, sourceId: "hall", targetId: id, name: "contains", properties: {} });
}
const { connectionString: service, mqttPort, ca } = hub;
const iotHub = { connectionString: service, mqttPort, ca, keys: devices.map((id) => hub.ensureDevice(id)) };
process.send?.({ said: { adtUrl, connectionString, iotHub } });
