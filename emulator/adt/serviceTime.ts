/**
 * Times as Azure Digital Twins writes them: UTC with seven digits of a second.
 */

/** Many requests come in one millisecond. */
let lately = { ms: Number.NaN, text: "" };

/** `ms` since epoch, fractions allowed → `2026-11-22T13:00:00.1234567Z`. */
export function formatTime(ms: number): string {
  const whole = Math.floor(ms);
  const ticks = Math.floor((ms - whole) * 10_000);
  if (lately.ms !== whole) {
    lately = { ms: whole, text: new Date(whole).toISOString().slice(0, -1) };
  }
  return `${lately.text}${String(ticks).padStart(4, "0")}Z`;
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.(\d{1,9}))?(?:Z|[+-]\d{2}:\d{2})$/i;

/** An ISO 8601 date and time with zone → the service's form; undefined when it is none. */
export function normaliseTime(text: unknown): string | undefined {
  const match = typeof text === "string" ? ISO.exec(text) : null;
  const ms = match === null ? Number.NaN : Date.parse(match[0]);
  if (match === null || Number.isNaN(ms)) {
    return undefined;
  }
  const fraction = (match[1] ?? "").slice(0, 7).padEnd(7, "0");
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction}Z`;
}
