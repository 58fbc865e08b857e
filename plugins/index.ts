/** What any Colyseus room can gain. */
export { type ClientAuth, signedIn } from "./actor.ts";
export { checkSpace } from "./checkSpace.ts";
export { digitalTwins } from "./digitalTwins.ts";
export { PresencePlugin, type PresencePluginOptions } from "./PresencePlugin.ts";
export { SIGN_IN_EXPIRED, SignInPlugin, type SignInPluginOptions } from "./SignInPlugin.ts";
export { type BackpressureOptions, TOO_SLOW } from "./sync/Backpressure.ts";
export { SPACE_ELSEWHERE } from "./sync/elsewhere.ts";
export { type InboundOptions, TOO_MANY_MESSAGES } from "./sync/InboundLimits.ts";
export type { InterestOptions } from "./sync/NearViews.ts";
export { COMPRESS_ONCE } from "./sync/packing.ts";
export type { ScopeOptions } from "./sync/Scope.ts";
export { TwinBuildingPlugin, type TwinBuildingPluginOptions } from "./TwinBuildingPlugin.ts";
export { TwinControlPlugin, type TwinControlPluginOptions } from "./TwinControlPlugin.ts";
export { type TwinSyncOptions, TwinSyncPlugin } from "./TwinSyncPlugin.ts";
