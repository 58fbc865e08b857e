/** Frames are put together here: of pieces, and with the room's clock in front. */
import { ProtocolModifier } from "@colyseus/core";
import { encode } from "@colyseus/schema";
import type { OpenClient } from "./internals.ts";

export const NOTHING = new Uint8Array(0);
/** A frame that begins with the room's clock and the client's acknowledged input: rooms with `defineInput`. */
const { TIMED } = ProtocolModifier;
const TIMED_HEADER = 9;

export type Timing = { sNow: number } | undefined;

/** Bytes that lie elsewhere. */
export interface Piece {
  readonly length: number;
  /** Answers where it ends there. */
  copyTo(all: Uint8Array, at: number): number;
}
const NO_PIECES: readonly Piece[] = [];
/** Below, bytes are copied one by one: a call to the engine costs more. */
const SHORT = 64;

/** Two parts, and so many pieces behind them. */
export function joined(first: Uint8Array, second: Uint8Array, pieces = NO_PIECES, count = pieces.length): Uint8Array {
  let length = first.length + second.length;
  for (let i = 0; i < count; i++) {
    length += (pieces[i] as Piece).length;
  }
  const all = length > SHORT ? Buffer.allocUnsafe(length) : new Uint8Array(length);
  let at = copy(first, 0, first.length, all, 0);
  at = copy(second, 0, second.length, all, at);
  for (let i = 0; i < count; i++) {
    at = (pieces[i] as Piece).copyTo(all, at);
  }
  return all;
}

/** Answers where it ends there. */
export function copy(data: Uint8Array, from: number, to: number, into: Uint8Array, at: number): number {
  if (to - from > SHORT) {
    into.set(data.subarray(from, to), at);
    return at + to - from;
  }
  let next = at;
  for (let i = from; i < to; i++) {
    into[next++] = data[i] as number;
  }
  return next;
}

export function timed(frame: Uint8Array, client: OpenClient | undefined, timing: Timing): Uint8Array {
  if (!timing || !client) {
    return frame;
  }
  const out = new Uint8Array(frame.length - 1 + TIMED_HEADER);
  const it = { offset: 1 };
  out[0] = (frame[0] ?? 0) | TIMED;
  encode.uint32(out, timing.sNow >>> 0, it);
  encode.uint32(out, (client._inputBuffer?.ackSeq ?? 0) >>> 0, it);
  out.set(frame.subarray(1), it.offset);
  return out;
}
