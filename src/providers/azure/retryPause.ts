/**
 * Shortens the pause after which `@azure/event-hubs` tries its own management reads again.
 *
 * Its load balancing (6.0.4) reads the hub without the retry options that the client was given, and so pauses for the
 * default of 30 s after one failure. Meanwhile no partition is taken, and ownership of those that are expires: after a cut
 * during start nothing arrived for 30 to 90 s. Called by EventHubSource.
 */
import { Constants } from "@azure/core-amqp";

const PAUSE_MS = 1000;

/** Changes the default of all AMQP clients of this process. Needs ESM, as the SDK itself does. */
export function shortenRetryPause(): void {
  Reflect.set(Constants, "defaultDelayBetweenOperationRetriesInMs", PAUSE_MS);
}
