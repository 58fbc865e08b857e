/**
 * What each number of each twin was lately: a ring of samples per value, for trends. Lost with the process; not an archive.
 *
 * Beside the way in: TwinMirror's values → here → `twin.get` with `history`, and GET /twins/:id/history. Booleans are 0
 * and 1; texts and objects have no history. Many changes within a second leave the last of them.
 */
import type { MirrorTwin } from "./MirrorTwin.ts";
import type { TwinMirror } from "./TwinMirror.ts";
import type { Pointer, TwinId } from "./types.ts";
import type { MirrorValue } from "./valueTime.ts";

/** Source time in ms since epoch, and value. */
export type Sample = [time: number, value: number];

/** What a ring may always grow to. */
const SURE_SAMPLES = 16;
const BYTES_PER_SAMPLE = 16;

export interface ValueHistoryOptions {
  /** Samples of one value at most. Default: 600, ten minutes of a value that changes every second. */
  perValue?: number;
  /** Of all samples. When they are used up rings no longer grow; each value keeps 16 samples whatever comes. Default: 64 MB. */
  maxBytes?: number;
  /** Shortest distance of two samples, ms. */
  distanceMs?: number;
}

export class ValueHistory {
  readonly #perValue: number;
  readonly #maxSamples: number;
  readonly #distance: number;
  readonly #twins = new Map<TwinId, Map<Pointer, Ring>>();
  #samples = 0;

  constructor({ perValue = 600, maxBytes = 64 * 1024 * 1024, distanceMs = 1000 }: ValueHistoryOptions = {}) {
    this.#perValue = perValue;
    this.#maxSamples = maxBytes / BYTES_PER_SAMPLE;
    this.#distance = distanceMs;
  }

  /** Bytes that the rings take. */
  get bytes(): number {
    return this.#samples * BYTES_PER_SAMPLE;
  }

  /** Follows the mirror from now on; a mirror has one history. */
  follow(mirror: TwinMirror): void {
    mirror.onValue((twin, path, held) => this.#note(twin, path, held));
    mirror.onGraphChange((change) => {
      if (change.kind === "twin.removed") {
        this.#forget(change.twinId);
      }
    });
  }

  /** By pointer, oldest first, none before `since` (ms since epoch). Values that nobody may read are left out by the caller. */
  of(twinId: TwinId, since: number): Map<Pointer, Sample[]> {
    const found = new Map<Pointer, Sample[]>();
    for (const [path, ring] of this.#twins.get(twinId) ?? []) {
      const samples = ring.since(since);
      if (samples.length > 0) {
        found.set(path, samples);
      }
    }
    return found;
  }

  #note(twin: MirrorTwin, path: Pointer, held: MirrorValue): void {
    const { value, source } = held;
    const number = typeof value === "boolean" ? Number(value) : value;
    if (typeof number !== "number" || !Number.isFinite(number) || source <= 0) {
      return;
    }
    if (held.recent) {
      held.recent.add(source, number, this.#distance, this.#grow);
      return;
    }
    this.#samples += 1;
    held.recent = new Ring(source, number);
    this.#twins.set(twin.id, (this.#twins.get(twin.id) ?? new Map<Pointer, Ring>()).set(path, held.recent));
  }

  /** A function of its own, made once: one for each change would be garbage. */
  readonly #grow = (ring: Ring): void => {
    const size = Math.min(ring.size * 2, this.#perValue);
    const more = size - ring.size;
    if (more > 0 && (size <= SURE_SAMPLES || this.#samples + more <= this.#maxSamples)) {
      this.#samples += more;
      ring.resize(size);
    }
  };

  #forget(twinId: TwinId): void {
    for (const ring of this.#twins.get(twinId)?.values() ?? []) {
      this.#samples -= ring.size;
    }
    this.#twins.delete(twinId);
  }
}

/**
 * Samples in the order of their times; the newest overwrites the oldest. Most values of a large plant seldom change: one
 * sample takes 200 bytes less in an array of doubles than in two typed arrays.
 */
export class Ring {
  /** Time, value, time, value … */
  #cells: number[];
  #next = 0;
  #count = 1;
  /** Time of the sample before the newest: what is nearer to it than the distance replaces the newest. */
  #before = Number.NEGATIVE_INFINITY;

  constructor(time: number, value: number) {
    this.#cells = [time, value];
  }

  get size(): number {
    return this.#cells.length / 2;
  }

  add(time: number, value: number, distance: number, full: (ring: Ring) => void): void {
    const last = (this.#next + this.size - 1) % this.size;
    const newest = this.#cells[2 * last] ?? 0;
    if (time < newest) {
      return;
    }
    if (time === newest || time - this.#before < distance) {
      this.#set(last, time, value);
      return;
    }
    if (this.#count === this.size) {
      full(this);
    }
    this.#before = newest;
    this.#set(this.#next, time, value);
    this.#next = (this.#next + 1) % this.size;
    this.#count = Math.min(this.#count + 1, this.size);
  }

  since(since: number): Sample[] {
    const samples: Sample[] = [];
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#next + this.size - this.#count + i) % this.size;
      const time = this.#cells[2 * at] ?? 0;
      if (time >= since) {
        samples.push([time, this.#cells[2 * at + 1] ?? 0]);
      }
    }
    return samples;
  }

  /** To a larger size. */
  resize(size: number): void {
    const cells = new Array<number>(2 * size).fill(Number.NaN);
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#next + this.size - this.#count + i) % this.size;
      cells[2 * i] = this.#cells[2 * at] ?? 0;
      cells[2 * i + 1] = this.#cells[2 * at + 1] ?? 0;
    }
    this.#cells = cells;
    this.#next = this.#count % size;
  }

  #set(at: number, time: number, value: number): void {
    this.#cells[2 * at] = time;
    this.#cells[2 * at + 1] = value;
  }
}
