/** What any Colyseus room can gain. */
export { digitalTwins } from "./digitalTwins.ts";
export { PresencePlugin, type PresencePluginOptions } from "./PresencePlugin.ts";
export { TwinBuildingPlugin, type TwinBuildingPluginOptions } from "./TwinBuildingPlugin.ts";
export { TwinControlPlugin, type TwinControlPluginOptions } from "./TwinControlPlugin.ts";
export { type TwinSyncOptions, TwinSyncPlugin } from "./TwinSyncPlugin.ts";
