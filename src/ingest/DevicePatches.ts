/**
 * One twin's device values to the provider: the patch, the components that are missing for it, and what a refusal means.
 *
 * Way in, beside the mirror: owned by WriteThrough, which says when; it knows nothing of rates, turns and retries.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as setTimeoutAsync } from "node:timers/promises";
import { TwinError, toTwinError } from "../errors.ts";
import type { MirrorTwin } from "../twins/MirrorTwin.ts";
import type { JsonPatchOp, Log, Pointer, TwinEvent, TwinId, TwinProvider } from "../twins/types.ts";
import { asDeadLetter } from "./deadLetter.ts";
import { componentsOf, type DeviceValues, deviceValues, patchOf } from "./devicePatch.ts";
import type { Echoes } from "./Echoes.ts";
import type { DeadLetters } from "./LetterBox.ts";
import type { Pending } from "./PendingPaths.ts";

export interface DevicePatchesOptions {
  provider: TwinProvider;
  deadLetters: DeadLetters;
  log: Log;
  echoes: Echoes;
  /** Of WriteThrough. */
  counts: { patches: number; values: number; refused: number; components: number };
  /** Least distance between two patches of one twin, ms. */
  intervalMs: number;
  onSuccess: () => void;
}

/** Azure allows 10 writes a second on one twin. */
const LEAST_DISTANCE_MS = 100;

export class DevicePatches {
  readonly #o: DevicePatchesOptions;

  constructor(options: DevicePatchesOptions) {
    this.#o = options;
  }

  /**
   * Resolves when the provider holds the paths' values or has refused them; rejects with what may pass by itself. A patch is
   * atomic, so one bad value refuses all: then each goes by itself, and the bad ones are buried, which `burials` tell. What is
   * through is taken out of `paths`, so that after a rejection nothing is written or buried again.
   */
  async write(twin: MirrorTwin, { paths, burials }: Pick<Pending, "paths" | "burials">): Promise<void> {
    const values = deviceValues(twin, paths.keys());
    const refused = await this.#refusal(twin, values);
    const isGone = refused?.code === "NOT_FOUND"; // no value of it will be taken
    const isAlone = values.size === 1;
    for (const [path, value] of refused ? values : []) {
      if (!isGone && !isAlone) {
        await setTimeoutAsync(Math.min(LEAST_DISTANCE_MS, this.#o.intervalMs));
      }
      const own = isGone || isAlone ? refused : await this.#refusal(twin, new Map([[path, value]]));
      if (own) {
        const burial = this.#bury(twin.id, path, paths.get(path), own);
        burial.catch(() => undefined); // it may fail before the others of the patch are through
        burials.push(burial);
      }
      paths.delete(path);
    }
  }

  /** Why the provider takes none of the values; throws what may pass by itself. */
  async #refusal(twin: MirrorTwin, values: DeviceValues): Promise<TwinError | undefined> {
    if (values.size === 0) {
      return undefined;
    }
    try {
      await this.#patch(twin, values);
      return undefined;
    } catch (error) {
      const e = toTwinError(error);
      if (isPassing(e)) {
        throw e;
      }
      const [only] = values.size === 1 ? values.values() : [];
      const isAbsent = only !== undefined && only.value === undefined && e.code === "INVALID_VALUE";
      return isAbsent ? undefined : e; // it was to be removed and is not there
    }
  }

  /**
   * Components that a twin was made without are made when a value for them is refused: only in the twin that was looked at,
   * since making one that somebody else has made meanwhile would empty it.
   */
  async #patch(twin: MirrorTwin, values: DeviceValues): Promise<void> {
    try {
      await this.#send(twin, values, patchOf(values));
    } catch (error) {
      const isRefused = error instanceof TwinError && error.code === "INVALID_VALUE";
      const components = componentsOf([...values].filter(([, { value }]) => value !== undefined));
      const there = isRefused && components.length > 0 ? await this.#o.provider.getTwin(twin.id) : undefined;
      const missing = there ? components.filter((name) => !Object.hasOwn(there.properties, name)) : [];
      if (there === undefined || missing.length === 0) {
        throw error;
      }
      await this.#makeComponents(twin, values, missing, there.etag);
    }
  }

  async #makeComponents(
    twin: MirrorTwin,
    values: DeviceValues,
    missing: readonly string[],
    ifMatch: string | undefined,
  ): Promise<void> {
    const made = missing.map((name): JsonPatchOp => ({ op: "add", path: `/${name}`, value: { $metadata: {} } }));
    try {
      await this.#send(twin, values, [...made, ...patchOf(values)], ifMatch);
      this.#o.counts.components += missing.length;
    } catch (error) {
      if (!(error instanceof TwinError) || error.code !== "CONFLICT") {
        throw error;
      }
      await this.#patch(twin, values); // the twin has changed: look again
    }
  }

  async #send(twin: MirrorTwin, values: DeviceValues, patch: readonly JsonPatchOp[], ifMatch?: string): Promise<void> {
    const trace = randomBytes(16).toString("hex");
    this.#o.echoes.note(trace, twin.id, values);
    const traceparent = `00-${trace}-${trace.slice(0, 16)}-01`;
    await this.#o.provider.patchTwin(twin.id, patch, { traceparent, ...(ifMatch === undefined ? {} : { ifMatch }) });
    this.#o.onSuccess();
    this.#o.counts.patches++;
    this.#o.counts.values += values.size;
  }

  /** Rejects when the letter could not be kept. */
  async #bury(twinId: TwinId, path: Pointer, event: TwinEvent | undefined, e: TwinError): Promise<void> {
    this.#o.counts.refused++;
    this.#o.log.warn({ twinId, path, code: e.code, err: e }, "the twin service refused a device's value for good");
    if (event) {
      await this.#o.deadLetters.add(asDeadLetter(event, `${path}: ${e.code}: ${e.message}`));
    }
  }
}

/** A role that is missing says nothing of the value: somebody will assign it. */
export function isPassing({ code }: TwinError): boolean {
  return code === "UNAVAILABLE" || code === "RATE_LIMITED" || code === "FORBIDDEN";
}
