/**
 * Adds twins to the views of clients. Rights to single fields of a twin that no patch has told of yet follow after the
 * patch: Colyseus 0.18 would tell of its components' fields before it tells of the components.
 */
import { $changes, StateView } from "@colyseus/schema";
import type { TwinState, WorldState } from "../../src/schema/states.ts";
import type { ChangeTree, OpenView } from "./internals.ts";

/** Who gets to see it: `tag` are the roles whose fields the view shows, 0 for what everybody sees. */
interface Viewer {
  readonly view: StateView;
  readonly tag: number;
}

export class TwinAdder {
  #later: [Viewer, TwinState][] = [];

  add(viewer: Viewer, twin: TwinState): void {
    const { view, tag } = viewer;
    if (tag === 0) {
      view.add(twin);
    } else if (treeOf(twin)?.isNew) {
      view.add(twin);
      this.#later.push([viewer, twin]);
    } else {
      view.add(twin, tag);
    }
  }

  /** Tells the whole twin once more; a tagged add of what is seen already would tell of the tagged fields only. */
  addAgain(viewer: Viewer, twin: TwinState): void {
    viewer.view.add(twin);
    if (viewer.tag !== 0) {
      this.add(viewer, twin);
    }
  }

  /** After a patch. */
  patched(): void {
    const later = this.#later;
    this.#later = [];
    for (const [{ view, tag }, twin] of later) {
      const tree = treeOf(twin);
      if (tree?.root && (view as unknown as OpenView).isVisible(tree)) {
        view.add(twin, tag);
      }
    }
  }
}

/** A view that sees no twin yet, but the empty map in which they will be: clients count on `world.twins`. */
export function newView(world: WorldState): StateView {
  const view = new StateView();
  const tree = treeOf(world);
  if (tree?.root) {
    const open = view as unknown as OpenView;
    open._bindRoot(tree.root);
    open.markVisible(tree);
  }
  return view;
}

function treeOf(ref: object): ChangeTree | undefined {
  return (ref as Record<symbol, ChangeTree | undefined>)[$changes];
}
