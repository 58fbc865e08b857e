/**
 * Sends one buffer to many WebSocket clients as one prepared frame: header and payload are put together once, and each
 * client costs one socket write. From the second client on it is the compressed one, if both sides agreed on that: packed
 * once for all of them. For what `ws` cannot take this way (another transport, compression of its own) the usual send.
 */
import { constants, deflateRawSync } from "node:zlib";
import type { OpenClient, Socket } from "./internals.ts";

/**
 * For `perMessageDeflate` of Colyseus' WebSocketTransport: what a room sends to several clients at once is compressed once
 * for all of them, and nothing else is. Each message is then for itself (RFC 7692, 7.1.1: no context takeover), and `ws`
 * never compresses, which it would do for each client anew.
 */
export const COMPRESS_ONCE = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  threshold: Number.POSITIVE_INFINITY,
} as const;

/** Bytes: less is not worth it, and more would hold up the event loop (a full state of 1.4 MB for 15 ms). */
const LEAST = 512;
const MOST = 128 * 1024;
const WINDOW_BITS = 13;
const PACKING = {
  level: 1,
  windowBits: WINDOW_BITS,
  memLevel: 7,
  chunkSize: 64 * 1024,
  finishFlush: constants.Z_SYNC_FLUSH,
};
/** The end of a flush, which is not sent (RFC 7692, 7.2.1). */
const TAIL = 4;

const BINARY_FIN = 0x82;
/** RSV1: the payload is compressed (RFC 7692, 6). */
const PACKED = 0x40;

export class PreparedFrames {
  #data: Uint8Array | undefined;
  #plain: Buffer[] = [];
  #packed: Buffer[] | undefined;

  /** Puts the frames on the client's connection; undefined: it cannot take them, which does not change while it is open. */
  sender({ ref }: OpenClient): ((data: Uint8Array) => boolean) | undefined {
    const sender = ref._sender;
    const compression = compressionOf(ref);
    if (typeof sender?.sendFrame !== "function" || compression === "of its own") {
      return undefined;
    }
    return (data) => {
      if (sender._state !== 0 || ref.readyState !== 1) {
        return false; // not now: it is closing, or something else is on its way through `ws`
      }
      sender.sendFrame(this.#frameOf(data, compression === "once"));
      return true;
    };
  }

  #frameOf(data: Uint8Array, mayBePacked: boolean): Buffer[] {
    if (this.#data !== data) {
      this.#data = data;
      this.#plain = [frameOf(data, BINARY_FIN)];
      this.#packed = undefined;
      return this.#plain;
    }
    if (!mayBePacked || data.length < LEAST || data.length > MOST) {
      return this.#plain;
    }
    this.#packed ??= [frameOf(deflateRawSync(data, PACKING).subarray(0, -TAIL), BINARY_FIN | PACKED)];
    return this.#packed;
  }
}

/** What was agreed on when the client connected. */
function compressionOf({ _extensions: extensions = {} }: Socket): "none" | "once" | "of its own" {
  const { "permessage-deflate": deflate, ...others } = extensions;
  if (Object.keys(others).length > 0) {
    return "of its own";
  }
  if (deflate === undefined) {
    return "none";
  }
  const { server_no_context_takeover: isAlone, server_max_window_bits: bits = WINDOW_BITS } = deflate.params;
  return isAlone === true && Number(bits) >= WINDOW_BITS ? "once" : "of its own";
}

/** RFC 6455, 5.2: a whole frame of a server, so not masked. */
function frameOf(data: Uint8Array, kind: number): Buffer {
  const head = data.length < 126 ? 2 : data.length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafeSlow(head + data.length);
  frame[0] = kind;
  if (head === 2) {
    frame[1] = data.length;
  } else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(data.length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(data.length), 2);
  }
  frame.set(data, head);
  return frame;
}
