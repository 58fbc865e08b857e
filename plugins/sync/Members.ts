/**
 * The twins that belong in a room: those of its scope, and guests that the game or a builder shows too. Brings them into
 * state, at first in chunks between which the event loop is free, and follows the graph from then on. Made by
 * TwinSyncPlugin.
 */
import type { GraphChange, TwinId } from "../../src/twins/types.ts";
import { inTurns } from "./inTurns.ts";
import type { Scope } from "./Scope.ts";
import type { ShownTwins } from "./ShownTwins.ts";

export class Members {
  readonly #shown: ShownTwins;
  /** Shown although they are not in the scope. */
  readonly #guests = new Set<TwinId>();
  #scope: Scope | undefined;
  /** Twins are there to be shown. */
  #isOpen = false;
  #closed = false;

  constructor(shown: ShownTwins) {
    this.#shown = shown;
  }

  include(ids: Iterable<TwinId>): void {
    for (const id of ids) {
      this.#guests.add(id);
      if (this.#isOpen) {
        this.#shown.show(id);
      }
    }
  }

  exclude(ids: Iterable<TwinId>): void {
    for (const id of ids) {
      this.#guests.delete(id);
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

  /** Follows the scope. */
  async open(scope: Scope): Promise<void> {
    if (this.#closed) {
      return; // the room went while it was opening
    }
    this.#isOpen = true;
    this.#scope = scope;
    await scope.start(({ added, removed }) => {
      for (const id of added) {
        this.#shown.show(id);
      }
      for (const id of removed) {
        this.#hideUnlessWanted(id);
      }
    });
  }

  /** Shows all that belong; answers false if the room was closed meanwhile. */
  fill(): Promise<boolean> {
    const ids = [...(this.#scope?.members() ?? []), ...this.#guests];
    const show = (id: TwinId) => this.#isWanted(id) && this.#shown.show(id); // it may have left while others were added
    return inTurns(ids, show, () => this.#closed);
  }

  close(): void {
    this.#closed = true;
    this.#scope?.close();
    this.#shown.close();
  }

  #hideUnlessWanted(id: TwinId): void {
    if (!this.#isWanted(id)) {
      this.#shown.hide(id);
    }
  }

  #isWanted(id: TwinId): boolean {
    return this.#guests.has(id) || this.#scope?.members().has(id) === true;
  }
}
