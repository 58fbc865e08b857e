/**
 * Watches what becomes of property writes: "verified" means observed (invariant 6). A write to the provider is verified by the
 * provider's own notification, a wish to a device by the device's report.
 *
 * Way in: EventPump → TwinControl → here → OperationLog. PropertyWrites says what to look for.
 */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { OperationView } from "../services.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Clock, JsonPatchOp, Pointer, TwinEvent, TwinId, TwinPatchData } from "../twins/types.ts";
import type { OperationLog } from "./OperationLog.ts";
import { valueAt } from "./valueAt.ts";

export interface WriteObserverOptions {
  operations: OperationLog;
  mirror: TwinMirror;
  clock: Clock;
}

/** What a device is to report. */
export interface Wish {
  path: Pointer;
  value: unknown;
}
interface Expected {
  wishes: readonly Wish[];
  /** ms since epoch: older reports say nothing. */
  sentAt: number;
}

/** As long as a write is looked for in notifications that do not name it (contract, "values"). */
const IN_FLIGHT_MS = 60_000;

export class WriteObserver {
  readonly #o: WriteObserverOptions;
  /** W3C trace id of an operation's write → operation id: how its notification is recognised. */
  readonly #byTrace = new Map<string, string>();
  /** Twin → operation id → what its device is to report. */
  readonly #reports = new Map<TwinId, Map<string, Expected>>();
  readonly #withDevice = new Map<string, TwinId>();

  constructor(options: WriteObserverOptions) {
    this.#o = options;
  }

  /** The provider is about to be asked; answers the trace id that the request has to carry. */
  expectNotification(operationId: string): string {
    const trace = traceOf(operationId);
    this.#byTrace.set(trace, operationId);
    return trace;
  }

