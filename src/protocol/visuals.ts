/**
 * How twins of a model look: shape, size, and which of their values drive label, colour, spin and fill. Kept with the
 * layout, in room state as JSON (`world.visuals`, by model), overridden per placement by JSON in its `visual`.
 *
 * Types and pure functions without dependencies, so that a page or a game draws by the same rules; `visualTemplate` of
 * `visualSchemas.ts` checks what comes in. Ranges: min inclusive, max exclusive, so that neighbours do not overlap.
 */

/** JSON Pointer to a Property or Telemetry: `/speed`, `/motor/current`. */
export type ValuePath = string;

export interface ColourRange {
  /** Inclusive; absent: no lower bound. */
  min?: number;
  /** Exclusive; absent: no upper bound. */
  max?: number;
  /** #rrggbb */
  colour: string;
}

export interface VisualTemplate {
  /** A shape that the page knows (box, tank, pump, valve, sensor, fan, motor, room, pipe), or one of the game's own. */
  shape?: string;
  /** Metres. */
  size?: { x: number; y: number; z: number };
  label?: { property: ValuePath; unit?: string };
  /** The first range that holds the value; else `otherwise`. */
  colour?: { property: ValuePath; ranges: ColourRange[]; otherwise?: string };
  /** Turns by the value, in revolutions per minute. */
  spin?: { property: ValuePath; axis?: "x" | "y" | "z" };
  /** Filled from `empty` to `full`. */
  fill?: { property: ValuePath; empty: number; full: number };
}

/** A placement's `visual` is a shape's name, or a template that overrides its model's member by member. */
export function visualOf(model: VisualTemplate | undefined, visual: string): VisualTemplate {
  if (!visual.startsWith("{")) {
    return { ...model, ...(visual === "" ? {} : { shape: visual }) };
  }
  try {
    return { ...model, ...(JSON.parse(visual) as VisualTemplate) };
  } catch {
    return { ...model }; // put there by another hand
  }
}

/** undefined: the template says nothing for this value, or there is none. */
export function colourOf({ colour }: VisualTemplate, value: unknown): string | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    return colour?.otherwise;
  }
  const fits = ({ min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: ColourRange) =>
    min <= value && value < max;
  return colour?.ranges.find(fits)?.colour ?? colour?.otherwise;
}

/** 0 to 1; undefined without a value. */
export function fillOf({ fill }: VisualTemplate, value: unknown): number | undefined {
  if (!fill || typeof value !== "number" || !Number.isFinite(value)) {
    return undefined;
  }
  return Math.min(1, Math.max(0, (value - fill.empty) / (fill.full - fill.empty)));
}

/** Radians per second. */
export function spinOf({ spin }: VisualTemplate, value: unknown): number {
  return spin && typeof value === "number" && Number.isFinite(value) ? (value * 2 * Math.PI) / 60 : 0;
}
