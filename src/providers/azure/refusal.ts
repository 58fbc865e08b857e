/**
 * What a receiver's error means beyond the moment: whether the SDK gives its partition up, and whether a person has to do
 * something, in words. Pure; used by EventHubSource.
 */

/** The SDK ends a partition's pump after such an error, and takes it again only when its ownership has expired. */
export function endsPump(error: Error): boolean {
  return !("retryable" in error && error.retryable === true);
}

/** Another reader has the partition: it is not to be taken back at once. */
export function isStolen(error: Error): boolean {
  return codeOf(error) === "ReceiverDisconnectedError";
}

/** undefined: it may pass by itself. */
export function adviceFor(error: Error, { hub, group }: { hub: string; group: string }): string | undefined {
  switch (codeOf(error)) {
    case "MessagingEntityNotFoundError":
      return (
        `The event hub ${hub} has no consumer group ${group}, so nothing can be read. Create it on that hub, ` +
        "or name one that exists in AZURE_EVENTHUBS_CONSUMER_GROUP."
      );
    case "UnauthorizedError":
      return (
        `This server may not read the event hub ${hub} in the consumer group ${group} (${error.message}). ` +
        "Give its identity the role Azure Event Hubs Data Receiver, or its key the right to listen."
      );
    case "QuotaExceededError":
    case "ResourceLimitExceededError":
      return `The event hub ${hub} takes no more readers in the consumer group ${group}. Give this server a group of its own.`;
    default:
      return undefined;
  }
}

/** For logs and for switching on. */
export function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : error.name;
}
