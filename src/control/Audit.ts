/**
 * Notes who did what and what came of it: every write, command, refusal, lease, acknowledgement and placement.
 *
 * Called by control, the world and REST as `services.audit.record(…)`; nobody waits for it. Entries of one turn of the
 * event loop are one commit. An audit that cannot be written is told loudly and stops nothing.
 */
import type { AccessPolicy, Actor } from "../auth/AccessPolicy.ts";
import { TwinError } from "../errors.ts";
import type { AuditDesk, AuditNote } from "../services.ts";
import type { AuditEntry, AuditFilter, AuditStore } from "../store/AuditStore.ts";
import type { Clock, Log } from "../twins/types.ts";

export interface AuditOptions {
  store: Pick<AuditStore, "add" | "list">;
  policy: AccessPolicy;
  clock: Clock;
  log: Log;
}

/** Longer values are cut: an entry is evidence, not a backup. */
const MAX_TEXT = 4000;

export class Audit implements AuditDesk {
  readonly #o: AuditOptions;
  #pending: Omit<AuditEntry, "id">[] = [];

  constructor(options: AuditOptions) {
    this.#o = options;
  }

  record({ actor, action, result = "done", ...more }: AuditNote): void {
    if (this.#pending.length === 0) {
      setImmediate(() => this.flush());
    }
    const { twinId = "", path = "", before, after, reason = "", operationId = "" } = more;
    this.#pending.push({
      at: this.#o.clock(),
      actor: actor.id,
      name: actor.name,
      role: actor.role,
      action,
      twinId,
      path,
      before: json(before),
      after: json(after),
      result,
      reason: reason.slice(0, MAX_TEXT),
      operationId,
    });
  }

  /** Newest first. FORBIDDEN unless the actor may manage. */
  list(actor: Actor, filter: AuditFilter, limit: number): AuditEntry[] {
    const { allowed, reason } = this.#o.policy.check(actor, "audit");
    if (!allowed) {
      throw new TwinError("FORBIDDEN", reason);
    }
    this.flush();
    return this.#o.store.list(filter, limit);
  }

  /** Writes what is pending; called before the store is closed. */
  flush(): void {
    const entries = this.#pending;
    this.#pending = [];
    if (entries.length === 0) {
      return;
    }
    try {
      this.#o.store.add(entries);
    } catch (error) {
      this.#o.log.error({ err: error, entries }, "the audit could not be written; its entries are in this line");
    }
  }
}

function json(value: unknown): string {
  const text = value === undefined ? "" : (JSON.stringify(value) ?? "");
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
