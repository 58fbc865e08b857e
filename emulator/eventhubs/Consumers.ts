/**
 * All consumer links of the endpoint: opens them on `hub/ConsumerGroups/group/Partitions/n`, and settles who may read.
 *
 * Epochs as Event Hubs has them: a reader with an epoch takes the partition from those with none or a lower or equal one;
 * a lower one, or none beside an epoch reader, is refused; without epochs at most five read at a time.
 */
import type { Connection, Sender, Session } from "rhea";
import type { Claims } from "./Claims.ts";
import { ConsumerLink } from "./ConsumerLink.ts";
import type { Faults } from "./Faults.ts";
import type { Hub, Hubs } from "./Hub.ts";
import type { PartitionLog } from "./PartitionLog.ts";
import { announceMaxMessageSize, outgoingOf, refuse } from "./rheaInternals.ts";
import { type Clock, HubError, MAX_MESSAGE_SIZE } from "./types.ts";

const ADDRESS = /^(.+)\/ConsumerGroups\/([^/]+)\/Partitions\/([^/]+)$/i;
const FILTER = "apache.org:selector-filter:string";
const METRICS = "com.microsoft:enable-receiver-runtime-metric";
const MAX_READERS = 5;

/** One consumer's link, as the broker sees it. `credit`: events that the client takes beyond those that were sent. */
export interface Reader {
  partition: string;
  /** Consumer group, lower case. */
  group: string;
  credit: number;
}

export interface ConsumersOptions {
  hubs: Hubs;
  claims: Claims;
  clock: Clock;
  faults: Faults;
}

export class Consumers {
  readonly #options: ConsumersOptions;
  readonly #links = new Map<Sender, ConsumerLink>();
  /** Sessions whose links get another turn. */
  readonly #due = new Set<Session>();
  readonly #bySession = new Map<Session, Set<ConsumerLink>>();

  constructor(options: ConsumersOptions) {
    this.#options = options;
  }

  /** A client opened a receiver. Refusals go to the client as the detach's error. */
  open(sender: Sender): void {
    sender.set_source(sender.source);
    sender.set_target(sender.target ?? { address: "" });
    announceMaxMessageSize(sender, MAX_MESSAGE_SIZE);
    try {
      const link = this.#link(sender);
      this.#links.set(sender, link);
      const peers = this.#bySession.get(sender.session) ?? new Set();
      this.#bySession.set(sender.session, peers.add(link));
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      refuse(sender, error.toAmqp());
    }
  }

  /** The session's links may send more: wakes them in a later turn, once for all causes of this one. */
  wake(session: Session): void {
    if (this.#due.has(session) || !this.#bySession.has(session)) return;
    this.#due.add(session);
    setImmediate(() => {
      this.#due.delete(session);
      for (const link of this.#bySession.get(session) ?? []) link.pump();
    });
  }

  wakeAll(connection?: Connection): void {
    for (const session of this.#bySession.keys()) {
      if (connection === undefined || session.connection === connection) this.wake(session);
    }
  }

  close(sender: Sender): void {
    const link = this.#links.get(sender);
    if (link === undefined) return;
    link.close();
    this.#links.delete(sender);
    const peers = this.#bySession.get(sender.session);
    peers?.delete(link);
    if (peers?.size === 0) this.#bySession.delete(sender.session);
  }

  /** It has ended, and with it its links, of which nothing more is said. */
  dropSession(session: Session): void {
    for (const { options } of this.#bySession.get(session) ?? []) this.close(options.sender);
  }

  drop(connection: Connection): void {
    for (const sender of this.#links.keys()) if (sender.connection === connection) this.close(sender);
  }

  /** Takes a partition from its readers, as one with a higher epoch would. Returns how many there were. Throws HubError. */
  steal(hubName: string, partitionId: string, group: string): number {
    const hub = this.#options.hubs.get(hubName);
    const peers = this.#readers(hub.partition(partitionId), group.toLowerCase());
    this.#evict(peers, stolen("New receiver with higher epoch is created.", hub));
    return peers.length;
  }

  /** Who reads now, and how much each may still be sent. */
  readers(): Reader[] {
    return [...this.#links.values()].map(({ options: { sender, partition, group } }) => ({
      partition: partition.id,
      group,
      credit: outgoingOf(sender).credit,
    }));
  }

  #link(sender: Sender): ConsumerLink {
    const { claims, clock, faults } = this.#options;
    const { hub, group, partition } = this.#place(sender);
    claims.demand(sender.connection, sender.source.address, "Listen");
    const epoch = numberOf(sender.properties?.["com.microsoft:epoch"]);
    const start = partition.start(filterOf(sender));
    this.#settleReaders(hub, partition, group, epoch);
    const metrics = [sender.desired_capabilities].flat().some((wanted) => String(wanted) === METRICS);
    const isForbidden = () => this.#isForbidden(sender);
    const again = () => this.wake(sender.session);
    return new ConsumerLink({ sender, partition, group, epoch, start, metrics, clock, faults, isForbidden, again });
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
    const peers = this.#readers(partition, group);
    const top = Math.max(-1, ...peers.map(({ options }) => options.epoch ?? -1));
    if (epoch === undefined) {
      if (top >= 0) throw stolen(`At least one receiver for the endpoint is created with epoch of '${top}'.`, hub);
      if (peers.length >= MAX_READERS) throw tooMany();
      return;
    }
    if (epoch < top) throw stolen(`Receiver with a higher epoch of '${top}' already exists.`, hub);
    this.#evict(peers, stolen(`New receiver with higher epoch of '${epoch}' is created.`, hub));
  }

  #readers(partition: PartitionLog, group: string): ConsumerLink[] {
    return [...this.#links.values()].filter(
      ({ options }) => options.partition === partition && options.group === group,
    );
  }

  #evict(links: readonly ConsumerLink[], why: HubError): void {
    for (const { options } of links) {
      this.close(options.sender);
      refuse(options.sender, why.toAmqp());
    }
  }

  /** Ends the link when the connection's claim on it has ended. */
  #isForbidden(sender: Sender): boolean {
    try {
      this.#options.claims.demand(sender.connection, sender.source.address, "Listen");
      return false;
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      this.close(sender);
      refuse(sender, error.toAmqp());
      return true;
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
