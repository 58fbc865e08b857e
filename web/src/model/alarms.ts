/** The order of alarms: unacknowledged before acknowledged, worse before lesser, newer before older. Pure. */
import type { AlarmState, Keyed } from "../live/roomTypes.ts";

const SEVERITIES: Record<AlarmState["severity"], number> = { critical: 0, warning: 1, info: 2 };

export function sortedAlarms(alarms: readonly Keyed<AlarmState>[]): Keyed<AlarmState>[] {
  return alarms.toSorted(
    (a, b) =>
      Number(a.acknowledgedBy !== "") - Number(b.acknowledgedBy !== "") ||
      SEVERITIES[a.severity] - SEVERITIES[b.severity] ||
      b.since - a.since,
  );
}
