/**
 * Bounds what `@azure/event-hubs` waits for where the retry options of a client do not reach.
 *
 * Its load balancing (6.0.4) reads the hub without the retry options that the client was given: it waits 60 s for an answer
 * that a cut, or a FIN of the peer, has made impossible, and 30 s more before it tries again. Meanwhile no partition is
 * taken, and ownership of those that are expires: after a cut at an awkward moment nothing arrived for 30 to 90 s. Called by
 * EventHubSource.
 */
import { Constants } from "@azure/core-amqp";

/** As for everything else: consumerClient.ts. */
const ANSWER_MS = 5000;
const PAUSE_MS = 1000;

/** Changes the defaults of all AMQP clients of this process. Needs ESM, as the SDK itself does. */
export function boundWaits(): void {
  Reflect.set(Constants, "defaultOperationTimeoutInMs", ANSWER_MS);
  Reflect.set(Constants, "defaultDelayBetweenOperationRetriesInMs", PAUSE_MS);
}
