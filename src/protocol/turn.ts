/** Turns about the upright axis (Y, degrees, seen from above counterclockwise is positive). Pure; server and page. */
import type { Transform } from "./names.ts";

type Turn = Pick<Transform, "qx" | "qy" | "qz" | "qw">;

/** Degrees about the upright axis, -180 to 180; a tilt does not count. */
export function yawOf({ qx, qy, qz, qw }: Turn): number {
  return (Math.atan2(2 * (qw * qy + qx * qz), 1 - 2 * (qy * qy + qx * qx)) * 180) / Math.PI;
}

export function upright(degrees: number): Turn {
  const half = (degrees * Math.PI) / 360;
  return { qx: 0, qy: Math.sin(half), qz: 0, qw: Math.cos(half) };
}

/** Turned further where it stands; a tilt turns along. */
export function turnedBy({ qx, qy, qz, qw }: Turn, degrees: number): Turn {
  const { qy: sin, qw: cos } = upright(degrees);
  return {
    qx: cos * qx + sin * qz,
    qy: cos * qy + sin * qw,
    qz: cos * qz - sin * qx,
    qw: cos * qw - sin * qy,
  };
}
