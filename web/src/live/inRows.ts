/** A first layout: things side by side on a grid, kinds together, around the origin. Pure. */

const SPACING = 4;

export interface Spot {
  twinId: string;
  x: number;
  y: number;
  z: number;
}

export function inRows(ids: readonly string[], kind: (id: string) => string): Spot[] {
  const columns = Math.max(1, Math.ceil(Math.sqrt(ids.length * 1.6)));
  const rows = Math.ceil(ids.length / columns);
  const sorted = ids.toSorted(
    (a, b) => kind(a).localeCompare(kind(b)) || a.localeCompare(b, undefined, { numeric: true }),
  );
  return sorted.map((twinId, index) => ({
    twinId,
    x: ((index % columns) - (columns - 1) / 2) * SPACING,
    y: 0,
    z: (Math.floor(index / columns) - (rows - 1) / 2) * SPACING,
  }));
}
