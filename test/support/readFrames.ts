// What a client's WebSocket makes of the bytes that a server put on it.
import { constants, inflateRawSync } from "node:zlib";

const PACKED = 0x40;
const FLUSH_END = Buffer.of(0, 0, 0xff, 0xff);

/** Messages of whole frames (RFC 6455, 5.2), unpacked if they say that they are compressed (RFC 7692, 7.2.2). */
export function readFrames(buffers: readonly Uint8Array[]): Uint8Array[] {
  const bytes = Buffer.concat(buffers);
  const messages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes[at] as number;
    const short = bytes[at + 1] as number;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length = head === 2 ? short : head === 4 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    const payload = bytes.subarray(at + head, at + head + length);
    if (payload.length !== length) {
      throw new Error(`a frame of ${length} bytes has ${payload.length}`);
    }
    messages.push(kind & PACKED ? unpacked(payload) : payload);
    at += head + length;
  }
  return messages;
}

function unpacked(payload: Uint8Array): Uint8Array {
  return inflateRawSync(Buffer.concat([payload, FLUSH_END]), { finishFlush: constants.Z_SYNC_FLUSH });
}
