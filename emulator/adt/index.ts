/** The embedded Azure Digital Twins. */
export {
  type DigitalTwinsOptions,
  type DigitalTwinsService,
  startDigitalTwins,
} from "./startDigitalTwins.ts";
export type { Log, NotificationMessage, Publish } from "./types.ts";
