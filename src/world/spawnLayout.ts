/**
 * Where the twins of a spawn go: side by side in a grid or a line, or each at what it says of its own place. Pure;
 * WorldEditor.spawn asks it.
 */
import type { Transform } from "../protocol/names.ts";
import type { TwinId } from "../twins/types.ts";

export type SpawnLayout = "grid" | "line" | "auto";

export interface SpawnPlan {
  layout: SpawnLayout;
  /** Centre of the grid, beginning of the line. */
  at: { x: number; y: number; z: number };
  /** Metres between neighbours. */
  spacing: number;
}

type Spot = Pick<Transform, "x" | "y" | "z">;

/** The i-th of n. */
export function spotInPlan(i: number, n: number, { layout, at, spacing }: SpawnPlan): Spot {
  if (layout === "line") {
    return { ...at, x: at.x + i * spacing };
  }
  const columns = Math.ceil(Math.sqrt(n));
  const rows = Math.ceil(n / columns);
  const x = at.x + ((i % columns) - (columns - 1) / 2) * spacing;
  const z = at.z + (Math.floor(i / columns) - (rows - 1) / 2) * spacing;
  return { x, y: at.y, z };
}

/** The i-th of n around what contains them: in rings, so that it stays in the middle. */
export function spotAround(i: number, centre: Spot, spacing: number): Spot {
  let ring = 1;
  let first = 0;
  while (i >= first + ring * 6) {
    first += ring * 6;
    ring += 1;
  }
  const angle = (2 * Math.PI * (i - first)) / (ring * 6);
  return {
    x: centre.x + ring * spacing * Math.cos(angle),
    y: centre.y,
    z: centre.z + ring * spacing * Math.sin(angle),
  };
}

/**
 * What a twin says of its place: an Object property with numbers x, z and perhaps y, metres. undefined: nothing that can
 * be read as that.
 */
export function spotOf(value: unknown): Spot | undefined {
  const {
    x,
    y = 0,
    z,
  } = (typeof value === "object" && value !== null ? value : {}) as Partial<Record<string, unknown>>;
  const isPlace = [x, y, z].every((n) => typeof n === "number" && Math.abs(n) <= 1e6);
  return isPlace ? ({ x, y, z } as Spot) : undefined;
}

/** Rows of a query → ids of the twins in them: `SELECT *` gives twins, `SELECT A, B` rows with twins as members. */
export function twinIdsIn(row: object): TwinId[] {
  return [row, ...Object.values(row)].flatMap((at: unknown) => {
    const id = (at as { $dtId?: unknown } | null | undefined)?.$dtId;
    return typeof id === "string" ? [id] : [];
  });
}
