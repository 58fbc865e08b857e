/**
 * Compression of what several clients get: once for all of them. PreparedFrames packs patches, GrowingState full states.
 *
 * Every piece refers to nothing before itself and ends with a flush (RFC 1951, 3.2.4), so pieces in a row are one message,
 * whoever gets it (RFC 7692, 7.1.1: no context takeover).
 */
import { constants, createDeflateRaw, deflateRaw, deflateRawSync } from "node:zlib";
import type { OpenClient, OpenDeflate } from "./internals.ts";

/**
 * For `perMessageDeflate` of Colyseus' WebSocketTransport: what a room sends to several clients at once is compressed once
 * for all of them, and nothing else is. Each message is then for itself, and `ws` never compresses, which it would do for
 * each client anew.
 */
export const COMPRESS_ONCE = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  threshold: Number.POSITIVE_INFINITY,
} as const;

/** Bytes: less is not worth it, and more would hold up the event loop (1.4 MB for 15 ms). */
export const LEAST_PACKED = 512;
export const MOST_PACKED = 128 * 1024;
const WINDOW_BITS = 13;
const PACKING = {
  level: 1,
  windowBits: WINDOW_BITS,
  memLevel: 7,
  chunkSize: 16 * 1024,
  finishFlush: constants.Z_SYNC_FLUSH,
};
/** A flush ends with these bytes, which the last piece of a message leaves out (RFC 7692, 7.2.1). */
export const FLUSH_END = 4;
/** The head of a stored block, and the bytes that fit into one (RFC 1951, 3.2.4). */
const STORED_HEAD = 5;
const MOST_STORED = 65_535;

/** How a client's messages may be compressed, as agreed on when it connected. */
export function compressionOf({ ref }: OpenClient): "none" | "once" | "of its own" {
  const { "permessage-deflate": deflate, ...others } = ref._extensions ?? {};
  if (Object.keys(others).length > 0) {
    return "of its own";
  }
  if (deflate === undefined) {
    return "none";
  }
  const { server_no_context_takeover: isAlone, server_max_window_bits: bits = WINDOW_BITS } = deflate.params;
  return isAlone === true && Number(bits) >= WINDOW_BITS ? "once" : "of its own";
}

/** A piece with its flush. */
export function pack(data: Uint8Array): Buffer {
  packer ??= new Packer();
  return packer.pack(data) ?? deflateRawSync(data, PACKING);
}

/** Made by the first who needs it. */
let packer: Packer | undefined;

/**
 * One compressor for all pieces. Node makes one for each call, which costs as much as to compress a patch: a stream with its
 * listeners, and 64 KB that are zeroed (ADR 6, decision 13).
 */
class Packer {
  readonly #deflate = createDeflateRaw(PACKING).on("error", () => undefined) as unknown as OpenDeflate; // it then has no handle
  /** Larger than what the largest piece becomes at the worst (zlib's deflateBound: an eighth more). */
  readonly #out = Buffer.allocUnsafeSlow(MOST_PACKED + MOST_PACKED / 4);

  /** undefined: it is too large, or this runtime's compressor is made otherwise. */
  pack(data: Uint8Array): Buffer | undefined {
    const { _handle: handle, _writeState: left } = this.#deflate;
    if (data.length > MOST_PACKED || !left || typeof handle?.writeSync !== "function") {
      return undefined;
    }
    const out = this.#out;
    this.#deflate.reset();
    left[0] = 0; // as it stays where the write fails
    handle.writeSync(constants.Z_SYNC_FLUSH, data, 0, data.length, out, 0, out.length);
    const [unused = 0, unread = 0] = left;
    return unread === 0 && unused > 0 ? Buffer.from(out.subarray(0, out.length - unused)) : undefined;
  }
}

/** The same on another thread. `data` has to stay as it is. undefined: it failed. */
export function packAside(data: Uint8Array, done: (piece: Buffer | undefined) => void): void {
  deflateRaw(data, PACKING, (error, piece) => done(error ? undefined : piece));
}

/** The last piece of a message, not compressed and without its flush's end: cheaper for little than a call to zlib. */
export function stored(data: Uint8Array): Uint8Array {
  const blocks = Math.ceil(data.length / MOST_STORED);
  const piece = new Uint8Array(data.length + blocks * STORED_HEAD + 1);
  let at = 0;
  for (let from = 0; from < data.length; from += MOST_STORED) {
    const block = data.subarray(from, from + MOST_STORED);
    piece.set([0, block.length & 255, block.length >> 8, ~block.length & 255, (~block.length >> 8) & 255], at);
    piece.set(block, at + STORED_HEAD);
    at += STORED_HEAD + block.length;
  }
  return piece;
}
