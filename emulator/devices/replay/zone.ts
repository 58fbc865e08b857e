/** Wall-clock times of an IANA zone → instants. Only what a replay needs: gaps, doubled hours, any year that Intl knows. */

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const parts = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  const made = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", second: "numeric", ...parts });
  formatters.set(zone, made);
  return made;
}

/** What is added to UTC there and then, ms. */
function offsetAt(instant: number, zone: string): number {
  const whole = Math.floor(instant / 1000) * 1000;
  const parts = formatter(zone).formatToParts(whole);
  const part = (type: string) => Number(parts.find((it) => it.type === type)?.value);
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - whole;
}

const DAY = 86_400_000;

/**
 * Instants (ms since epoch) at which the clocks of `zone` show `wall`, which is given as if it were UTC. Two, earlier
 * first, in the hour that is doubled in autumn; for an hour that is left out in spring, the time that follows it.
 */
export function instantsOf(wall: number, zone: string): number[] {
  if (zone === "UTC") return [wall];
  const before = offsetAt(wall - DAY, zone);
  const offsets = [...new Set([before, offsetAt(wall + DAY, zone)])];
  const instants = offsets.map((it) => wall - it).filter((it) => offsetAt(it, zone) === wall - it);
  return instants.length > 0 ? instants.sort((a, b) => a - b) : [wall - before];
}
