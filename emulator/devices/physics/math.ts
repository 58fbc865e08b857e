/** The few bits of mathematics that the physics shares. All pure; `dt` and times are seconds of plant time. */

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Moves towards `target` by at most `maxStep`: a ramp, a travelling valve. */
export const approach = (value: number, target: number, maxStep: number): number =>
  value + clamp(target - value, -maxStep, maxStep);

/** First-order lag, exact for any `dt`: after `tau` seconds 63 % of the way is done. */
export const lag = (value: number, target: number, tau: number, dt: number): number =>
  target + (value - target) * Math.exp(-dt / tau);

/** A slow disturbance between -1 and 1 that never repeats exactly; another `seed` gives another curve. */
export const wave = (time: number, period: number, seed = 0): number =>
  0.7 * Math.sin((2 * Math.PI * time) / period + seed) +
  0.3 * Math.sin((2 * Math.PI * time) / (period * 0.38) + 2 * seed);

/** Uniform random numbers in [0, 1). */
export type Random = () => number;

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Whether an event with this mean rate (per second) falls into `dt`. */
export const happens = (ratePerSecond: number, dt: number, random: Random): boolean =>
  random() < 1 - Math.exp(-ratePerSecond * dt);
