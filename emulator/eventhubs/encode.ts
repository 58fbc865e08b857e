/**
 * Encodes the few AMQP 1.0 values that the broker itself adds to messages, and whole messages appended in-process.
 *
 * Written by hand because this is on the hot path: one map of three or four annotations per event.
 */
import rhea from "rhea";
import type { HubMessage } from "./types.ts";

export function symbol(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xa3, text.length]), Buffer.from(text, "ascii")]);
}

export function string(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length < 256) return Buffer.concat([Buffer.from([0xa1, bytes.length]), bytes]);
  const head = Buffer.alloc(5);
  head[0] = 0xb1;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function eightBytes(code: number, value: number): Buffer {
  const buffer = Buffer.allocUnsafe(9);
  buffer[0] = code;
  // Values are safe integers (counters, ms since epoch): two halves are cheaper than a BigInt.
  buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), 1);
  buffer.writeUInt32BE(value - Math.floor(value / 0x1_0000_0000) * 0x1_0000_0000, 5);
  return buffer;
}

export function long(value: number): Buffer {
  return eightBytes(0x81, value);
}

/** `ms` since epoch. */
export function timestamp(ms: number): Buffer {
  return eightBytes(0x83, ms);
}

/** A section that is a map; `parts` are the encoded keys and values, `count` of them in all. */
export function mapSection(code: number, count: number, parts: readonly Buffer[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const head = Buffer.allocUnsafe(12);
  head[0] = 0;
  head[1] = 0x53;
  head[2] = code;
  head[3] = 0xd1;
  head.writeUInt32BE(length + 4, 4);
  head.writeUInt32BE(count, 8);
  return Buffer.concat([head, ...parts], length + 12);
}

/** A message that was appended in-process, as a producer would have sent it. */
export function encodeMessage(message: HubMessage): Buffer {
  return rhea.message.encode({
    ...(message.annotations ? { message_annotations: message.annotations } : {}),
    ...(message.messageId === undefined ? {} : { message_id: message.messageId }),
    ...(message.contentType === undefined ? {} : { content_type: message.contentType }),
    ...(message.applicationProperties ? { application_properties: message.applicationProperties } : {}),
    body: rhea.message.data_section(Buffer.from(message.body.buffer, message.body.byteOffset, message.body.byteLength)),
  });
}
