/**
 * Sends one buffer to many WebSocket clients as one prepared frame: header and payload are put together once, and each
 * client costs one socket write, or two where there is too much to be copied. Where several get it, it is the compressed
 * one, if both sides agreed on that: packed once for all of them; what only some get (`forSome`) if they are a crowd, since
 * there are many such patches at a time. Full states come in parts, plain and packed.
 * For what `ws` cannot take this way (another transport, compression of its own) the usual send.
 */
import type { Line } from "./Line.ts";
import { FLUSH_END, LEAST_PACKED, MOST_PACKED, pack } from "./packing.ts";

/** A message in several buffers, so that what many get is not copied for each of them. */
export interface Parts {
  readonly plain: readonly [Uint8Array, ...Uint8Array[]];
  readonly packed: readonly [Uint8Array, ...Uint8Array[]] | undefined;
}
/** How a client takes them. */
export type PartsTaken = "plain" | "packed";

const BINARY_FIN = 0x82;
/** RSV1: the payload is compressed (RFC 7692, 6). */
const PACKED = 0x40;
/** Bytes: more is not copied behind its header. */
const MOST_COPIED = 64 * 1024;

/** So many have to get a patch that is not for all, or it costs more to pack it than to send it as it is. */
const CROWD = 8;

/** The same message as frames, in pieces. */
interface Frames {
  plain: Uint8Array[] | undefined;
  packed: Uint8Array[] | undefined;
  readonly mayBePacked: boolean;
}
/** Of what some get, and others get something else in between. */
const framesOfSome = new WeakMap<Uint8Array, Frames>();

/** Before it is sent: it is for this many clients; absent: for many. Of a short one a frame is made as soon as it is found. */
export function forSome(data: Uint8Array, clients = Number.POSITIVE_INFINITY): void {
  if (clients > 1 && data.length >= LEAST_PACKED) {
    framesOfSome.set(data, newFrames(clients >= CROWD));
  }
}

const partsOf = new WeakMap<Uint8Array, Parts>();

/** To be sent in the place of the parts, to a client that takes them; for any other: `wholeOf`. */
export function inParts(parts: Parts): Uint8Array {
  const first = parts.plain[0].subarray(); // of its own, though others get the same bytes
  partsOf.set(first, parts);
  return first;
}

/** In one piece. */
export function wholeOf(data: Uint8Array): Uint8Array {
  const parts = partsOf.get(data);
  return parts ? Buffer.concat(parts.plain) : data;
}

/** Bytes, not packed. */
export function lengthOf(data: Uint8Array): number {
  return partsOf.get(data)?.plain.reduce((sum, part) => sum + part.length, 0) ?? data.length;
}

export class PreparedFrames {
  #data: Uint8Array | undefined;
  #parts: Parts | undefined;
  #frames = newFrames(true);

  /** Puts the frames on the line; false: not now. Several get the same data one after the other. */
  send(line: Line, data: Uint8Array): boolean {
    if (!line.isOpen) {
      return false;
    }
    this.#take(data);
    if (this.#parts) {
      sendParts(line, this.#parts);
    } else {
      const { plain, mayBePacked } = this.#frames; // plain to who is first: he may be the only one
      const packs = plain !== undefined && mayBePacked && line.takesPacked && isPackable(data);
      line.put(packs ? this.#packed(data) : this.#plain(data));
    }
    return true;
  }

  /** A message that everybody gets, to those of the lines that are next. */
  sendNext(lines: readonly (Line | undefined)[], data: Uint8Array): void {
    this.#take(data);
    const packs = isPackable(data) && lines.filter((line) => line?.isNext && line.takesPacked).length > 1;
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i];
      if (line?.isNext) {
        line.isNext = false;
        const pieces = packs && line.takesPacked ? this.#packed(data) : this.#plain(data);
        if (pieces.length === 1) {
          line.write(pieces[0] as Uint8Array);
        } else {
          line.put(pieces);
        }
      }
    }
  }

  #take(data: Uint8Array): void {
    if (this.#data !== data) {
      this.#data = data;
      this.#parts = partsOf.get(data);
      this.#frames = framesOfSome.get(data) ?? newFrames(true);
    }
  }

  #plain(data: Uint8Array): Uint8Array[] {
    this.#frames.plain ??= frameOf(data, BINARY_FIN);
    return this.#frames.plain;
  }

  #packed(data: Uint8Array): Uint8Array[] {
    this.#frames.packed ??= frameOf(pack(data).subarray(0, -FLUSH_END), BINARY_FIN | PACKED);
    return this.#frames.packed;
  }
}

function isPackable({ length }: Uint8Array): boolean {
  return length >= LEAST_PACKED && length <= MOST_PACKED;
}

function newFrames(mayBePacked: boolean): Frames {
  return { plain: undefined, packed: undefined, mayBePacked };
}

function sendParts(line: Line, parts: Parts): void {
  const packed = line.takesPacked ? parts.packed : undefined;
  const [first, ...others] = packed ?? parts.plain;
  const length = others.reduce((sum, part) => sum + part.length, first.length);
  line.put([headOf(length, packed ? BINARY_FIN | PACKED : BINARY_FIN), first]);
  for (const part of others) {
    line.put([part]);
  }
}

function frameOf(data: Uint8Array, kind: number): Uint8Array[] {
  const head = headOf(data.length, kind);
  if (data.length > MOST_COPIED) {
    return [head, data];
  }
  const frame = Buffer.allocUnsafeSlow(head.length + data.length);
  frame.set(head);
  frame.set(data, head.length);
  return [frame];
}

/** RFC 6455, 5.2: of a whole frame of a server, so not masked. */
function headOf(length: number, kind: number): Buffer {
  if (length < 126) {
    return Buffer.of(kind, length);
  }
  if (length < 65_536) {
    return Buffer.of(kind, 126, length >> 8, length & 255);
  }
  const head = Buffer.alloc(10);
  head[0] = kind;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
