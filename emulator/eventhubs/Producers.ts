/**
 * All producer links of the endpoint: `hub`, `hub/Partitions/n` or `hub/Publishers/name`.
 *
 * A delivery is accepted after its events are committed, and rejected with Event Hubs' condition when they cannot be.
 */
import { randomInt } from "node:crypto";
import rhea, { type Connection, type Delivery, type Receiver, type Session } from "rhea";
import type { Claims } from "./Claims.ts";
import type { Faults } from "./Faults.ts";
import type { Hub, Hubs } from "./Hub.ts";
import type { PartitionLog } from "./PartitionLog.ts";
import { announceMaxMessageSize, answerWith, isTooLarge, refuse } from "./rheaInternals.ts";
import { type Append, HubError, MAX_MESSAGE_SIZE, type Publishing } from "./types.ts";
import { unpack } from "./unpack.ts";

const ADDRESS = /^(.+?)(?:\/(Partitions|Publishers)\/([^/]+))?$/i;
/** Message format of a batch: each data section holds one whole encoded message. */
const BATCH_FORMAT = 0x80013700;
const IDEMPOTENT = "com.microsoft:idempotent-producer";
const PRODUCER = "com.microsoft:producer-id";
const EPOCH = "com.microsoft:producer-epoch";
const SEQUENCE = "com.microsoft:producer-sequence-number";
/** Producer ids that are given out stay exact in every language's numbers. */
const MAX_PRODUCER = 2 ** 47;

interface Target {
  hub: Hub;
  partition: PartitionLog | undefined;
  publisher: string | undefined;
  /** Whether its events are numbered, and repeated ones are left out. */
  isIdempotent: boolean;
}

export interface ProducersOptions {
  hubs: Hubs;
  claims: Claims;
  faults: Faults;
}

export class Producers {
  readonly #options: ProducersOptions;
  readonly #targets = new Map<Receiver, Target>();

  constructor(options: ProducersOptions) {
    this.#options = options;
  }

  /** A client opened a sender. Refusals go to the client as the detach's error. */
  open(receiver: Receiver): void {
    receiver.set_source(receiver.source ?? { address: "" });
    receiver.set_target(receiver.target);
    announceMaxMessageSize(receiver, MAX_MESSAGE_SIZE);
    try {
      const target = this.#target(receiver);
      if (target.isIdempotent) attach(receiver, target);
      this.#targets.set(receiver, target);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      refuse(receiver, error.toAmqp());
    }
  }

  /** Takes one delivery. Settles it, now or after the commit. */
  receive(receiver: Receiver, delivery: Delivery, bytes: Buffer): void {
    const target = this.#targets.get(receiver);
    if (target === undefined) {
      delivery.release();
      return;
    }
    this.#append(target, receiver, delivery, bytes).then(
      () => this.#accept(delivery),
      (error: unknown) => {
        if (!(error instanceof HubError)) throw error;
        delivery.reject(error.toAmqp());
      },
    );
  }

  close(receiver: Receiver): void {
    this.#targets.delete(receiver);
  }

  /** It has ended, and with it its links, of which nothing more is said. */
  dropSession(session: Session): void {
    for (const receiver of this.#targets.keys()) if (receiver.session === session) this.close(receiver);
  }

  drop(connection: Connection): void {
    for (const receiver of this.#targets.keys()) if (receiver.connection === connection) this.close(receiver);
  }

  #target(receiver: Receiver): Target {
    const address = receiver.target?.address ?? "";
    const [, name, kind, id = ""] = ADDRESS.exec(address.replace(/^[a-z]+:\/\/[^/]+\//i, "")) ?? [];
    const hub = this.#options.hubs.get(name ?? address);
    const partition = kind?.toLowerCase() === "partitions" ? hub.partition(id) : undefined;
    const publisher = kind?.toLowerCase() === "publishers" ? id : undefined;
    this.#options.claims.demand(receiver.connection, address, "Send");
    const isIdempotent = [receiver.desired_capabilities].flat().some((wanted) => String(wanted) === IDEMPOTENT);
    return { hub, partition, publisher, isIdempotent };
  }

  async #append(target: Target, receiver: Receiver, delivery: Delivery, bytes: Buffer): Promise<void> {
    const { claims, faults } = this.#options;
    if (isTooLarge(delivery)) throw tooLarge(delivery);
    if (faults.busy)
      throw new HubError("com.microsoft:server-busy", "The request was terminated: the namespace is busy.");
    claims.demand(receiver.connection, receiver.target.address, "Send");
    const append = unpack(bytes, { isBatch: delivery.format === BATCH_FORMAT, isNumbered: target.isIdempotent });
    await target.hub.append(withPublisher(append, target.publisher), target.partition);
  }

  #accept(delivery: Delivery): void {
    const wait = this.#options.faults.acceptAfter();
    if (wait <= 0) delivery.accept();
    else setTimeout(() => delivery.accept(), wait);
  }
}

/** Answers an idempotent producer with its id, epoch and last sequence number. */
function attach(receiver: Receiver, { partition }: Target): void {
  if (partition === undefined) {
    throw new HubError("amqp:not-allowed", "Idempotent publishing needs an address with a partition.");
  }
  const asked = receiver.properties ?? {};
  const epoch = numberIn(asked[EPOCH]);
  const sequence = numberIn(asked[SEQUENCE]);
  const { producer, ...holds }: Publishing = partition.producers.attach({
    producer: numberIn(asked[PRODUCER]) ?? randomInt(1, MAX_PRODUCER),
    ...(epoch === undefined ? {} : { epoch }),
    ...(sequence === undefined ? {} : { sequence }),
  });
  const { types } = rhea;
  const properties = {
    [PRODUCER]: types.wrap_long(producer),
    [EPOCH]: types.wrap_short(holds.epoch),
    [SEQUENCE]: types.wrap_int(holds.sequence),
  };
  answerWith(receiver, properties, IDEMPOTENT);
}

function numberIn(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : Number(value);
}

/** A publisher's name is its events' partition key; another key there is refused. */
function withPublisher(append: Append, publisher: string | undefined): Append {
  if (publisher === undefined) return append;
  if (append.partitionKey !== undefined && append.partitionKey !== publisher) {
    throw new HubError(
      "amqp:not-allowed",
      `Publisher '${publisher}' cannot use the partition key '${append.partitionKey}'.`,
    );
  }
  return { ...append, partitionKey: publisher, publisher };
}

function tooLarge(delivery: Delivery): HubError {
  return new HubError(
    "amqp:link:message-size-exceeded",
    `The received message (delivery-id:${delivery.id}) exceeds the limit (${MAX_MESSAGE_SIZE} bytes) currently allowed on the link.`,
  );
}
