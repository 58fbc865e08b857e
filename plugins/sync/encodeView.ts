/**
 * `Encoder.encodeView` without its defect (schema 5): it makes room for BUFFER_SIZE bytes before each object that came into
 * the view, writes what is longer past the end of its buffer, where it is lost, and has forgotten the changes by then. Used
 * by TwinSerializer and FullStates.
 */
import type { Encoder, StateView } from "@colyseus/schema";
import { joined, NOTHING } from "./frames.ts";
import { type ChangeList, NO_CHANGES, type OpenView, withChanges } from "./internals.ts";

interface OpenEncoder {
  sharedBuffer: Uint8Array;
  ensureCapacity(buffer: Uint8Array, offset: number): Uint8Array;
}
interface Watch {
  /** The end of the buffer that is written to. */
  end: number;
  isCut: boolean;
}

const watches = new WeakMap<Encoder, Watch>();

/** What came into the view and left it, and behind it what changed there; `others`: of these changes instead of all. */
export function encodeView(encoder: Encoder, view: StateView, others: ChangeList | undefined): Uint8Array {
  const moved = encodeMoves(encoder, view);
  const changed = withChanges(encoder, others, () => encoder.encodeView(view, 0, { offset: 0 }));
  return moved.length > 0 ? joined(moved, changed) : changed;
}

/** What came into the view and left it. */
export function encodeMoves(encoder: Encoder, view: StateView): Uint8Array {
  const { changes } = view as unknown as OpenView;
  if (changes.size === 0) {
    return NOTHING;
  }
  const open = encoder as unknown as OpenEncoder;
  const kept = [...changes];
  const watch = watches.get(encoder) ?? newWatch(encoder, open);
  for (;;) {
    const it = { offset: 0 };
    Object.assign(watch, { end: open.sharedBuffer.length, isCut: false });
    const bytes = withChanges(encoder, NO_CHANGES, () => encoder.encodeView(view, 0, it));
    if (!watch.isCut && it.offset <= watch.end) {
      return bytes;
    }
    open.sharedBuffer = new Uint8Array(2 * it.offset);
    for (const [id, change] of kept) {
      changes.set(id, change);
    }
  }
}

function newWatch(encoder: Encoder, open: OpenEncoder): Watch {
  const watch = { end: 0, isCut: false };
  const ensureCapacity = open.ensureCapacity.bind(open);
  open.ensureCapacity = (buffer, offset) => {
    watch.isCut ||= offset > buffer.length;
    const enough = ensureCapacity(buffer, offset);
    watch.end = enough.length;
    return enough;
  };
  watches.set(encoder, watch);
  return watch;
}
