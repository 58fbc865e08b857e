/**
 * Twins and relationships that come, change and go: the provider's notifications → the mirror.
 *
 * Way in: EventPump → here → TwinMirror. Azure gives no order and may tell twice: what can be told from the event is
 * applied, what cannot (replays from before the start, misfits) is asked for. "Events nominate, a GET decides." Where
 * the provider does not answer, it is asked again until it does; the event counts as handled, since the provider itself
 * holds its effect.
 */
import { validateTwin } from "../dtdl/index.ts";
import type { ModelGraph } from "../dtdl/types.ts";
import { toTwinError } from "../errors.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type {
  Clock,
  Dtmi,
  Log,
  Pointer,
  Relationship,
  TwinData,
  TwinEvent,
  TwinId,
  TwinPatchData,
  TwinProvider,
} from "../twins/types.ts";
import type { Stamp } from "../twins/valueTime.ts";

export interface GraphEventsOptions {
  mirror: TwinMirror;
  models: () => ModelGraph;
  /** See `EventPumpOptions`. */
  learnModel: (id: Dtmi) => Promise<void>;
  doubtModels?: () => void;
  provider: TwinProvider;
  log: Log;
  clock: Clock;
}

/** Births and deaths that are remembered, to tell late ones. */
const REMEMBERED = 10_000;
const MAX_RETRY_MS = 30_000;

export class GraphEvents {
  readonly #o: GraphEventsOptions;
  readonly #startedAt: number;
  /** Subject → time of the newest creation or deletion that was told of it, ms since epoch. */
  readonly #told = new Map<string, number>();
  /** What is to be asked again, by subject. */
  readonly #retries = new Map<string, NodeJS.Timeout>();
  #closed = false;

