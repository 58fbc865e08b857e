/**
 * A patch that clears every field which is empty now, or which the client may not see any more. Goes after a full state to a
 * client that had a state before: full states name what there is, and Colyseus' reconciliation removes entries of collections
 * only, so a field that was cleared meanwhile would keep its old value there.
 */
import { Protocol } from "@colyseus/core";
import { $refId, type Encoder, encode, OPERATION, type StateView } from "@colyseus/schema";
import { type ChangeTree, type OpenView, SWITCH_TO_STRUCTURE } from "./internals.ts";

/** Of one structure: its head, and a byte for each of 63 fields. */
const MOST = 72;

/** undefined: there is nothing to clear. */
export function clearedFields(encoder: Encoder, view: StateView | undefined): Uint8Array | undefined {
  let bytes = Buffer.alloc(4096);
  const it = { offset: 1 };
  bytes[0] = Protocol.ROOM_STATE_PATCH;
  for (const tree of Object.values(encoder.root.changeTrees) as unknown as ChangeTree[]) {
    if (isSeen(tree, view)) {
      bytes = it.offset + MOST > bytes.length ? Buffer.concat([bytes, Buffer.alloc(bytes.length)]) : bytes;
      clear(tree, view, bytes, it);
    }
  }
  return it.offset > 1 ? bytes.subarray(0, it.offset) : undefined;
}

function isSeen(tree: ChangeTree, view: StateView | undefined): boolean {
  return (
    tree.encDescriptor.isSchema &&
    (!tree.isFiltered || (view as unknown as OpenView | undefined)?.isVisible(tree) === true)
  );
}

function clear(tree: ChangeTree, view: StateView | undefined, bytes: Buffer, it: { offset: number }): void {
  let named = false;
  const { names, tags } = tree.encDescriptor;
  for (let index = 0; index < names.length; index++) {
    const isEmpty = (tree.ref as unknown as Record<string, unknown>)[names[index] ?? ""] === undefined;
    if (isEmpty || isHidden(tree, tags[index], view)) {
      if (!named) {
        bytes[it.offset++] = SWITCH_TO_STRUCTURE;
        encode.number(bytes, tree.ref[$refId] ?? 0, it);
        named = true;
      }
      bytes[it.offset++] = OPERATION.DELETE | index;
    }
  }
}

/** Only those see it who have a right that this client has not. */
function isHidden(tree: ChangeTree, tag: number | undefined, view: StateView | undefined): boolean {
  const isForSome = tag !== undefined && tag > 0; // below: for all who see the object
  return isForSome && (view as unknown as OpenView | undefined)?.hasTagOnTree(tree, tag) !== true;
}
