/**
 * Sends one buffer to many WebSocket clients as one prepared frame: header and payload are put together once, and each
 * client costs one socket write, or two where there is too much to be copied. From the second client on it is the
 * compressed one, if both sides agreed on that: packed once for all of them; what only some get (`forSome`) if they are a
 * crowd, since there are many such patches at a time. Full states come in parts, plain and packed.
 * For what `ws` cannot take this way (another transport, compression of its own) the usual send.
 */
import { directWriter } from "./directWriter.ts";
import type { OpenClient } from "./internals.ts";
import { compressionOf, FLUSH_END, LEAST_PACKED, MOST_PACKED, pack } from "./packing.ts";

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

/** The same message as frames. */
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
    framesOfSome.set(data, { plain: undefined, packed: undefined, mayBePacked: clients >= CROWD });
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

/** On a client's socket, as they are. */
type Put = (buffers: Uint8Array[]) => void;

export class PreparedFrames {
  #data: Uint8Array | undefined;
  #frames: Frames = { plain: undefined, packed: undefined, mayBePacked: true };

  /** Puts the frames on the client's connection; undefined: it cannot take them, which does not change while it is open. */
  sender(client: OpenClient): ((data: Uint8Array) => boolean) | undefined {
    const { ref } = client;
    const sender = ref._sender;
    const compression = compressionOf(client);
    if (typeof sender?.sendFrame !== "function" || compression === "of its own") {
      return undefined;
    }
    const mayBePacked = compression === "once";
    const direct = directWriter(sender._socket);
    const put: Put = (buffers) => {
      const [only] = buffers;
      if (!(direct && only) || buffers.length > 1) {
        sender.sendFrame(buffers);
        return;
      }
      const written = direct(only);
      if (written < only.length) {
        sender.sendFrame([only.subarray(written)]);
      }
    };
    return (data) => {
      if (sender._state !== 0 || ref.readyState !== 1) {
        return false; // not now: it is closing, or something else is on its way through `ws`
      }
      const parts = partsOf.get(data);
      if (parts) {
        sendParts(put, parts, mayBePacked);
      } else {
        put(this.#frameOf(data, mayBePacked));
      }
      return true;
    };
  }

  #frameOf(data: Uint8Array, mayBePacked: boolean): Uint8Array[] {
    if (this.#data !== data) {
      this.#data = data;
      this.#frames = framesOfSome.get(data) ?? { plain: undefined, packed: undefined, mayBePacked: true };
    }
    const frames = this.#frames;
    const isFirst = frames.plain === undefined;
    if (isFirst || !(mayBePacked && frames.mayBePacked) || data.length < LEAST_PACKED || data.length > MOST_PACKED) {
      frames.plain ??= frameOf(data, BINARY_FIN);
      return frames.plain;
    }
    frames.packed ??= frameOf(pack(data).subarray(0, -FLUSH_END), BINARY_FIN | PACKED);
    return frames.packed;
  }
}

function sendParts(put: Put, parts: Parts, mayBePacked: boolean): void {
  const packed = mayBePacked ? parts.packed : undefined;
  const [first, ...others] = packed ?? parts.plain;
  const length = others.reduce((sum, part) => sum + part.length, first.length);
  put([headOf(length, packed ? BINARY_FIN | PACKED : BINARY_FIN), first]);
  for (const part of others) {
    put([part]);
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
