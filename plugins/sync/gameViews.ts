/**
 * Whose a client's view is: ours, or the game's, which has things of its own in it. What the game made is filled with twins
 * and is never thrown away while its client is there. Asked by SharedViews and NearViews.
 */
import { StateView } from "@colyseus/schema";
import type { WorldState } from "../../src/schema/states.ts";
import { type OpenView, treeOf } from "./internals.ts";

const ours = new WeakSet<StateView>();

/** One of ours, that sees nothing yet. */
export function newView(): StateView {
  const view = new StateView();
  ours.add(view);
  return view;
}

/** The view that the game gave this client. */
export function gameView({ view }: { readonly view?: StateView | undefined }): StateView | undefined {
  return view && !ours.has(view) ? view : undefined;
}

/** The client's view; undefined where it was one of ours, and is disposed of. */
export function liveView({ view }: { readonly view?: StateView | undefined }): StateView | undefined {
  return view && ours.has(view) && view.id === -1 ? undefined : view;
}

/** For large rooms. What is near is another thing for each client: a view of several would be wrong for all of them. */
export function assertUnshared(clients: Iterable<{ readonly view?: StateView | undefined }>): void {
  const views = Array.from(clients, gameView).filter((view) => view !== undefined);
  if (new Set(views).size < views.length) {
    throw new Error("In a large room each client needs a view of its own; the game gave one to several clients.");
  }
}

/** Shows the map in which twins will be, as empty as it is: clients count on `world.twins`. */
export function showMap(view: StateView, world: WorldState): void {
  const tree = treeOf(world);
  if (tree?.root) {
    const open = view as unknown as OpenView;
    open._bindRoot(tree.root);
    open.markVisible(tree);
  }
}
