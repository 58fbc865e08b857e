/**
 * Shows all twins of a room to all its clients where that needs views: in a world whose twins are filtered although it is
 * small, and where properties are for some roles only. Clients that may see the same share one view, so what they get is
 * encoded once.
 */
import type { Client } from "@colyseus/core";
import type { StateView } from "@colyseus/schema";
import type { TwinState, WorldState } from "../../src/schema/states.ts";
import { newView, TwinAdder } from "./TwinAdder.ts";

/** How clients of a room come to see twins. */
export interface Views {
  join(client: Client): void;
  /** For good. False: the client's view, if it has one, is none of these. */
  leave(client: Client): boolean;
  added(id: string, twin: TwinState): void;
  /** Before it leaves the state. */
  removing(id: string, twin: TwinState): void;
  /** After a patch. */
  patched(): void;
}

/** A client's right to fields for some roles only, as tag of schema fields; 0: none. */
export type TagOf = (client: Client) => number;

interface Shared {
  readonly view: StateView;
  readonly tag: number;
  readonly sessions: Set<string>;
}

export class SharedViews implements Views {
  readonly #world: WorldState;
  readonly #tagOf: TagOf;
  readonly #viewed: boolean;
  readonly #adder = new TwinAdder();
  readonly #shared = new Map<string, Shared>();

  /** `viewed`: twins reach clients by views only; else only who may see more than others needs one. */
  constructor(world: WorldState, tagOf: TagOf, viewed: boolean) {
    this.#world = world;
    this.#tagOf = tagOf;
    this.#viewed = viewed;
  }

  /** A view that the game gave the client is kept, and filled. */
  join(client: Client): void {
    const tag = this.#tagOf(client);
    if (tag === 0 && !this.#viewed) {
      return;
    }
    const key = client.view ? client.sessionId : String(tag);
    const shared = this.#shared.get(key) ?? this.#open(key, client.view ?? newView(this.#world), tag);
    shared.sessions.add(client.sessionId);
    client.view = shared.view;
  }

  leave(client: Client): boolean {
    for (const [key, { view, sessions }] of this.#shared) {
      if (sessions.delete(client.sessionId)) {
        if (sessions.size === 0) {
          this.#shared.delete(key);
          view.dispose(); // Colyseus forgets it, and the next view with its number would see what it saw
        }
        return true;
      }
    }
    return false;
  }

  added(_id: string, twin: TwinState): void {
    for (const shared of this.#shared.values()) {
      this.#adder.add(shared, twin);
    }
  }

  removing(_id: string, twin: TwinState): void {
    for (const { view } of this.#shared.values()) {
      view.remove(twin);
    }
  }

  patched(): void {
    this.#adder.patched();
  }

  #open(key: string, view: StateView, tag: number): Shared {
    const shared = { view, tag, sessions: new Set<string>() };
    this.#shared.set(key, shared);
    for (const twin of this.#world.twins.values()) {
      this.#adder.add(shared, twin);
    }
    return shared;
  }
}