  /** The hub is about to be asked: a report that is faster than the hub's answer counts. */
  expectReport({ id, twinId }: Pick<OperationView, "id" | "twinId">, wishes: readonly Wish[]): void {
    const ofTwin = this.#reports.get(twinId) ?? new Map<string, Expected>();
    ofTwin.set(id, { wishes, sentAt: this.#o.clock() });
    this.#reports.set(twinId, ofTwin);
    this.#withDevice.set(id, twinId);
  }

  isWithDevice(operationId: string): boolean {
    return this.#withDevice.has(operationId);
  }

  /** It may have gone out. */
  isExpected(operationId: string): boolean {
    return this.isWithDevice(operationId) || this.#byTrace.has(traceOf(operationId));
  }

  forget(operationId: string): void {
    this.#byTrace.delete(traceOf(operationId));
    this.#stopWaiting(operationId);
    this.#withDevice.delete(operationId);
  }

  /** Ends the operations that this event tells of. */
  observe(event: TwinEvent): void {
    if (event.type === "telemetry.received") {
      this.#observeReport(event);
    } else if (event.type === "twin.updated") {
      const trace = event.traceparent?.split("-")[1];
      const byTrace = trace === undefined ? undefined : this.#byTrace.get(trace);
      if (byTrace === undefined) {
        this.#observeByValue(event, trace !== undefined);
      } else {
        this.#o.operations.advance(byTrace, "verified");
      }
    }
  }

  /** Is what was asked for what the mirror holds? For operations that an earlier process left. */
  isSo(o: OperationView): boolean {
    const twin = this.#o.mirror.toTwin(o.twinId);
    return twin !== undefined && wishesIn(o).every(({ path, value }) => isAt(twin.properties, path, value));
  }

  /** Ends an overdue write, saying what is known. */
  end(o: OperationView): void {
    const seconds = Math.round((o.until - o.at) / 1000);
    const { operations } = this.#o;
    if (o.status === "queued") {
      operations.advance(o.id, "expired", { reason: `The device was offline for ${seconds} s; nothing was sent.` });
    } else if (o.status === "acknowledged") {
      operations.advance(o.id, "failed", { reason: this.#contradiction(o) });
    } else {
      operations.advance(o.id, "timed-out", { reason: this.#silence(o, seconds) });
    }
  }

  #silence(o: OperationView, seconds: number): string {
    if (this.isWithDevice(o.id)) {
      return `The device did not report it within ${seconds} s; it may still do it.`;
    }
    return o.status === "requested"
      ? `The twin service did not answer within ${seconds} s; whether it took the write is not known.`
      : `The twin service took the write, but no notification of it came within ${seconds} s.`;
  }

  #stopWaiting(operationId: string): void {
    const twinId = this.#withDevice.get(operationId) ?? "";
    const ofTwin = this.#reports.get(twinId);
    if (ofTwin?.delete(operationId) && ofTwin.size === 0) {
      this.#reports.delete(twinId);
    }
  }

  /** What the device reports is in the mirror already. */
  #observeReport(event: TwinEvent): void {
    const values = this.#o.mirror.get(event.subject)?.values;
    for (const [id, { wishes, sentAt }] of this.#reports.get(event.subject) ?? []) {
      const told = wishes.map(({ path, value }) => [value, values?.get(path)] as const);
      const fresh = told.filter(([, held]) => held && held.received >= sentAt);
      const isDone = ([value, held]: (typeof told)[number]) => isDeepStrictEqual(held?.value, value);
      // What was measured before the wish went out is no answer to it, though it comes after.
      const isAnswer = fresh.some((one) => !isDone(one) && (one[1]?.source ?? 0) >= sentAt);
      if (fresh.filter(isDone).length === wishes.length) {
        this.#o.operations.advance(id, "verified");
        this.#stopWaiting(id);
      } else if (isAnswer) {
        const view = this.#o.operations.get(id);
        this.#o.operations.advance(id, "acknowledged", { reason: view ? this.#contradiction(view) : "" });
      }
    }
  }

  #contradiction(o: OperationView): string {
    const values = this.#o.mirror.get(o.twinId)?.values;
    const told = wishesIn(o).map(({ path }) => `${path} = ${JSON.stringify(values?.get(path)?.value)}`);
    return `The device answered, but reports ${told.join(", ")}.`;
  }

  /**
   * A notification whose trace says nothing to us, if it has one, still shows that what was asked for is so. With a trace
   * it may be of somebody else's write: then only what the provider has accepted from us counts as observed by it.
   */
  #observeByValue(event: TwinEvent, hasTrace: boolean): void {
    const { patch } = event.data as TwinPatchData;
    for (const o of this.#o.operations.unfinished()) {
      const ours = o.kind === "patch" && o.twinId === event.subject && !this.isWithDevice(o.id);
      const taken = !hasTrace || o.status === "sent";
      if (ours && taken && o.status !== "queued" && this.#o.clock() - o.at < IN_FLIGHT_MS && isDone(o, patch)) {
        this.#o.operations.advance(o.id, "verified");
      }
    }
  }
}

/** What an operation asks for, property by property. */
export function wishesIn({ path, desired }: Pick<OperationView, "path" | "desired">): Wish[] {
  const value: unknown = JSON.parse(desired);
  return path === ""
    ? (value as JsonPatchOp[]).map((op) => ({ path: op.path, value: op.value }))
    : [{ path, value: value ?? undefined }];
}

/** What is where a patch is going to write; of several paths, by path. For the audit. */
export function valuesBefore(properties: unknown, o: Pick<OperationView, "path" | "desired">): unknown {
  const values = wishesIn(o).map(({ path }) => [path, valueAt(properties, path).value] as const);
  return o.path === "" ? Object.fromEntries(values) : values[0]?.[1];
}

/** Does the patch do all that was asked for? `add` and `replace` come to the same. */
function isDone(o: OperationView, patch: readonly JsonPatchOp[]): boolean {
  return wishesIn(o).every(({ path, value }) =>
    patch.some((op) => op.path === path && isDeepStrictEqual(op.value, value)),
  );
}

/** Operation id → W3C trace id, 32 hexadecimal digits. */
function traceOf(operationId: string): string {
  return createHash("sha256").update(operationId).digest("hex").slice(0, 32);
}

/** Is the value there? undefined: is there none? Of an array nobody can tell which element was meant: no. */
function isAt(properties: unknown, pointer: Pointer, value: unknown): boolean {
  const held = valueAt(properties, pointer);
  return !held.inArray && isDeepStrictEqual(held.value, value);
}
