/**
 * The words of the embedded Event Hubs endpoint: what is appended, what is stored, how it refuses.
 *
 * The endpoint speaks AMQP 1.0 as Azure Event Hubs does; the official SDK is its judge.
 */

/** A message for `append`: what the twin service or a test puts into a hub without a connection of its own. */
export interface HubMessage {
  /** Text is sent as UTF-8. */
  body: string | Uint8Array;
  applicationProperties?: Record<string, string | number | boolean>;
  contentType?: string;
  messageId?: string;
  /** Messages of one key stay in one partition, in order. */
  partitionKey?: string;
  /** AMQP message annotations; consumers see them as system properties. A `Date` travels as an AMQP timestamp. */
  annotations?: Record<string, string | number | boolean | Date>;
}

/** One event as it is kept: `bytes` is what goes to consumers, annotations of the hub included. */
export interface Entry {
  sequence: number;
  offset: number;
  /** Enqueued time, ms since epoch; never decreases within a partition. */
  enqueuedAt: number;
  /** Where delivery annotations are spliced in. */
  annotationsAt: number;
  bytes: Buffer;
}

/** What goes into one partition together: all of it, or nothing. */
export interface Append {
  /** Encoded AMQP messages. */
  raws: readonly Buffer[];
  partitionKey?: string | undefined;
  /** Name of the publisher whose address it was sent to. */
  publisher?: string | undefined;
  /** From an idempotent producer: what its events are numbered, one for each of `raws`. */
  numbered?: readonly Publishing[] | undefined;
}

/** An idempotent producer, as its link's properties and its events have it. */
export interface Publishing {
  producer: number;
  epoch: number;
  /** Sequence number of the last event; -1 before the first. */
  sequence: number;
}

export interface HubDefinition {
  partitions: number;
  /** Beside `$Default`. */
  consumerGroups?: readonly string[];
}

/** What a partition keeps at most; the oldest goes first. */
export interface Retention {
  /** ms */
  age: number;
  /** Events per partition. */
  events: number;
  /** Bytes per partition. */
  bytes: number;
}

/** What a policy lets its holders do; `Manage` contains the others. */
export type Right = "Listen" | "Send" | "Manage";

/** A shared access policy. */
export interface SasPolicy {
  key: string;
  secondaryKey?: string;
  /** Default: all. */
  rights?: readonly Right[];
  /** Absent: of the namespace, good for all hubs. */
  hub?: string;
}

/** What `$management` and the runtime metrics tell of a partition; -1 and "-1" when it never held an event. */
export interface PartitionInfo {
  first: number;
  last: number;
  lastOffset: string;
  /** ms since epoch; 0 when it never held an event. */
  lastEnqueuedAt: number;
  empty: boolean;
}

/** Logger that pino fulfils. */
export interface Log {
  debug(o: object, message: string): void;
  info(o: object, message: string): void;
  warn(o: object, message: string): void;
}

/** ms since epoch. */
export type Clock = () => number;

/** A refusal with the AMQP condition that Event Hubs gives in this case. */
export class HubError extends Error {
  override readonly name = "HubError";
  readonly condition: string;

  constructor(condition: string, description: string) {
    super(description);
    this.condition = condition;
  }

  /** As rhea wants it for a detach or a rejected outcome. */
  toAmqp(): { condition: string; description: string } {
    return { condition: this.condition, description: this.message };
  }
}

/** Largest message that a link takes, in bytes, as on Azure's standard tier. */
export const MAX_MESSAGE_SIZE = 1_048_576;
