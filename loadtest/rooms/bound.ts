/** A figure that is held against a bound, not against a peer. */
import type { BenchRow } from "../bench.ts";

export function bound(name: string, value: number, unit: string, most: number): BenchRow {
  const ratio = most === 0 ? value : value / most;
  return { name, value, unit, peer: "bound", peerValue: most, ratio, goal: `≤ ${most} ${unit}`, ok: value <= most };
}
