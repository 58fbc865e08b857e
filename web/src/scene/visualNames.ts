/**
 * What a twin looks like: a visual by the placement's own word for it, else by what its model is called, itself before
 * its ancestors. Pure; the 3D view has a shape for each name, the plan a symbol.
 */

export const VISUALS = ["box", "tank", "pump", "valve", "sensor", "fan", "motor", "room", "pipe"] as const;
export type Visual = (typeof VISUALS)[number];

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
