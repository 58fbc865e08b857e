/**
 * Recognises the notifications of our own device writes, and tells the source times of the values in them (contract: "an
 * echo never overrides a newer value"). A notification that carries written source times needs no help; where they are
 * missing, it is matched by the write's trace, and without a trace by twin, path and value within a minute.
 *
 * Way in: WriteThrough notes what it writes; EventPump asks for every change notification.
 */
import { isDeepStrictEqual } from "node:util";
import type { Clock, Pointer, TwinEvent, TwinId, TwinPatchData } from "../twins/types.ts";

interface Written {
  twinId: TwinId;
  at: number;
  values: ReadonlyMap<Pointer, { value: unknown; source: number }>;
}

const KEEP_MS = 60_000;

export class Echoes {
  readonly #clock: Clock;
  /** Trace id → write, oldest first. */
  readonly #byTrace = new Map<string, Written>();
  readonly #byTwin = new Map<TwinId, Set<Written>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Called before the write goes out: its notification may overtake the answer. */
  note(trace: string, twinId: TwinId, values: Written["values"]): void {
    this.#prune();
    const written = { twinId, at: this.#clock(), values };
    this.#byTrace.set(trace, written);
    const ofTwin = this.#byTwin.get(twinId) ?? new Set();
    this.#byTwin.set(twinId, ofTwin.add(written));
  }

  /** Property → source time, for the values in this notification that we wrote. */
  timesOf(event: TwinEvent): Map<Pointer, number> {
    const times = new Map<Pointer, number>();
    const trace = event.traceparent?.split("-")[1];
    const candidates = trace === undefined ? this.#recent(event.subject) : [this.#byTrace.get(trace)];
    for (const { path, value } of (event.data as TwinPatchData).patch) {
      for (const written of candidates) {
        const ours = written?.values.get(path);
        if (ours && isDeepStrictEqual(ours.value, value)) {
          times.set(path, ours.source);
        }
      }
    }
    return times;
  }

  /** Oldest first, so that the newest write of a value names its time. */
  #recent(twinId: TwinId): Written[] {
    const now = this.#clock();
    return [...(this.#byTwin.get(twinId) ?? [])].filter((w) => now - w.at <= KEEP_MS);
  }

  #prune(): void {
    const now = this.#clock();
    for (const [trace, written] of this.#byTrace) {
      if (now - written.at <= KEEP_MS) {
        return;
      }
      this.#byTrace.delete(trace);
      const ofTwin = this.#byTwin.get(written.twinId);
      ofTwin?.delete(written);
      if (ofTwin?.size === 0) {
        this.#byTwin.delete(written.twinId);
      }
    }
  }
}
