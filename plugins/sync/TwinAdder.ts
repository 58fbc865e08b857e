/**
 * Adds twins to the views of clients, and takes them out of views that stay. Rights to single fields of a twin that no patch
 * has told of yet follow after the patch: Colyseus 0.18 would tell of its components' fields before it tells of the
 * components.
 */
import { $refId, $values, type StateView } from "@colyseus/schema";
import type { TwinState, WorldState } from "../../src/schema/states.ts";
import { type ChangeTree, type OpenView, treeOf } from "./internals.ts";

/** Who gets to see it: `tag` are the roles whose fields the view shows, 0 for what everybody sees. */
interface Viewer {
  readonly view: StateView;
  readonly tag: number;
}

export class TwinAdder {
  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: else the engine would leave out what #readAhead reads.
  #read = 0;
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

  /** Tells whole twins once more; a tagged add of what is seen already would tell of the tagged fields only. */
  addAgain(viewer: Viewer, twins: readonly TwinState[]): void {
    this.#readAhead(twins);
    for (const twin of twins) {
      viewer.view.add(twin);
      if (viewer.tag !== 0) {
        this.add(viewer, twin);
      }
    }
  }

  /**
   * Takes all twins out of a view that stays, for who gets a full state next: nothing is told. Also those that it does not
   * show now: `view.remove` leaves rights behind, and the next `view.add` would show what they were for.
   */
  takeOut(viewer: Viewer, { twins }: WorldState): void {
    this.forget(viewer);
    const { view } = viewer;
    const tree = treeOf(twins);
    if (!tree || view.id === -1) {
      return; // nothing was ever in it, or the game has disposed of it and its number may be another's
    }
    (view as unknown as OpenView).changes.delete(tree.ref[$refId] ?? 0);
    tree.forEachChild((twin) => hide(view as unknown as OpenView, twin));
    if (view.iterable) {
      const all = new Set<object>(twins.values());
      view.items.splice(0, Number.POSITIVE_INFINITY, ...view.items.filter((item) => !all.has(item)));
    }
  }

  /** Rights that have not come yet come no more. */
  forget(viewer: Viewer): void {
    this.#later = this.#later.filter(([one]) => one !== viewer);
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

  /**
   * Of all twins what is read when they are added and then encoded: there these would be waits for memory one after the
   * other, here they overlap (who joins a world of 100,000 twins and sees 200: 1.0 instead of 1.2 ms).
   */
  #readAhead(twins: readonly TwinState[]): void {
    let read = 0;
    for (const twin of twins) {
      read += treeOf(twin)?.visibleViews?.length ?? 0;
      const { [$values]: values } = twin as unknown as { readonly [$values]: readonly unknown[] };
      for (let at = 0; at < values.length; at++) {
        const value = values[at];
        read += typeof value === "number" ? value : typeof value === "string" ? value.length : 0;
      }
    }
    this.#read = read;
  }
}

function hide(view: OpenView, tree: ChangeTree): void {
  if (tree.visibleViews === undefined) {
    return; // no view ever showed it, or anything in it; in a large world that is most
  }
  view.unmarkVisible(tree);
  view.removeAllTagsOnTree(tree);
  view.changes.delete(tree.ref[$refId] ?? 0);
  tree.forEachChild((child) => hide(view, child));
}
