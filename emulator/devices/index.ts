/** The demo's world and its devices: what the composition root and the emulator's entry import. */
export { type DeviceMessage, type DeviceReport, deviceMessage } from "./deviceMessage.ts";
export type { DeviceLog } from "./fleet/DeviceLog.ts";
export type { DeviceHub } from "./fleet/MqttDevice.ts";
export { type DevicesOptions, startDevices } from "./fleet/startDevices.ts";
export {
  controlRules,
  firstSpace,
  layout,
  type Plant,
  type PlantPlacement,
  type PlantRelationship,
  type PlantTwin,
  plant,
} from "./plant/index.ts";
