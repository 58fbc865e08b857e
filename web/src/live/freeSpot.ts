/** A place on the ground where nothing stands yet: the nearest to the wanted one, on rings of a 2 m grid. Pure. */

const GRID = 2;
const CLEAR = 1.9;
const RINGS = 60;

export function freeSpot(
  wanted: { x: number; z: number },
  taken: readonly { x: number; z: number }[],
): { x: number; z: number } {
  const x0 = Math.round(wanted.x / GRID) * GRID;
  const z0 = Math.round(wanted.z / GRID) * GRID;
  const isFree = (x: number, z: number) => taken.every((other) => Math.hypot(other.x - x, other.z - z) >= CLEAR);
  for (let ring = 0; ring <= RINGS; ring++) {
    const found = ringSpots(ring).find(([dx, dz]) => isFree(x0 + dx, z0 + dz));
    if (found !== undefined) {
      return { x: x0 + found[0], z: z0 + found[1] };
    }
  }
  return { x: x0, z: z0 };
}

/** Offsets of the squares at that distance, nearest first. */
function ringSpots(ring: number): [number, number][] {
  const spots: [number, number][] = [];
  for (let i = -ring; i <= ring; i++) {
    for (let j = -ring; j <= ring; j++) {
      if (Math.max(Math.abs(i), Math.abs(j)) === ring) {
        spots.push([i * GRID, j * GRID]);
      }
    }
  }
  return spots.sort(([ax, az], [bx, bz]) => Math.hypot(ax, az) - Math.hypot(bx, bz));
}
