/**
 * Moves events from a source into the mirror, and device values on to the twin service.
 *
 * Way in: TwinEventSource → here → TwinMirror (at once) and WriteThrough (when on). A batch is `done` when every durable
 * effect of it is (invariant 2): the provider holds its values, or the dead letters do. Nothing here throws at a source:
 * an event that fails is a dead letter, and its partition goes on.
 */
import type { ModelGraph } from "../dtdl/types.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import { boundedTime, type Stamp } from "../twins/TwinMirror.ts";
import type {
  Clock,
  Dtmi,
  EventBatch,
  EventPosition,
  Log,
  Relationship,
  TelemetryData,
  TwinData,
  TwinEvent,
  TwinEventSource,
  TwinId,
  TwinPatchData,
  TwinProvider,
  UndecodableEvent,
} from "../twins/types.ts";
import { LINK } from "../twins/types.ts";
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

export class EventPump {
  readonly #o: EventPumpOptions;
  readonly #sources: TwinEventSource[] = [];
  /** Per source and partition: resolves when everything before is durable. */
  readonly #tails = new Map<string, Promise<void>>();
  readonly #unknownFields = new Set<string>();
  readonly counts = { events: 0, late: 0, unmatched: 0, dead: 0 };

  constructor(options: EventPumpOptions) {
    this.#o = options;
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

  /** Takes nothing more in, writes what is pending (bounded), then closes the sources with their checkpoints. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#o.writeThrough?.close();
    await new Promise((resolve) => setImmediate(resolve)); // the tails of what was written call done()
    await Promise.all(this.#sources.map((s) => s.close()));
  }
  #closing = false;

  #settle(key: string, effects: Promise<void>[], done: () => void): void {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const tail = before
      .then(() => Promise.all(effects))
      .then(done)
      .catch((error) => this.#o.log.error({ err: error, partition: key }, "an effect failed; the checkpoint stays"));
    this.#tails.set(key, tail);
  }

  async #applyBatch(batch: EventBatch): Promise<Promise<void>[]> {
    const effects: Promise<void>[] = [];
    for (const bad of batch.undecodable) {
      this.#bury(bad);
    }
    for (const event of batch.events) {
      try {
        const effect = await this.#apply(event);
        if (effect) {
          effects.push(effect);
        }
        this.#o.observe?.(event);
      } catch (error) {
        this.#o.log.warn({ err: error, subject: event.subject, type: event.type }, "event not applied");
        this.#bury(asDeadLetter(event, String(error)));
      }
      this.counts.events++;
    }
    return effects;
  }

  #bury(letter: UndecodableEvent): void {
    this.counts.dead++;
    this.#o.deadLetters.add(letter);
  }

  async #apply(event: TwinEvent): Promise<Promise<void> | undefined> {
    const { mirror } = this.#o;
    switch (event.type) {
      case "telemetry.received":
        return this.#applyTelemetry(event);
      case "twin.updated":
        return void (await this.#applyUpdate(event));
      case "twin.created":
        return void (await this.#applyCreated(event));
      case "twin.deleted":
        return void (await this.#applyDeleted(event));
      case "relationship.created":
        return void mirror.upsertRelationship(event.data as Relationship);
      case "relationship.deleted": {
        const { sourceId, id } = event.data as Relationship;
        return void mirror.removeRelationship(sourceId, id);
      }
      case "device.disconnected":
        return void mirror.setLink(event.subject, LINK.offline);
      case "device.connected":
        return void mirror.setLink(event.subject, LINK.live);
      case "relationship.updated":
        return undefined; // the mirror keeps no relationship properties that anything shows yet
      default:
        return event.type satisfies never;
    }
  }

  #applyTelemetry(event: TwinEvent): Promise<void> | undefined {
    const { mirror, models, writeThrough } = this.#o;
    const twin = mirror.get(event.subject);
    const model = twin && models().get(twin.modelId);
    if (!model) {
      this.counts.unmatched++;
      this.#reportOnce(`device ${event.subject}`, "a device speaks that is no twin here; its values are not shown");
      return undefined;
    }
    const mapped = mapTelemetry(models(), model, event.data as TelemetryData);
    for (const field of mapped.unknown) {
      this.#reportOnce(`${model.id} ${field}`, "a device sends a field that its model does not know");
    }
    for (const { path, reason } of mapped.refused) {
      this.#bury(asDeadLetter(event, `${path}: ${reason}`));
    }
    const stamp = stampOf(event);
    const won = mirror.setValues(event.subject, mapped.values, stamp, { transient: mapped.transient });
    this.counts.late += mapped.values.length - won.length;
    const durable = won.filter((path) => !mapped.transient.has(path));
    return writeThrough && durable.length > 0 ? writeThrough.submit(event.subject, durable, event) : undefined;
  }

  async #applyUpdate(event: TwinEvent): Promise<void> {
    const { patch } = event.data as TwinPatchData;
    if (!this.#o.mirror.applyPatch(event.subject, patch, stampOf(event))) {
      await this.#reconcile(event.subject);
    }
  }

  /** A replayed creation may be older than what we loaded, so the provider is asked what is true now. */
  async #applyCreated(event: TwinEvent): Promise<void> {
    const { mirror } = this.#o;
    const known = mirror.get(event.subject);
    const data = event.data as TwinData;
    if (!known) {
      await this.#knowModel(data.modelId);
      mirror.upsertTwin({ id: event.subject, ...data }, event.receivedAt);
    } else if (event.time > known.loadedAt) {
      await this.#reconcile(event.subject); // replaced whole (PUT)
    }
  }

  async #applyDeleted(event: TwinEvent): Promise<void> {
    const { mirror } = this.#o;
    const known = mirror.get(event.subject);
    if (known && event.time < known.loadedAt) {
      await this.#reconcile(event.subject); // a replay: it may have been created again since
    } else {
      mirror.removeTwin(event.subject);
    }
  }

  /** Events nominate, a GET decides. */
  async #reconcile(id: TwinId): Promise<void> {
    const { mirror, provider, clock } = this.#o;
    const twin = await provider.getTwin(id);
    if (!twin) {
      mirror.removeTwin(id);
      return;
    }
    await this.#knowModel(twin.modelId);
    mirror.upsertTwin(twin, clock());
  }

  async #knowModel(id: Dtmi): Promise<void> {
    if (!this.#o.models().get(id)) {
      await this.#o.learnModel(id);
    }
  }

  #reportOnce(what: string, message: string): void {
    if (!this.#unknownFields.has(what)) {
      this.#unknownFields.add(what);
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
