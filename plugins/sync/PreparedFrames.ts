/**
 * Sends one buffer to many WebSocket clients as one prepared frame: header and payload are put together once, and each
 * client costs one socket write. For what `ws` cannot take this way (compression, another transport) the usual send.
 */
import type { OpenClient } from "./internals.ts";

const BINARY_FIN = 0x82;

export class PreparedFrames {
  #data: Uint8Array | undefined;
  #frame: Buffer[] = [];

  /** Puts the frames on the client's connection; undefined: it cannot take them, which does not change while it is open. */
  sender({ ref }: OpenClient): ((data: Uint8Array) => boolean) | undefined {
    const sender = ref._sender;
    if (typeof sender?.sendFrame !== "function" || Object.keys(ref._extensions ?? {}).length > 0) {
      return undefined;
    }
    return (data) => {
      if (sender._state !== 0 || ref.readyState !== 1) {
        return false; // not now: it is closing, or something else is on its way through `ws`
      }
      sender.sendFrame(this.#frameOf(data));
      return true;
    };
  }

  #frameOf(data: Uint8Array): Buffer[] {
    if (this.#data !== data) {
      this.#data = data;
      this.#frame = [frameOf(data)];
    }
    return this.#frame;
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
