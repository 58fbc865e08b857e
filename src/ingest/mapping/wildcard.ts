/**
 * Texts with `*` for anything, as mapping rules match them. Part by part instead of by a regular expression: what is matched
 * is a device's, as long as it likes, and two stars would let its length count twice.
 */
export function compileWildcard(pattern: string): (text: string) => boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop() ?? "";
  return (text) => {
    const end = text.length - last.length;
    if (first.length > end || !text.startsWith(first) || !text.endsWith(last)) {
      return false;
    }
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found === -1) {
        return false;
      }
      at = found + part.length;
    }
    return at <= end;
  };
}
