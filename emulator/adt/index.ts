/** The embedded Azure Digital Twins. */

export type { ImportResult } from "./admin/Importer.ts";
export type { TokenOptions } from "./auth/TokenCheck.ts";
export type { FaultSettings } from "./faults/settings.ts";
export {
  type DigitalTwinsOptions,
  type DigitalTwinsService,
  startDigitalTwins,
} from "./startDigitalTwins.ts";
export type { Log, NotificationMessage, Publish } from "./types.ts";
