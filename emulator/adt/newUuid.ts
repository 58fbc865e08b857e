/**
 * Random UUIDs (RFC 9562, version 4) as flat strings. Node's randomUUID gives twenty pieces that V8 joins when somebody looks:
 * 0.7 KB of garbage each, or of memory where nobody does; two are made for each patch.
 */
import { randomFillSync } from "node:crypto";

const BYTES = 16;
const random = Buffer.allocUnsafeSlow(BYTES * 256);
const text = Buffer.from("00000000-0000-0000-0000-000000000000", "latin1");
/** Where the two digits of each byte go. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const DIGITS = Buffer.from("0123456789abcdef", "latin1");
let next = random.length;

export function newUuid(): string {
  if (next === random.length) {
    randomFillSync(random);
    next = 0;
  }
  random[next + 6] = ((random[next + 6] ?? 0) & 0x0f) | 0x40;
  random[next + 8] = ((random[next + 8] ?? 0) & 0x3f) | 0x80;
  for (let index = 0; index < BYTES; index++) {
    const byte = random[next + index] ?? 0;
    const place = PLACES[index] ?? 0;
    text[place] = DIGITS[byte >> 4] ?? 0;
    text[place + 1] = DIGITS[byte & 0x0f] ?? 0;
  }
  next += BYTES;
  return text.toString("latin1");
}
