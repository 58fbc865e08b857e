/**
 * Who holds which twin: while an operator has a lease, nobody else writes to the twin or commands it.
 *
 * Asked by Guard before every write, shown by TwinControlPlugin in `world.leases`, ended by time, by release, or when the
 * holder has left. Of this process: rooms of other processes do not know them (docs/control.md).
 */
import type { AccessPolicy, Actor } from "../auth/AccessPolicy.ts";
import { TwinError, toTwinError } from "../errors.ts";
import type { AuditDesk, LeaseDesk, LeaseView } from "../services.ts";
import { type Known, knownTwin } from "../twins/knownTwin.ts";
import type { Clock, TwinId } from "../twins/types.ts";

export interface LeasesOptions extends Known {
  policy: AccessPolicy;
  audit: Pick<AuditDesk, "record">;
  clock: Clock;
}

const DEFAULT_S = 60;
/** Held by one holder; a client in a loop is not to lock the plant. */
const MAX_HELD = 100;

type Listener = (twinId: TwinId, lease: LeaseView | undefined) => void;

export class Leases implements LeaseDesk {
  readonly #o: LeasesOptions;
  readonly #leases = new Map<TwinId, { actor: Actor; until: number }>();
  readonly #listeners = new Set<Listener>();

  constructor(options: LeasesOptions) {
    this.#o = options;
  }

  /** Again by the holder: renewed. */
  acquire(actor: Actor, twinId: TwinId, seconds = DEFAULT_S): { until: number } {
    this.#noted(actor, twinId, "lease.acquire", () => {
      knownTwin(this.#o, twinId);
      this.#assertMay(actor, twinId);
      this.assertFree(actor, twinId);
      if (!this.#held(twinId) && [...this.#leases.values()].filter((l) => l.actor.id === actor.id).length >= MAX_HELD) {
        throw new TwinError("RATE_LIMITED", `You hold ${MAX_HELD} twins; release one first.`);
      }
      this.#set(twinId, { actor, until: this.#o.clock() + seconds * 1000 });
    });
    return { until: this.#leases.get(twinId)?.until ?? 0 };
  }

  release(actor: Actor, twinId: TwinId): void {
    this.#noted(actor, twinId, "lease.release", () => {
      this.#assertHolder(actor, twinId);
      this.#set(twinId, undefined);
    });
  }

  /** For the time that is left. */
  transfer(actor: Actor, twinId: TwinId, to: Actor): void {
    this.#noted(actor, twinId, "lease.transfer", () => {
      const { until } = this.#assertHolder(actor, twinId);
      this.#assertMay(to, twinId);
      this.#set(twinId, { actor: to, until });
    });
  }

  /** The holder is gone: all that he holds is free. */
  leave(holder: string): void {
    for (const [twinId, { actor }] of this.#leases) {
      if (actor.id === holder) {
        this.#set(twinId, undefined);
        this.#o.audit.record({ actor, action: "lease.release", twinId, reason: "The holder left." });
      }
    }
  }

  /** @throws LEASED when somebody else holds it. */
  assertFree(actor: Actor, twinId: TwinId): void {
    const held = this.#held(twinId);
    if (held && held.actor.id !== actor.id) {
      const left = Math.ceil((held.until - this.#o.clock()) / 1000);
      throw new TwinError("LEASED", `${held.actor.name} holds ${twinId} for ${left} s more.`, {
        retryAfterMs: left * 1000,
      });
    }
  }

  *list(): Iterable<[TwinId, LeaseView]> {
    for (const [twinId, lease] of this.#leases) {
      yield [twinId, viewOf(lease)];
    }
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends what has run out. Called about four times a second; until then `assertFree` goes by the clock. */
  sweep(): void {
    for (const [twinId, { actor, until }] of this.#leases) {
      if (until <= this.#o.clock()) {
        this.#set(twinId, undefined);
        this.#o.audit.record({ actor, action: "lease.expire", twinId });
      }
    }
  }

  #held(twinId: TwinId): { actor: Actor; until: number } | undefined {
    const lease = this.#leases.get(twinId);
    return lease && lease.until > this.#o.clock() ? lease : undefined;
  }

  #assertHolder(actor: Actor, twinId: TwinId): { until: number } {
    const held = this.#held(twinId);
    if (held?.actor.id !== actor.id) {
      const who = held ? `${held.actor.name} holds it` : "nobody holds it";
      throw new TwinError("CONFLICT", `You do not hold ${twinId}; ${who}.`, { status: 409 });
    }
    return held;
  }

  #assertMay(actor: Actor, twinId: TwinId): void {
    const { allowed, reason } = this.#o.policy.check(actor, "lease", { twinId });
    if (!allowed) {
      throw new TwinError("FORBIDDEN", reason);
    }
  }

  #set(twinId: TwinId, lease: { actor: Actor; until: number } | undefined): void {
    if (lease) {
      this.#leases.set(twinId, lease);
    } else {
      this.#leases.delete(twinId);
    }
    for (const listener of this.#listeners) {
      listener(twinId, lease && viewOf(lease));
    }
  }

  #noted(actor: Actor, twinId: TwinId, action: string, run: () => void): void {
    try {
      run();
      this.#o.audit.record({ actor, action, twinId });
    } catch (error) {
      const { code, message } = toTwinError(error);
      this.#o.audit.record({ actor, action, twinId, result: "refused", reason: `${code}: ${message}` });
      throw error;
    }
  }
}

function viewOf({ actor, until }: { actor: Actor; until: number }): LeaseView {
  return { holder: actor.id, name: actor.name, until };
}
