/**
 * Moves events from a source into the mirror, and device values on to the twin service.
 *
 * Way in: TwinEventSource → here → TwinMirror (at once) and WriteThrough (when on). A batch is `done` when every durable
 * effect of it is (invariant 2): the provider holds its values, or the dead letters do. Nothing here throws at a source:
 * an event that fails is a dead letter, and its partition goes on.
 */
import type { ModelGraph } from "../dtdl/types.ts";
import { TwinError } from "../errors.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type {
  Clock,
  Dtmi,
  EventBatch,
  Log,
  PartitionMove,
  TwinEvent,
  TwinEventSource,
  TwinProvider,
  UndecodableEvent,
} from "../twins/types.ts";
import { LINK } from "../twins/types.ts";
import type { Stamp } from "../twins/valueTime.ts";
import { DeviceEvents, type Reach, stampOf } from "./DeviceEvents.ts";
import { asDeadLetter } from "./deadLetter.ts";
import { EffectChain } from "./EffectChain.ts";
import { GraphEvents } from "./GraphEvents.ts";
import type { DeadLetters } from "./LetterBox.ts";
import type { MessageRules } from "./mapping/MessageRules.ts";
import type { WriteThrough } from "./WriteThrough.ts";

export interface EventPumpOptions {
  mirror: TwinMirror;
  models: () => ModelGraph;
  provider: TwinProvider;
  deadLetters: DeadLetters;
  log: Log;
  clock: Clock;
  /**
   * Asked when an event names a model that is not known yet: somebody uploaded it, and Azure tells of no model. Resolves
   * when it was looked for, whether or not it was found.
   */
  learnModel: (id: Dtmi) => Promise<void>;
  /** A twin came that does not fit its model, which may be another by now. */
  doubtModels?: () => void;
  /** Rules of the mapping file, if there is one. */
  rules?: () => MessageRules;
  /** Absent: device values live in the mirror only, somebody else brings them to the twin service. */
  writeThrough?: WriteThrough;
  /** Sees every event after it was applied; TwinControl finds the echoes of its writes here. May not throw. */
  observe?: (event: TwinEvent) => void;
  /** A partition came from another process: what that one read is not in the mirror. */
  taken?: () => void;
}

/** How far a partition has come. */
interface Progress {
  generation: string;
  /** Of the last event that was applied; -1 before the first. */
  applied: number;
  /** Batches whose effects are not durable yet. */
  open: EffectChain;
  /** Another process reads the partition now. */
  isLost: boolean;
}

/** What one partition has brought to this process; `source`: host and hub. */
export interface PartitionCount {
  source: string;
  partition: string;
  /** Delivered, those that could not be decoded too; of them delivered again, and skipped. */
  events: number;
  duplicate: number;
}

export class EventPump {
  readonly #o: EventPumpOptions;
  readonly #sources: TwinEventSource[] = [];
  /** Per source and partition. */
  readonly #progress = new Map<string, Progress>();
  readonly #graph: GraphEvents;
  readonly #devices: DeviceEvents;
  /**
   * events: applied, of every type, replays too · duplicate: delivered again to this process, and skipped · dead: letters
   * written (one event may make several) · pending: batches whose effects are not durable yet, now.
   */
  readonly counts = { events: 0, duplicate: 0, dead: 0, pending: 0 };

  constructor(options: EventPumpOptions) {
    this.#o = options;
    this.#graph = new GraphEvents(options);
    this.#devices = new DeviceEvents({ ...options, bury: (letter) => this.#bury(letter) });
  }

  /** Per source and partition, since the start; stays when a partition goes elsewhere. */
  readonly partitionCounts = new Map<string, PartitionCount>();

  /** What device messages came to. */
  get deviceCounts(): Readonly<DeviceEvents["counts"]> {
    return this.#devices.counts;
  }

  /** For GraphRepair: reads that decide. */
  get graph(): GraphEvents {
    return this.#graph;
  }

  get sources(): readonly TwinEventSource[] {
    return this.#sources;
  }

