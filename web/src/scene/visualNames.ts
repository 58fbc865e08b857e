/**
 * What a twin looks like: a visual by the placement's own word for it, else by what its model is called, itself before
 * its ancestors. Pure; the 3D view has a shape for each name, the plan a symbol.
 */

export const VISUALS = ["box", "tank", "pump", "valve", "sensor", "fan", "motor", "room", "pipe"] as const;
export type Visual = (typeof VISUALS)[number];

export interface Lengths {
  x: number;
  y: number;
  z: number;
}

/** Width, height and depth of the shapes, metres: what a template's size stretches. */
export const SIZES: Record<Visual, Lengths> = {
  box: { x: 1.2, y: 1.065, z: 1.2 },
  tank: { x: 2.1, y: 2.46, z: 2.1 },
  pump: { x: 1.5, y: 1.25, z: 0.92 },
  valve: { x: 1.5, y: 1.2, z: 0.72 },
  sensor: { x: 0.6, y: 1.59, z: 0.6 },
  fan: { x: 1.6, y: 1.62, z: 1.39 },
  motor: { x: 1.335, y: 1.03, z: 0.8 },
  room: { x: 3.6, y: 0.33, z: 3.6 },
  pipe: { x: 1.8, y: 0.77, z: 0.64 },
};

/** What a shape turns about when a template does not say. */
export const AXES: Record<Visual, "x" | "y" | "z"> = {
  box: "y",
  tank: "y",
  pump: "x",
  valve: "y",
  sensor: "y",
  fan: "z",
  motor: "x",
  room: "y",
  pipe: "y",
};

/** How a shape is stretched to have that size. */
export function stretchTo(visual: Visual, size: Lengths | undefined): Lengths {
  const own = SIZES[visual];
  return size === undefined ? { x: 1, y: 1, z: 1 } : { x: size.x / own.x, y: size.y / own.y, z: size.z / own.z };
}

/** First match wins: a "PumpMotor" is a motor, a "TankLevelSensor" a sensor. */
const BY_WORD: readonly [RegExp, Visual][] = [
  [/sensor|meter|gauge|probe|detector|thermostat|transmitter|analy[sz]er|logger|station|display|camera/i, "sensor"],
  [/motor|engine|drive/i, "motor"],
  [/valve|damper/i, "valve"],
  [/pump/i, "pump"],
  [/tank|vessel|silo|reactor|boiler|mixer|buffer|filter|basin|sump/i, "tank"],
  [/fan|ventilat|airhandl|ahu|chiller|compressor|blower|cooling/i, "fan"],
  [/pipe|line|conveyor|duct/i, "pipe"],
  [/room|hall|area|space|zone|floor|building|site|plant|level/i, "room"],
];

export function visualOf(wish: string, names: readonly string[]): Visual {
  const wished = VISUALS.find((visual) => visual === wish.toLowerCase());
  if (wished !== undefined) {
    return wished;
  }
  for (const name of [wish, ...names]) {
    const found = BY_WORD.find(([word]) => word.test(name));
    if (found !== undefined) {
      return found[1];
    }
  }
  return "box";
}
