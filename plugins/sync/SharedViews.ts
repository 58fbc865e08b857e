/**
 * Shows all twins of a room to all its clients where that needs views: in a world whose twins are filtered although it is
 * small, and where properties are for some roles only. Clients that may see the same share one view, so what they get is
 * encoded once. A view that the game gave a client is filled, and stays that client's.
 */
import type { Client } from "@colyseus/core";
import type { StateView } from "@colyseus/schema";
import type { TwinState, WorldState } from "../../src/schema/states.ts";
import { gameView, newView, showMap } from "./gameViews.ts";
import { TwinAdder } from "./TwinAdder.ts";

/** How clients of a room come to see twins. */
export interface Views {
  join(client: Client): void;
  /** For good. False: the client's view, if it has one, is none of these. */
  leave(client: Client): boolean;
  /** Fills the client's view anew. What the game put into it stays; a full state has to follow. */
  rightsChanged(client: Client): void;
  added(id: string, twin: TwinState): void;
  /** Before it leaves the state. */
  removing(id: string, twin: TwinState): void;
  /** After a patch. */
  patched(): void;
  /** The room ends: a view that is not disposed of keeps its room's state for as long as the process lives. */
  close(): void;
}

/** A client's right to fields for some roles only, as tag of schema fields; 0: none. */
export type TagOf = (client: Client) => number;

export interface SharedViewsOptions {
  world: WorldState;
  tagOf: TagOf;
  /** Twins reach clients by views only; else only who may see more than others needs one. */
  viewed: boolean;
  /** Called with a view of the game's which several clients have, when it shows them something else. */
  changed(view: StateView): void;
}

interface Shared {
  readonly view: StateView;
  /** What all who have it may see. */
  tag: number;
  /** By session, with the rights of each. */
  readonly sessions: Map<string, number>;
}

export class SharedViews implements Views {
  readonly #options: SharedViewsOptions;
  readonly #adder = new TwinAdder();
  /** By right, and those that the game made by themselves. */
  readonly #shared = new Map<number | StateView, Shared>();

  constructor(options: SharedViewsOptions) {
    this.#options = options;
  }

  join(client: Client): void {
    const tag = this.#options.tagOf(client);
    const games = gameView(client);
    if (!games && tag === 0 && !this.#options.viewed) {
      return;
    }
    const shared = this.#shared.get(games ?? tag) ?? this.#open(games, tag);
    shared.sessions.set(client.sessionId, tag);
    client.view = shared.view;
    if (games) {
      this.#fit(shared);
    }
  }

  leave(client: Client): boolean {
    // Colyseus forgets it, and the next view with its number would see what it saw.
    return this.#part(client, ({ view }) => view.dispose());
  }

  rightsChanged(client: Client): void {
    this.#part(client, (shared) => this.#empty(shared));
    if (!gameView(client)) {
      delete client.view;
    }
    this.join(client);
  }

  /** For clients that have them other views come: what the game made stays, without twins. */
  end(): void {
    for (const shared of this.#shared.values()) {
      this.#empty(shared);
    }
    this.#shared.clear();
  }

  #empty(shared: Shared): void {
    if (gameView(shared)) {
      this.#adder.takeOut(shared, this.#options.world);
    } else {
      shared.view.dispose();
    }
  }

  /** For each client that has one of these: which. */
  *held(): Iterable<{ view: StateView }> {
    for (const shared of this.#shared.values()) {
      yield* Array.from(shared.sessions, () => shared);
    }
  }

  added(_id: string, twin: TwinState): void {
    for (const shared of this.#filled()) {
      this.#adder.add(shared, twin);
    }
  }

  removing(_id: string, twin: TwinState): void {
    for (const { view } of this.#filled()) {
      view.remove(twin);
    }
  }

  patched(): void {
    this.#adder.patched();
  }

  close(): void {
    for (const { view } of this.#shared.values()) {
      view.dispose();
    }
    this.#shared.clear();
  }

  *#filled(): Iterable<Shared> {
    for (const shared of this.#shared.values()) {
      if (this.#isFilled(shared)) {
        yield shared;
      }
    }
  }

  /** Else who has it sees twins without it. */
  #isFilled({ tag }: Shared): boolean {
    return tag !== 0 || this.#options.viewed;
  }

  #open(games: StateView | undefined, tag: number): Shared {
    const shared = { view: games ?? newView(), tag, sessions: new Map<string, number>() };
    this.#shared.set(games ?? tag, shared);
    showMap(shared.view, this.#options.world);
    this.#fill(shared);
    return shared;
  }

  #fill(shared: Shared): void {
    for (const twin of this.#isFilled(shared) ? this.#options.world.twins.values() : []) {
      this.#adder.add(shared, twin);
    }
  }

  /** `last`: nobody has it any more. True: it was the client's view. */
  #part(client: Client, last: (shared: Shared) => void): boolean {
    let had = false;
    for (const [key, shared] of this.#shared) {
      if (shared.sessions.delete(client.sessionId)) {
        had ||= shared.view === client.view;
        if (shared.sessions.size > 0) {
          this.#fit(shared);
        } else {
          this.#shared.delete(key);
          this.#adder.forget(shared);
          last(shared);
        }
      }
    }
    return had;
  }

  /** Who has a view of the game's came or went: it shows what all that have it may see, and so nobody more than he may. */
  #fit(shared: Shared): void {
    const tag = [...shared.sessions.values()].reduce((all, one) => all & one);
    if (tag !== shared.tag) {
      this.#adder.takeOut(shared, this.#options.world);
      shared.tag = tag;
      this.#fill(shared);
      this.#options.changed(shared.view);
    }
  }
}
