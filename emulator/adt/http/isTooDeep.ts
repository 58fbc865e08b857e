/**
 * Tells JSON that is nested deeper than the service follows, before anything walks through it and runs out of stack.
 */
const DEEPEST = 64;
const [QUOTE, BACKSLASH, OPEN, CLOSE, BEGIN, END] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

export function isTooDeep(json: Buffer): boolean {
  if (json.byteLength <= DEEPEST) {
    return false;
  }
  let depth = 0;
  for (let at = 0; at < json.byteLength; at++) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = endOfString(json, at + 1);
    } else if (byte === OPEN || byte === BEGIN) {
      depth += 1;
      if (depth > DEEPEST) {
        return true;
      }
    } else if (byte === CLOSE || byte === END) {
      depth -= 1;
    }
  }
  return false;
}

function endOfString(json: Buffer, from: number): number {
  let at = from;
  while (at < json.byteLength && json[at] !== QUOTE) {
    at += json[at] === BACKSLASH ? 2 : 1;
  }
  return at;
}
