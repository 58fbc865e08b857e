/**
 * Moves events from a source into the mirror, and device values on to the twin service.
 *
 * Way in: TwinEventSource → here → TwinMirror (at once) and WriteThrough (when on). A batch is `done` when every durable
 * effect of it is (invariant 2): the provider holds its values, or the dead letters do. Nothing here throws at a source:
 * an event that fails is a dead letter, and its partition goes on.
 */
import type { ModelGraph } from "../dtdl/types.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type {
  Clock,
  Dtmi,
  EventBatch,
  EventPosition,
  Log,
  TelemetryData,
  TwinEvent,
  TwinEventSource,
  TwinProvider,
  UndecodableEvent,
} from "../twins/types.ts";
import { LINK } from "../twins/types.ts";
import { boundedTime, type Stamp } from "../twins/valueTime.ts";
import { GraphEvents } from "./GraphEvents.ts";
import { mapTelemetry } from "./mapTelemetry.ts";
import type { WriteThrough } from "./WriteThrough.ts";

/** Where events go that can have no effect: kept with their bytes, so that a person can look and replay. */
export interface DeadLetters {
  add(letter: { source: string; position: EventPosition; receivedAt: number; raw: Uint8Array; reason: string }): void;
}

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
  /** Absent: device values live in the mirror only, somebody else brings them to the twin service. */
  writeThrough?: WriteThrough;
  /** Sees every event after it was applied; TwinControl finds the echoes of its writes here. May not throw. */
  observe?: (event: TwinEvent) => void;
}

/** Things said once each; a device that makes up names is not to fill memory and log. */
const MAX_REPORTED = 10_000;

export class EventPump {
  readonly #o: EventPumpOptions;
  readonly #sources: TwinEventSource[] = [];
  /** Per source and partition: resolves when everything before is durable. */
  readonly #tails = new Map<string, Promise<void>>();
  readonly #reported = new Set<string>();
  readonly #graph: GraphEvents;
  readonly counts = { events: 0, late: 0, unmatched: 0, dead: 0 };

  constructor(options: EventPumpOptions) {
    this.#o = options;
    this.#graph = new GraphEvents(options);
  }

  /** Starts consuming a source; may be called for several. */
  async attach(source: TwinEventSource): Promise<void> {
    const n = this.#sources.push(source);
    await source.start(async (batch, done) => {
      if (this.#closing) {
        return; // not applied, not done: it comes again after the restart
      }
      const effects = await this.#applyBatch(batch);
      this.#settle(`${n}/${batch.last.partition}`, effects, () => done(batch.last));
    });
  }

  /** Takes nothing more in, writes what is pending for a while, then closes the sources with their checkpoints. */
  async close({ timeoutMs = 3000 }: { timeoutMs?: number } = {}): Promise<void> {
    this.#closing = true;
    this.#graph.close();
    await this.#o.writeThrough?.close(timeoutMs);
    await new Promise((resolve) => setImmediate(resolve)); // the tails of what was written call done()
    await Promise.all(this.#sources.map((s) => s.close()));
  }
  #closing = false;

  /** In order: once an effect has failed, nothing behind it in its partition is done; it comes again after a restart. */
  #settle(key: string, effects: readonly Promise<void>[], done: () => void): void {
    const own = Promise.all(effects);
    own.catch((error) => this.#o.log.error({ err: error, partition: key }, "an effect failed; the checkpoint stays"));
    const tail = Promise.all([this.#tails.get(key), own]).then(done);
    tail.catch(() => undefined); // told above
    this.#tails.set(key, tail);
  }

  /** Resolves when all is in the mirror; what it resolves with are the durable effects, which may take longer. */
  async #applyBatch(batch: EventBatch): Promise<readonly Promise<void>[]> {
    const effects = batch.undecodable.map((bad) => this.#bury(bad));
    for (const event of batch.events) {
      this.counts.events++;
      try {
        if (event.type === "telemetry.received") {
          effects.push(...this.#applyTelemetry(event)); // not awaited: the next event must not wait for a write
        } else {
          await this.#applyChange(event);
        }
      } catch (error) {
        this.#o.log.warn({ err: error, subject: event.subject, type: event.type }, "event not applied");
        effects.push(this.#bury(asDeadLetter(event, String(error))));
      }
      this.#o.observe?.(event);
    }
    return effects;
  }

  /** Rejects when the letter could not be kept. */
  async #bury(letter: UndecodableEvent): Promise<void> {
    this.counts.dead++;
    this.#o.deadLetters.add(letter);
  }

  async #applyChange(event: TwinEvent): Promise<void> {
    const { mirror, writeThrough } = this.#o;
    const stamp = stampOf(event);
    switch (event.type) {
      case "twin.updated":
        return this.#graph.updated(event, stamp, writeThrough?.echoes.timesOf(event) ?? new Map());
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

  #applyTelemetry(event: TwinEvent): Promise<void>[] {
    const { mirror, models, writeThrough } = this.#o;
    const twin = mirror.get(event.subject);
    const model = twin && models().get(twin.modelId);
    if (!model) {
      this.counts.unmatched++;
      this.#reportOnce(`device ${event.subject}`, "a device speaks that is no twin here; its values are not shown");
      return [];
    }
    const mapped = mapTelemetry(models(), model, event.data as TelemetryData);
    for (const field of mapped.unknown) {
      this.#reportOnce(`${model.id} ${field}`, "a device sends a field that its model does not know");
    }
    const effects = mapped.refused.map(({ path, reason }) => this.#bury(asDeadLetter(event, `${path}: ${reason}`)));
    const won = mirror.setValues(event.subject, mapped.values, stampOf(event), { transient: mapped.transient });
    this.counts.late += mapped.values.length - won.length;
    const durable = won.filter((path) => !mapped.transient.has(path));
    if (writeThrough && durable.length > 0) {
      effects.push(writeThrough.submit(event.subject, durable, event));
    }
    return effects;
  }

  #reportOnce(what: string, message: string): void {
    if (!this.#reported.has(what) && this.#reported.size < MAX_REPORTED) {
      this.#reported.add(what);
      this.#o.log.warn({ what }, message);
    }
  }
}

function stampOf(event: TwinEvent): Stamp {
  return {
    source: boundedTime(event.time, event.enqueuedAt),
    received: event.receivedAt,
    sequence: event.position.sequence,
    origin: event.source,
  };
}

function asDeadLetter(event: TwinEvent, reason: string): UndecodableEvent {
  const { position, source, receivedAt } = event;
  return { position, source, receivedAt, raw: Buffer.from(JSON.stringify(event)), reason };
}
