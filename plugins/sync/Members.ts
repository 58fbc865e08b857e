/**
 * The twins that belong in a room: those of its scope, and guests that the game or a builder shows too. Brings them into
 * state, at first in chunks between which the event loop is free, and follows the graph from then on. Made by
 * TwinSyncPlugin.
 */

import { inTurns } from "../../src/twins/inTurns.ts";
import type { GraphChange, Log, TwinId } from "../../src/twins/types.ts";
import type { Scope } from "./Scope.ts";
import type { ShownTwins } from "./ShownTwins.ts";

/** So many come or go at once. */
const MANY = 200;

/** Who may have twins shown that are not in the scope. What one asks for the other does not end. */
export type Host = "game" | "layout";

export class Members {
  readonly #shown: ShownTwins;
  readonly #log: Log;
  /** Shown although they are not in the scope, by who wants it. */
  readonly #guests: Readonly<Record<Host, Set<TwinId>>> = { game: new Set(), layout: new Set() };
  #scope: Scope | undefined;
  /** Twins are there to be shown. */
  #isOpen = false;
  #closed = false;

  constructor(shown: ShownTwins, log: Log) {
    this.#shown = shown;
    this.#log = log;
  }

  include(ids: Iterable<TwinId>, host: Host): void {
    for (const id of ids) {
      this.#guests[host].add(id);
      if (this.#isOpen) {
        this.#shown.show(id);
      }
    }
  }

  exclude(ids: Iterable<TwinId>, host: Host): void {
    for (const id of ids) {
      this.#guests[host].delete(id);
      this.#hideUnlessWanted(id);
    }
  }

  onGraphChange(change: GraphChange): void {
    if (change.kind === "twin.removed") {
      this.#shown.hide(change.twinId);
    } else if (change.kind === "twin.added" && this.#isOpen && this.#isWanted(change.twinId)) {
      this.#shown.show(change.twinId);
    }
  }

  onModelsChange(): void {
    this.#each(this.#shown.endChanged(), (id) => {
      this.#shown.hide(id);
      this.#showIfWanted(id);
    });
  }

  /** Follows the scope. */
  async open(scope: Scope): Promise<void> {
    if (this.#closed) {
      return; // the room went while it was opening
    }
    this.#isOpen = true;
    this.#scope = scope;
    await scope.start(({ added, removed }) => {
      this.#each(removed, (id) => this.#hideUnlessWanted(id));
      this.#each(added, (id) => this.#showIfWanted(id));
    });
  }

  /** Many in turns, while other things may come and go. */
  #each(ids: readonly TwinId[], work: (id: TwinId) => void): void {
    if (ids.length <= MANY) {
      ids.forEach(work);
      return;
    }
    inTurns(ids, work, () => this.#closed).catch((error) =>
      this.#log.error({ err: error }, "twins that came or went are not shown as they are"),
    );
  }

  /** Shows all that belong; answers false if the room was closed meanwhile. */
  fill(): Promise<boolean> {
    const ids = [...(this.#scope?.members() ?? []), ...this.#guests.game, ...this.#guests.layout];
    return inTurns(
      ids,
      (id) => this.#showIfWanted(id),
      () => this.#closed,
    );
  }

  close(): void {
    this.#closed = true;
    this.#scope?.close();
    this.#shown.close();
  }

  /** It may have left while others were added. */
  #showIfWanted(id: TwinId): void {
    if (this.#isWanted(id)) {
      this.#shown.show(id);
    }
  }

  #hideUnlessWanted(id: TwinId): void {
    if (!this.#isWanted(id)) {
      this.#shown.hide(id);
    }
  }

  #isWanted(id: TwinId): boolean {
    const { game, layout } = this.#guests;
    return game.has(id) || layout.has(id) || this.#scope?.members().has(id) === true;
  }
}
