/**
 * Shows all twins of a room to all its clients where that needs views: in a world whose twins are filtered although it is
 * small, and where properties are for some roles only. Clients that may see the same share one view, so what they get is
 * encoded once.
 */
import type { Client } from "@colyseus/core";
import { $changes, StateView } from "@colyseus/schema";
import type { TwinState, WorldState } from "../../src/schema/TwinSchemas.ts";
import type { ChangeTree, OpenView } from "./internals.ts";

/** How clients of a room come to see twins. */
export interface Views {
  join(client: Client): void;
  leave(client: Client): void;
  added(id: string, twin: TwinState): void;
  /** Before it leaves the state. */
  removing(id: string, twin: TwinState): void;
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
  readonly #shared = new Map<string, Shared>();

  constructor(world: WorldState, tagOf: TagOf) {
    this.#world = world;
    this.#tagOf = tagOf;
  }

  /** A view that the game gave the client is kept, and filled. */
  join(client: Client): void {
    const tag = this.#tagOf(client);
    const key = client.view ? client.sessionId : String(tag);
    const shared = this.#shared.get(key) ?? this.#open(key, client.view ?? newView(this.#world), tag);
    shared.sessions.add(client.sessionId);
    client.view = shared.view;
  }

  leave(client: Client): void {
    for (const [key, { view, sessions }] of this.#shared) {
      if (sessions.delete(client.sessionId) && sessions.size === 0) {
        this.#shared.delete(key);
        view.dispose(); // Colyseus forgets it, and the next view with its number would see what it saw
      }
    }
  }

  added(_id: string, twin: TwinState): void {
    for (const shared of this.#shared.values()) {
      add(shared, twin);
    }
  }

  removing(_id: string, twin: TwinState): void {
    for (const { view } of this.#shared.values()) {
      view.remove(twin);
    }
  }

  #open(key: string, view: StateView, tag: number): Shared {
    const shared = { view, tag, sessions: new Set<string>() };
    this.#shared.set(key, shared);
    for (const twin of this.#world.twins.values()) {
      add(shared, twin);
    }
    return shared;
  }
}

/** A view that sees no twin yet, but the empty map in which they will be: clients count on `world.twins`. */
export function newView(world: WorldState): StateView {
  const view = new StateView();
  const tree = (world as unknown as Record<symbol, ChangeTree>)[$changes];
  if (tree?.root) {
    const open = view as unknown as OpenView;
    open._bindRoot(tree.root);
    open.markVisible(tree);
  }
  return view;
}

export function add({ view, tag }: { view: StateView; tag: number }, twin: TwinState): void {
  if (tag === 0) {
    view.add(twin);
  } else {
    view.add(twin, tag);
  }
}
