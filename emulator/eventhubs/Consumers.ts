/**
 * All consumer links of the endpoint: opens them on `hub/ConsumerGroups/group/Partitions/n`, and settles who may read.
 *
 * Epochs as Event Hubs has them: a reader with an epoch takes the partition from those with none or a lower or equal one;
 * a lower one, or none beside an epoch reader, is refused; without epochs at most five read at a time.
 */
import type { Connection, Sender } from "rhea";
import type { Claims } from "./Claims.ts";
import { ConsumerLink } from "./ConsumerLink.ts";
import type { Hub, Hubs } from "./Hub.ts";
import type { PartitionLog } from "./PartitionLog.ts";
import { announceMaxMessageSize, refuse } from "./rheaInternals.ts";
import { type Clock, HubError, MAX_MESSAGE_SIZE } from "./types.ts";

const ADDRESS = /^(.+)\/ConsumerGroups\/([^/]+)\/Partitions\/([^/]+)$/i;
const FILTER = "apache.org:selector-filter:string";
const METRICS = "com.microsoft:enable-receiver-runtime-metric";
const MAX_READERS = 5;

export interface ConsumersOptions {
  hubs: Hubs;
  claims: Claims;
  clock: Clock;
}

export class Consumers {
  readonly #options: ConsumersOptions;
  readonly #links = new Map<Sender, ConsumerLink>();

  constructor(options: ConsumersOptions) {
    this.#options = options;
  }

  /** A client opened a receiver. Refusals go to the client as the detach's error. */
  open(sender: Sender): void {
    sender.set_source(sender.source);
    sender.set_target(sender.target ?? { address: "" });
    announceMaxMessageSize(sender, MAX_MESSAGE_SIZE);
    try {
      this.#links.set(sender, this.#link(sender));
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      refuse(sender, error.toAmqp());
    }
  }

  /** Credit arrived. */
  flow(sender: Sender): void {
    this.#links.get(sender)?.pump();
  }

  close(sender: Sender): void {
    this.#links.get(sender)?.close();
    this.#links.delete(sender);
  }

  drop(connection: Connection): void {
    for (const sender of this.#links.keys()) if (sender.connection === connection) this.close(sender);
  }

  #link(sender: Sender): ConsumerLink {
    const { claims, clock } = this.#options;
    const { hub, group, partition } = this.#place(sender);
    claims.demand(sender.connection, sender.source.address, "Listen");
    const epoch = numberOf(sender.properties?.["com.microsoft:epoch"]);
    const start = partition.start(filterOf(sender));
    this.#settleReaders(hub, partition, group, epoch);
    const metrics = [sender.desired_capabilities].flat().some((wanted) => String(wanted) === METRICS);
    return new ConsumerLink({ sender, partition, group, epoch, start, metrics, clock });
  }

  #place(sender: Sender): { hub: Hub; group: string; partition: PartitionLog } {
    const address = sender.source?.address ?? "";
    const [, name, group, id] = ADDRESS.exec(address.replace(/^[a-z]+:\/\/[^/]+\//i, "")) ?? [];
    if (name === undefined || group === undefined || id === undefined) throw notFound(address);
    const hub = this.#options.hubs.get(name);
    if (!hub.hasGroup(group)) throw notFound(`${hub.name}~${group}`);
    return { hub, group: group.toLowerCase(), partition: hub.partition(id) };
  }

  #settleReaders(hub: Hub, partition: PartitionLog, group: string, epoch: number | undefined): void {
    const peers = [...this.#links.values()].filter(
      ({ options }) => options.partition === partition && options.group === group,
    );
    const top = Math.max(-1, ...peers.map(({ options }) => options.epoch ?? -1));
    if (epoch === undefined) {
      if (top >= 0) throw stolen(`At least one receiver for the endpoint is created with epoch of '${top}'.`, hub);
      if (peers.length >= MAX_READERS) throw tooMany();
      return;
    }
    if (epoch < top) throw stolen(`Receiver with a higher epoch of '${top}' already exists.`, hub);
    for (const peer of peers) {
      this.close(peer.options.sender);
      refuse(peer.options.sender, stolen(`New receiver with higher epoch of '${epoch}' is created.`, hub).toAmqp());
    }
  }
}

function filterOf(sender: Sender): string {
  const filter: unknown = sender.source.filter?.[FILTER];
  const value = typeof filter === "object" && filter !== null && "value" in filter ? filter.value : filter;
  return value === undefined || value === null ? "amqp.annotation.x-opt-offset > '@latest'" : String(value);
}

function numberOf(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : Number(value);
}

function notFound(address: string): HubError {
  return new HubError("amqp:not-found", `The messaging entity '${address}' could not be found.`);
}

function stolen(why: string, hub: Hub): HubError {
  return new HubError(
    "amqp:link:stolen",
    `${why} Make sure you are creating receiver with increasing epoch value to ensure connectivity. Event hub: ${hub.name}.`,
  );
}

function tooMany(): HubError {
  return new HubError(
    "amqp:resource-limit-exceeded",
    `Exceeded the maximum number of allowed receivers per partition in a consumer group which is ${MAX_READERS}.`,
  );
}
