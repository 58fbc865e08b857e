/**
 * Tells builders that somebody else's change came after theirs: whoever holds a placement, or settled it a moment ago, in
 * whatever way (moved, placed, spawned, duplicated, imported, undone). The last settled wins; here he learns of it. Owned by
 * TwinBuildingPlugin.
 */
import type { Client, Room } from "@colyseus/core";
import type { Actor } from "../../src/auth/AccessPolicy.ts";
import { OVERWRITTEN, type Overwritten } from "../../src/protocol/names.ts";
import { builderKey, type Written } from "../../src/world/Steps.ts";
import { actorOf } from "../actor.ts";
import type { Holds } from "./Holds.ts";

/** Of performance.now(): how long somebody is told for. */
const FRESH_MS = 10_000;

export class Losers {
  readonly #clients: () => Room["clients"];
  readonly #holds: Holds;
  /** Placement id → who settled it last, in the order of time. */
  readonly #settled = new Map<string, { actor: Actor; at: number }>();

  constructor(options: { clients: () => Room["clients"]; holds: Holds }) {
    this.#clients = options.clients;
    this.#holds = options.holds;
  }

  /** Somebody on this server settles something, in this room or another way. */
  onWrite({ actor, changes }: Written): void {
    const at = performance.now();
    for (const { id, before, after } of changes) {
      const { twinId = "" } = after ?? before ?? {};
      this.tell({ placementId: id, twinId, by: actor.name, removed: !after }, actor);
      this.#settled.set(id, { actor, at });
    }
  }

  /** `winner`: who came after; undefined when that was another server or tool. */
  tell(overwritten: Overwritten, winner?: Actor): void {
    const { placementId } = overwritten;
    const settled = this.#settled.get(placementId);
    this.#settled.delete(placementId);
    const isFresh = settled !== undefined && performance.now() - settled.at < FRESH_MS;
    const losers = new Set(isFresh ? this.clientsOf(settled.actor) : []);
    const hold = this.#holds.get(placementId);
    const holder = hold && this.#clients().getById(hold.sessionId);
    for (const client of holder ? losers.add(holder) : losers) {
      if (winner === undefined || !isSame(actorOf(client), winner)) {
        client.send(OVERWRITTEN, overwritten);
      }
    }
  }

  /** On the connection on which he was, else on those that he has now. */
  clientsOf(actor: Actor): Client[] {
    const clients = this.#clients();
    const connected = clients.getById(actor.id);
    return connected ? [connected] : clients.filter((client) => isSame(actorOf(client), actor));
  }

  /** Forgets what is too long ago. */
  sweep(): void {
    const now = performance.now();
    for (const [id, { at }] of this.#settled) {
      if (now - at < FRESH_MS) {
        return;
      }
      this.#settled.delete(id);
    }
  }
}

/** One builder, on whatever connection or by a request. */
function isSame(a: Actor, b: Actor): boolean {
  return a.id === b.id || builderKey(a) === builderKey(b);
}
