/**
 * Which partition a partition key belongs to, as Azure decides it.
 *
 * Bob Jenkins' lookup3 (hashlittle2, both seeds 0) over the key's UTF-8; the two words are folded to 16 bits by xor. The
 * SDK's buffered producer computes the same on its side, so that both must agree.
 */

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/** lookup3's `mix`, on 32-bit integers. */
function mix(s: Int32Array): void {
  let a = s[0] ?? 0;
  let b = s[1] ?? 0;
  let c = s[2] ?? 0;
  a = (a - c) ^ rotate(c, 4);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 6);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 8);
  b = (b + a) | 0;
  a = (a - c) ^ rotate(c, 16);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 19);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 4);
  b = (b + a) | 0;
  s[0] = a;
  s[1] = b;
  s[2] = c;
}

/** lookup3's `final`. */
function final(s: Int32Array): void {
  let a = s[0] ?? 0;
  let b = s[1] ?? 0;
  let c = s[2] ?? 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  s[0] = a;
  s[1] = b;
  s[2] = c;
}

function addBlock(s: Int32Array, data: Buffer, at: number): void {
  s[0] = (s[0] ?? 0) + data.readInt32LE(at);
  s[1] = (s[1] ?? 0) + data.readInt32LE(at + 4);
  s[2] = (s[2] ?? 0) + data.readInt32LE(at + 8);
}

const BLOCK = 12;
/** For each message anew, they would be most of its cost here. */
const scratch = Buffer.alloc(1024);
const state = new Int32Array(3);

/** Signed 16-bit hash of a partition key. */
export function keyHash(key: string): number {
  const data = 3 * key.length + BLOCK <= scratch.length ? scratch : Buffer.alloc(3 * key.length + BLOCK);
  const length = data.write(key);
  data.fill(0, length, length + BLOCK);
  state.fill(0xdeadbeef + length);
  let at = 0;
  for (; length - at > BLOCK; at += BLOCK) {
    addBlock(state, data, at);
    mix(state);
  }
  if (at < length) {
    addBlock(state, data, at);
    final(state);
  }
  return (((state[2] ?? 0) ^ (state[1] ?? 0)) << 16) >> 16;
}

export function partitionOf(key: string, partitions: number): number {
  return Math.abs(keyHash(key) % partitions);
}
