/** Times as RFC 3339 texts. Called for each value of a twin that is told, so the texts of late are kept: they are dear. */

/** A few hundred kilobytes. */
const MOST_KEPT = 4096;
const kept = new Map<number, string>();

/** @param ms since epoch */
export function isoTime(ms: number): string {
  const there = kept.get(ms);
  if (there !== undefined) {
    return there;
  }
  if (kept.size >= MOST_KEPT) {
    kept.clear();
  }
  const text = new Date(ms).toISOString();
  kept.set(ms, text);
  return text;
}
