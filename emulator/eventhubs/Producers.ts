/**
 * All producer links of the endpoint: `hub` or `hub/Partitions/n`; takes single messages and the SDKs' batches.
 *
 * A delivery is accepted after its events are committed, and rejected with Event Hubs' condition when they cannot be.
 */
import type { Connection, Delivery, Receiver } from "rhea";
import type { Claims } from "./Claims.ts";
import type { Hub, Hubs } from "./Hub.ts";
import type { PartitionLog } from "./PartitionLog.ts";
import { announceMaxMessageSize, refuse } from "./rheaInternals.ts";
import { bytesAt, mapEntries, SECTION, sections } from "./scan.ts";
import { HubError, MAX_MESSAGE_SIZE } from "./types.ts";

const ADDRESS = /^(.+?)(?:\/Partitions\/([^/]+))?$/i;
/** Message format of a batch: each data section holds one whole encoded message. */
const BATCH_FORMAT = 0x80013700;
const PARTITION_KEY = "x-opt-partition-key";

interface Target {
  hub: Hub;
  partition?: PartitionLog;
}

export class Producers {
  readonly #hubs: Hubs;
  readonly #claims: Claims;
  readonly #targets = new Map<Receiver, Target>();

  constructor(hubs: Hubs, claims: Claims) {
    this.#hubs = hubs;
    this.#claims = claims;
  }

  /** A client opened a sender. Refusals go to the client as the detach's error. */
  open(receiver: Receiver): void {
    receiver.set_source(receiver.source ?? { address: "" });
    receiver.set_target(receiver.target);
    announceMaxMessageSize(receiver, MAX_MESSAGE_SIZE);
    try {
      this.#targets.set(receiver, this.#target(receiver));
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
    this.#append(target, delivery, bytes).then(
      () => delivery.accept(),
      (error: unknown) => {
        if (!(error instanceof HubError)) throw error;
        delivery.reject(error.toAmqp());
      },
    );
  }

  close(receiver: Receiver): void {
    this.#targets.delete(receiver);
  }

  drop(connection: Connection): void {
    for (const receiver of this.#targets.keys()) if (receiver.connection === connection) this.close(receiver);
  }

  #target(receiver: Receiver): Target {
    const address = receiver.target?.address ?? "";
    const [, name, id] = ADDRESS.exec(address.replace(/^[a-z]+:\/\/[^/]+\//i, "")) ?? [];
    const hub = this.#hubs.get(name ?? address);
    const target = { hub, ...(id === undefined ? {} : { partition: hub.partition(id) }) };
    this.#claims.demand(receiver.connection, address, "Send");
    return target;
  }

  async #append({ hub, partition }: Target, delivery: Delivery, bytes: Buffer): Promise<void> {
    if (bytes.length > MAX_MESSAGE_SIZE) throw tooLarge(delivery, bytes);
    const { raws, partitionKey } = unpack(bytes, delivery.format === BATCH_FORMAT);
    await hub.append(raws, {
      ...(partition === undefined ? {} : { partition }),
      ...(partitionKey === undefined ? {} : { partitionKey }),
    });
  }
}

/** The messages in a delivery, and the partition key on the outside. Throws HubError. */
function unpack(bytes: Buffer, batch: boolean): { raws: Buffer[]; partitionKey: string | undefined } {
  const raws: Buffer[] = batch ? [] : [bytes];
  let partitionKey: string | undefined;
  try {
    for (const section of sections(bytes)) {
      if (batch && section.code === SECTION.data) raws.push(bytesAt(bytes, section.value));
      if (section.code === SECTION.messageAnnotations) partitionKey = keyIn(bytes, section.value) ?? partitionKey;
    }
  } catch (error) {
    throw new HubError("amqp:decode-error", error instanceof Error ? error.message : String(error));
  }
  return { raws, partitionKey };
}

function keyIn(bytes: Buffer, annotations: number): string | undefined {
  for (const entry of mapEntries(bytes, annotations)) {
    if (entry.name === PARTITION_KEY && bytes[entry.value] !== 0x40)
      return bytesAt(bytes, entry.value).toString("utf8");
  }
  return undefined;
}

function tooLarge(delivery: Delivery, bytes: Buffer): HubError {
  return new HubError(
    "amqp:link:message-size-exceeded",
    `The received message (delivery-id:${delivery.id}, size:${bytes.length} bytes) exceeds the limit (${MAX_MESSAGE_SIZE} bytes) currently allowed on the link.`,
  );
}
