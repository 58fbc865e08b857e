/** Public API of colyseus-digital-twins: a table of contents. */

export * from "../plugins/index.ts";
export { spaceRoom } from "../rooms/index.ts";
// The ready-made server and its room.
export { type App, createApp } from "./app.ts";
// A game's own server: connect(loadConfig(process.env)), then digitalTwins({ services }) in its rooms.
export { type Config, ConfigError, loadConfig } from "./config.ts";
export { connect } from "./connect.ts";
// The heart's words, for other providers.
export { ERROR_CODES, type ErrorCode, type ErrorDetail, TwinError } from "./errors.ts";
export { type JoinLimits, limitJoins } from "./http/limitJoins.ts";
export type { Allowed } from "./http/ownOriginOnly.ts";
export { refuseForeign } from "./http/refuseForeign.ts";
// State and messages.
export * from "./protocol/names.ts";
export type * from "./protocol/requests.ts";
export type { TwinRuntime } from "./runtime.ts";
export { startTwins } from "./runtime.ts";
export { ViewedWorld, World } from "./schema/entities.ts";
export type { Restriction } from "./schema/Restrictions.ts";
export type { TwinState, WorldState } from "./schema/states.ts";
export type { TwinServices } from "./services.ts";
export type * from "./twins/types.ts";