  constructor(options: GraphEventsOptions) {
    this.#o = options;
    this.#startedAt = options.clock();
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#retries.values()) {
      clearTimeout(timer);
    }
  }

  /** `times`: source times of values that are echoes of our own writes. */
  async updated(event: TwinEvent, stamp: Stamp, times: ReadonlyMap<Pointer, number>): Promise<void> {
    const { mirror } = this.#o;
    const { patch } = event.data as TwinPatchData;
    const gone = !mirror.get(event.subject) && this.#isLate(event);
    if (!gone && !mirror.applyPatch(event.subject, patch, stamp, times)) {
      await this.#ask(event.subject, () => this.#readTwin(event.subject));
    }
  }

  async created(event: TwinEvent): Promise<void> {
    const { mirror } = this.#o;
    const data = event.data as TwinData;
    if (this.#isLate(event)) {
      return;
    }
    this.#remember(event);
    const known = mirror.get(event.subject);
    if (known || event.enqueuedAt < this.#startedAt) {
      const same = known?.etag !== undefined && known.etag === data.etag;
      await (same ? undefined : this.#ask(event.subject, () => this.#readTwin(event.subject, event.time)));
    } else {
      await this.#ask(event.subject, () => this.#knowModel(data));
      mirror.upsertTwin({ id: event.subject, ...data }, event.receivedAt);
    }
  }

  async deleted(event: TwinEvent): Promise<void> {
    const { mirror } = this.#o;
    if (this.#isLate(event)) {
      return;
    }
    this.#remember(event);
    const known = mirror.get(event.subject);
    if (known && event.time < known.loadedAt) {
      await this.#ask(event.subject, () => this.#readTwin(event.subject)); // it may have been created again since
    } else {
      mirror.removeTwin(event.subject);
    }
  }

  async related(event: TwinEvent): Promise<void> {
    const { mirror } = this.#o;
    const r = event.data as Relationship;
    if (this.#isLate(event)) {
      return;
    }
    this.#remember(event);
    const known = mirror.relationship(r.sourceId, r.id);
    const isThere = event.type === "relationship.created";
    if (event.enqueuedAt < this.#startedAt && isThere !== (known !== undefined)) {
      await this.#ask(event.subject, () => this.#readRelationship(r.sourceId, r.id));
    } else if (isThere) {
      mirror.upsertRelationship(r);
    } else {
      mirror.removeRelationship(r.sourceId, r.id);
    }
  }

  /** Asks the provider for the twin, whose answer decides. Whether the mirror held something else. Used by GraphRepair. */
  readTwin(id: TwinId): Promise<boolean> {
    return this.#readTwin(id);
  }

  /** The same for the relationships that go out from a twin; how many were wrong. */
  async readRelationships(sourceId: TwinId): Promise<number> {
    const { mirror } = this.#o;
    const before = new Map(this.#told);
    const there = new Map((await this.#relationshipsOf(sourceId)).map((r) => [r.id, r]));
    const isNews = (id: string) => {
      const subject = `${sourceId}/relationships/${id}`;
      return before.get(subject) !== this.#told.get(subject); // an event came meanwhile: it is newer than the answer
    };
    const gone = [...mirror.outgoing(sourceId)].filter((r) => !there.has(r.id) && !isNews(r.id));
    const wrong = [...there.values()].filter((r) => !isSame(r, mirror.relationship(sourceId, r.id)) && !isNews(r.id));
    for (const r of gone) {
      mirror.removeRelationship(sourceId, r.id);
    }
    for (const r of wrong) {
      mirror.upsertRelationship(r);
    }
    return gone.length + wrong.length;
  }

  /** Repeated while the twin is created or deleted meanwhile: then the answer may be older than the event. */
  async #readTwin(id: TwinId, replacedAt?: number): Promise<boolean> {
    const { mirror, provider, clock } = this.#o;
    const told = this.#told.get(id);
    const since = mirror.revision;
    const twin = await provider.getTwin(id);
    if (told !== this.#told.get(id)) {
      return this.#readTwin(id, replacedAt);
    }
    if (!twin) {
      return mirror.removeTwin(id);
    }
    await this.#knowModel(twin);
    const options = replacedAt === undefined ? { since } : { since, replacedAt };
    const wasWrong = mirror.differs(twin, options);
    mirror.upsertTwin(twin, clock(), options);
    return wasWrong;
  }

  async #relationshipsOf(sourceId: TwinId): Promise<Relationship[]> {
    try {
      return await Array.fromAsync(this.#o.provider.relationships(sourceId));
    } catch (error) {
      if (toTwinError(error).code === "NOT_FOUND") {
        return [];
      }
      throw error;
    }
  }

  /** The service takes no twin that does not fit its model: where one does not, the model here is an old one. */
  async #knowModel({ modelId, properties }: TwinData): Promise<void> {
    const { models, learnModel, doubtModels } = this.#o;
    if (!models().get(modelId)) {
      await learnModel(modelId);
    } else if (doubtModels && validateTwin(models(), { ...properties, $metadata: { $model: modelId } }).length > 0) {
      doubtModels();
    }
  }

  async #readRelationship(sourceId: TwinId, id: string): Promise<void> {
    const { mirror, provider } = this.#o;
    const all = mirror.get(sourceId) ? await Array.fromAsync(provider.relationships(sourceId)) : [];
    const found = all.find((r) => r.id === id);
    if (found) {
      mirror.upsertRelationship(found);
    } else {
      mirror.removeRelationship(sourceId, id);
    }
  }

  /** Throws what will not pass by itself. */
  async #ask(subject: string, read: () => Promise<unknown>, attempt = 0): Promise<void> {
    try {
      await read();
    } catch (error) {
      const { code } = toTwinError(error);
      if (code !== "UNAVAILABLE" && code !== "RATE_LIMITED") {
        throw error;
      }
      this.#o.log.warn({ err: error, subject }, "the twin service does not tell what changed; asking again");
      this.#askLater(subject, read, attempt);
    }
  }

  #askLater(subject: string, read: () => Promise<unknown>, attempt: number): void {
    if (this.#closed) {
      return;
    }
    clearTimeout(this.#retries.get(subject));
    const again = () => {
      this.#retries.delete(subject);
      this.#ask(subject, read, attempt + 1).catch((error) => this.#o.log.error({ err: error, subject }, "not read"));
    };
    this.#retries.set(subject, setTimeout(again, Math.min(MAX_RETRY_MS, 1000 * 2 ** attempt)).unref());
  }

  #isLate(event: TwinEvent): boolean {
    return event.time < (this.#told.get(event.subject) ?? 0);
  }

  #remember({ subject, time }: TwinEvent): void {
    this.#told.delete(subject);
    this.#told.set(subject, time);
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= REMEMBERED) {
        return;
      }
      this.#told.delete(oldest);
    }
  }
}

/** As far as anybody follows it. */
export function isSame(a: Relationship, b: Relationship | undefined): boolean {
  return a.targetId === b?.targetId && a.name === b.name;
}
