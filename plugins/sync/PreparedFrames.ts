/**
 * Sends one buffer to many WebSocket clients as one prepared frame: header and payload are put together once, and each
 * client costs one socket write. For what `ws` cannot take this way (compression, another transport) the usual send.
 */
import type { OpenClient } from "./internals.ts";

const BINARY_FIN = 0x82;

export class PreparedFrames {
  #data: Uint8Array | undefined;
  #frame: Buffer[] = [];

  /** False: the client cannot take it; nothing was sent. */
  send({ ref }: OpenClient, data: Uint8Array): boolean {
    const sender = ref._sender;
    if (typeof sender?.sendFrame !== "function" || sender._state !== 0 || ref.readyState !== 1) {
      return false;
    }
    if (Object.keys(ref._extensions ?? {}).length > 0) {
      return false;
    }
    if (this.#data !== data) {
      this.#data = data;
      this.#frame = [frameOf(data)];
    }
    sender.sendFrame(this.#frame);
    return true;
  }
}

/** RFC 6455, 5.2: a final binary frame of a server, so not masked. */
function frameOf(data: Uint8Array): Buffer {
  const head = data.length < 126 ? 2 : data.length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafeSlow(head + data.length);
  frame[0] = BINARY_FIN;
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