  /** Starts consuming a source; may be called for several. */
  async attach(source: TwinEventSource): Promise<void> {
    const n = this.#sources.push(source);
    source.onMove?.((move) => this.#moved(n, move));
    await source.start(async (batch, done) => {
      if (this.#closing) {
        return; // not applied, not done: it comes again after the restart
      }
      const { last } = batch; // what waits for effects keeps no batch alive: in an outage they would fill the memory
      const key = `${n}/${last.partition}`;
      const progress = this.#progressOf(key, last.generation);
      const effects = await this.#applyBatch(batch, progress, this.#count(key, batch));
      this.counts.pending++;
      progress.open.add(effects, () => done(last));
    });
  }

  /**
   * Applies one event again that has been a dead letter. Resolves when its effects are durable, or it is a dead letter
   * anew; rejects when it could not even be kept as one, and when there is no twin that it speaks of.
   */
  async replay(event: TwinEvent): Promise<void> {
    const effects: Promise<void>[] = [];
    const reach: Reach = { found: [], missing: [] };
    await this.#apply(event, effects, reach);
    await Promise.all(effects);
    const [missing] = reach.missing;
    if (missing !== undefined && reach.found.length === 0) {
      throw new TwinError("INVALID_VALUE", `There is no twin ${missing} here, whose device this is from.`);
    }
  }

  /** Takes nothing more in, writes what is pending for a while, then closes the sources with their checkpoints. */
  async close({ timeoutMs = 3000 }: { timeoutMs?: number } = {}): Promise<void> {
    this.#closing = true;
    this.#graph.close();
    await this.#o.writeThrough?.close(timeoutMs);
    await new Promise((resolve) => setImmediate(resolve)); // what was written says done()
    await Promise.all(this.#sources.map((s) => s.close()));
  }
  #closing = false;

  /**
   * What a partition that went elsewhere still had to write is the other process's now: written from here, it could end up
   * over something newer. Should the partition come back, what is not done comes with it.
   */
  #moved(n: number, move: PartitionMove): void {
    if (move.to === "here") {
      this.#o.taken?.();
      return;
    }
    const key = `${n}/${move.partition}`;
    const progress = this.#progress.get(key);
    if (progress) {
      progress.isLost = true;
      this.#progress.delete(key);
    }
    this.#o.writeThrough?.forget(move.source, move.partition);
  }

  #progressOf(key: string, generation: string): Progress {
    const known = this.#progress.get(key);
    if (known?.generation === generation) {
      return known;
    }
    const fresh = { generation, applied: -1, open: known?.open ?? this.#newChain(key), isLost: false };
    this.#progress.set(key, fresh);
    return fresh;
  }

  #count(key: string, { events, undecodable, last }: EventBatch): PartitionCount {
    const { partition } = last;
    const source = (events[0] ?? undecodable[0])?.source ?? "";
    const count = this.partitionCounts.get(key) ?? { source, partition, events: 0, duplicate: 0 };
    count.events += events.length + undecodable.length;
    this.partitionCounts.set(key, count);
    return count;
  }

  /** Once an effect has failed, nothing behind it in its partition is done; it comes again after a restart. */
  #newChain(key: string): EffectChain {
    return new EffectChain({
      onDone: (batches) => {
        this.counts.pending -= batches;
      },
      onFailure: (error) => this.#o.log.error({ err: error, partition: key }, "an effect failed; the checkpoint stays"),
    });
  }

  /** Resolves when all is in the mirror; what it resolves with are the durable effects, which may take longer. */
  async #applyBatch(batch: EventBatch, progress: Progress, count: PartitionCount): Promise<readonly Promise<void>[]> {
    const effects = batch.undecodable.map((bad) => this.#bury(bad));
    for (const event of batch.events) {
      if (progress.isLost) {
        break;
      }
      const { sequence } = event.position;
      if (sequence <= progress.applied) {
        count.duplicate++;
        this.counts.duplicate++; // this process has applied it; what is open waits for its effects
        continue;
      }
      const applying = this.#apply(event, effects);
      if (applying) {
        await applying;
      }
      progress.applied = sequence;
    }
    return effects;
  }

  /** Device messages need no waiting, and 15,000 a second of them no promise each. */
  #apply(event: TwinEvent, effects: Promise<void>[], reach?: Reach): Promise<void> | undefined {
    this.counts.events++;
    if (event.type !== "telemetry.received") {
      return this.#applyChange(event, effects)
        .catch((error: unknown) => this.#failed(event, error, effects))
        .then(() => this.#o.observe?.(event));
    }
    let applying: Promise<void> | undefined;
    try {
      applying = this.#devices.apply(event, effects, reach);
    } catch (error) {
      this.#failed(event, error, effects);
    }
    if (applying) {
      return applying
        .catch((error: unknown) => this.#failed(event, error, effects))
        .then(() => this.#o.observe?.(event));
    }
    this.#o.observe?.(event);
    return undefined;
  }

  #failed(event: TwinEvent, error: unknown, effects: Promise<void>[]): void {
    this.#o.log.warn({ err: error, subject: event.subject, type: event.type }, "event not applied");
    effects.push(this.#bury(asDeadLetter(event, String(error))));
  }

  /** Rejects when the letter could not be kept. */
  #bury(letter: UndecodableEvent): Promise<void> {
    this.counts.dead++;
    const kept = this.#keep(letter);
    kept.catch(() => undefined); // it may fail before the batch that waits for it is through
    return kept;
  }

  async #keep(letter: UndecodableEvent): Promise<void> {
    await this.#o.deadLetters.add(letter);
  }

  async #applyChange(event: TwinEvent, effects: Promise<void>[]): Promise<void> {
    const { mirror } = this.#o;
    const stamp = stampOf(event);
    switch (event.type) {
      case "twin.updated":
        return this.#updated(event, stamp, effects);
      case "twin.created":
        return this.#graph.created(event);
      case "twin.deleted":
        return this.#graph.deleted(event);
      case "relationship.created":
      case "relationship.deleted":
        return this.#graph.related(event);
      case "device.disconnected":
        return mirror.setLink(event.subject, LINK.offline, stamp.source);
      case "device.connected":
        return mirror.setLink(event.subject, LINK.live, stamp.source);
      case "relationship.updated": // nothing shows properties of relationships
      case "telemetry.received":
        return undefined;
      default:
        return event.type satisfies never;
    }
  }

  async #updated(event: TwinEvent, stamp: Stamp, effects: Promise<void>[]): Promise<void> {
    const { writeThrough } = this.#o;
    const echoes = writeThrough?.echoes.timesOf(event) ?? new Map();
    await this.#graph.updated(event, stamp, echoes);
    if (writeThrough && echoes.size === 0) {
      effects.push(...writeThrough.restore(event));
    }
  }
}
