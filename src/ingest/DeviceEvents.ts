/**
 * Device messages → the mirror, and on to the twin service: which twins they speak of (mapping rules, or the convention),
 * what their models know, what is newer than what is held.
 *
 * Way in: EventPump → here → TwinMirror (at once) and WriteThrough (when on). GraphEvents is its sibling for twins that
 * come, change and go.
 */
import type { ModelGraph } from "../dtdl/types.ts";
import type { MirrorTwin } from "../twins/MirrorTwin.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Clock, Log, Pointer, TwinEvent, TwinId, UndecodableEvent } from "../twins/types.ts";
import { boundedTime, type Stamp } from "../twins/valueTime.ts";
import { asDeadLetter } from "./deadLetter.ts";
import { EarlyMessages } from "./EarlyMessages.ts";
import { byConvention, type MessageRules, type MessageTarget } from "./mapping/MessageRules.ts";
import { mapTelemetry } from "./mapTelemetry.ts";
import type { WriteThrough } from "./WriteThrough.ts";

export interface DeviceEventsOptions {
  mirror: TwinMirror;
  models: () => ModelGraph;
  log: Log;
  clock: Clock;
  /** Rules of the mapping file, if there is one; asked for every message, since they may change. */
  rules?: () => MessageRules;
  writeThrough?: WriteThrough;
  /** Rejects when the letter could not be kept. */
  bury: (letter: UndecodableEvent) => Promise<void>;
}

/** Things said once each, and of each so much; a device that makes up names is not to fill memory and log. */
const MAX_REPORTED = 10_000;
const MAX_NAME = 200;

/** Which twins a message found, for who wants to know. */
export interface Reach {
  found: TwinId[];
  missing: TwinId[];
}

export class DeviceEvents {
  readonly #o: DeviceEventsOptions;
  readonly #reported = new Set<string>();
  readonly #early: EarlyMessages;
  /**
   * values: told by devices and allowed by the model · late: of them, no newer than what is held · unknown: fields that no
   * model knows · unmatched: messages for a twin that is not there · dropped: messages that rules drop.
   */
  readonly counts = { values: 0, late: 0, unknown: 0, unmatched: 0, dropped: 0 };

  constructor(options: DeviceEventsOptions) {
    this.#o = options;
    this.#early = new EarlyMessages(options.clock);
    options.mirror.onGraphChange((change) => {
      if (change.kind === "twin.added") {
        queueMicrotask(() => this.#applyEarly(change.twinId)); // the twin has its values then
      }
    });
  }

  /**
   * Everything is in the mirror when it returns, or when what it returns resolves, which is for rules with expressions; the
   * durable effects, which may take longer, are added to `effects`.
   */
  apply(event: TwinEvent, effects: Promise<void>[], reach?: Reach): Promise<void> | undefined {
    const rules = this.#o.rules?.();
    const targets = rules ? rules.apply(event) : byConvention(event);
    if (targets instanceof Promise) {
      return targets.then((computed) => this.#applyAll(computed, rules, { event, effects, reach }));
    }
    this.#applyAll(targets, rules, { event, effects, reach });
    return undefined;
  }

  #applyAll(targets: readonly MessageTarget[], rules: MessageRules | undefined, message: Message): void {
    for (const target of targets) {
      this.#applyTo(target, message);
    }
    if (targets.length > 0) {
      return;
    }
    if (rules?.dropsOthers) {
      this.counts.dropped++;
    } else {
      const reason = "The message names no sender, and no mapping rule finds one.";
      message.effects.push(this.#o.bury(asDeadLetter(message.event, reason)));
    }
  }

  #applyTo(target: MessageTarget, { event, effects, reach }: Message): void {
    const { mirror, models, writeThrough } = this.#o;
    const { twinId } = target;
    const twin = mirror.get(twinId);
    const graph = models();
    const model = twin && graph.get(twin.modelId);
    reach?.[model ? "found" : "missing"].push(twinId);
    if (!model) {
      this.counts.unmatched++;
      this.#reportOnce(`device ${twinId}`, "a device speaks that is no twin here; its values are not shown");
      if (!reach) {
        this.#early.add(target, event);
      }
      return;
    }
    const mapped = mapTelemetry(graph, model, target.data, twin.values);
    for (const field of mapped.unknown) {
      this.counts.unknown++;
      this.#reportOnce(`${model.id} ${field}`, "a device sends a field that its model does not know");
    }
    for (const { path, reason } of [...mapped.refused, ...(target.refused ?? [])]) {
      effects.push(this.#o.bury(asDeadLetter(event, `${path}: ${reason}`)));
    }
    const due = byTime(mapped.values, target).flatMap(([time, values]) =>
      this.#set(twin, values, mapped.transient, stampOf(event, time)),
    );
    const durable = writeThrough ? due.filter((path) => !mapped.transient.has(path)) : [];
    if (writeThrough && durable.length > 0) {
      effects.push(writeThrough.submit(twinId, durable, event));
    }
  }

  #applyEarly(twinId: TwinId): void {
    const effects: Promise<void>[] = [];
    for (const { target, event } of this.#early.take(twinId)) {
      this.#applyTo(target, { event, effects, reach: undefined });
    }
    const failed = (error: unknown) =>
      this.#o.log.error({ err: error, twinId }, "what a device told before it was a twin is not written");
    for (const effect of effects) {
      effect.catch(failed);
    }
  }

  /** Answers the paths whose held value is this event's. */
  #set(
    twin: MirrorTwin,
    values: readonly [Pointer, unknown][],
    transient: ReadonlySet<Pointer>,
    stamp: Stamp,
  ): readonly Pointer[] {
    const won = this.#o.mirror.setValues(twin.id, values, stamp, { transient });
    this.counts.values += values.length;
    this.counts.late += values.length - won.length;
    return won.length === values.length ? won : values.map(([path]) => path).filter(isOf(twin, stamp));
  }

  #reportOnce(name: string, message: string): void {
    const what = name.slice(0, MAX_NAME);
    if (!this.#reported.has(what) && this.#reported.size < MAX_REPORTED) {
      this.#reported.add(what);
      this.#o.log.warn({ what }, message);
    }
  }
}

interface Message {
  event: TwinEvent;
  effects: Promise<void>[];
  reach: Reach | undefined;
}

type Timed = [time: number | undefined, values: readonly [Pointer, unknown][]];

/** Values that have a source time of their own, by it; most messages have one time for all. undefined: the event's. */
function byTime(values: readonly [Pointer, unknown][], { time, data: { times } }: MessageTarget): readonly Timed[] {
  if (times === undefined) {
    return [[time, values]];
  }
  return [...Map.groupBy(values, ([path]) => times[path] ?? time)];
}

/** Whether what is held is this event's: now, or since it came the first time, before its partition went away and came back. */
function isOf(twin: MirrorTwin, { source, sequence, origin }: Stamp): (path: Pointer) => boolean {
  return (path) => {
    const held = twin.values.get(path);
    return held?.source === source && held.sequence === sequence && held.origin === origin;
  };
}

export function stampOf(event: TwinEvent, time = event.time): Stamp {
  return {
    source: boundedTime(time, event.enqueuedAt),
    received: event.receivedAt,
    sequence: event.position.sequence,
    origin: event.source,
  };
}
