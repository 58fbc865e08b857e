/**
 * The set-points that the devices know, and when they begin to obey them: a controller takes one to three seconds from
 * the news to the action. Filled from the twins at the start and from change notifications after that.
 */
import type { Random } from "../physics/math.ts";
import { OBEYING, plantSetpoints } from "../simulation/layout.ts";

interface Pending {
  value: number;
  at: number;
}

const MIN_DELAY_MS = 1000;
const MAX_DELAY_MS = 3000;

export class SetpointBoard {
  readonly #random: Random;
  readonly #inForce = new Map<string, Map<string, number>>();
  readonly #pending = new Map<string, Map<string, Pending>>();
  readonly #heardAt = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
    for (const id of OBEYING) this.#inForce.set(id, new Map(Object.entries(plantSetpoints(id))));
  }

  /** The set-point in force; NaN-free: only names that the plant's data knows are ever kept. */
  readonly get = (twinId: string, name: string): number => this.#inForce.get(twinId)?.get(name) ?? 0;

  /** When something was last heard about this twin, ms; 0 for never. */
  heardAt(twinId: string): number {
    return this.#heardAt.get(twinId) ?? 0;
  }

  /** Whatever of these is a set-point of the twin is obeyed soon, or at once before the plant has begun. */
  hear(
    twinId: string,
    values: Readonly<Record<string, unknown>>,
    now: number,
    when: "soon" | "at once" = "soon",
  ): void {
    const known = this.#inForce.get(twinId);
    if (known === undefined) return;
    this.#heardAt.set(twinId, now);
    for (const [name, value] of Object.entries(values)) {
      if (!known.has(name) || typeof value !== "number" || !Number.isFinite(value)) continue;
      if (when === "at once") known.set(name, value);
      else this.#schedule(twinId, name, value, now);
    }
  }

  #schedule(twinId: string, name: string, value: number, now: number): void {
    const pending = this.#pending.get(twinId) ?? new Map<string, Pending>();
    if ((pending.get(name)?.value ?? this.get(twinId, name)) === value) return;
    pending.set(name, { value, at: now + MIN_DELAY_MS + (MAX_DELAY_MS - MIN_DELAY_MS) * this.#random() });
    this.#pending.set(twinId, pending);
  }

  /** Puts in force what is due. */
  advance(now: number): void {
    for (const [twinId, names] of this.#pending) {
      for (const [name, { value, at }] of names) {
        if (at > now) continue;
        this.#inForce.get(twinId)?.set(name, value);
        names.delete(name);
      }
      if (names.size === 0) this.#pending.delete(twinId);
    }
  }
}
