/** zod of what visuals.ts describes. Unknown members are refused, so that a misspelt one is not ignored. */
import { z } from "zod";
import type { VisualTemplate } from "./visuals.ts";

const property = z
  .string()
  .regex(/^(\/[^/]+){1,2}$/, "a JSON Pointer to a value, such as /speed or /motor/current")
  .max(300);
const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, "a colour such as #56b4e9");
const metres = z.number().positive().max(10_000);
const number = z.number().min(-1e12).max(1e12);

const colourRange = z
  .strictObject({ min: number.exactOptional(), max: number.exactOptional(), colour })
  .refine(({ min, max }) => min === undefined || max === undefined || min < max, "min below max");

export const visualTemplate = z
  .strictObject({
    shape: z
      .string()
      .regex(/^[\w.-]{1,64}$/, "a name of letters, digits, dots and dashes")
      .exactOptional(),
    size: z.strictObject({ x: metres, y: metres, z: metres }).exactOptional(),
    label: z.strictObject({ property, unit: z.string().max(32).exactOptional() }).exactOptional(),
    colour: z
      .strictObject({ property, ranges: z.array(colourRange).min(1).max(16), otherwise: colour.exactOptional() })
      .exactOptional(),
    spin: z.strictObject({ property, axis: z.enum(["x", "y", "z"]).exactOptional() }).exactOptional(),
    fill: z
      .strictObject({ property, empty: number, full: number })
      .refine(({ empty, full }) => empty !== full, "empty and full to differ")
      .exactOptional(),
  })
  .meta({
    id: "VisualTemplate",
    description: "How twins look. Ranges: min inclusive, max exclusive.",
  }) satisfies z.ZodType<VisualTemplate>;

/** A shape's name, or JSON of a template. */
export const visual = z
  .string()
  .max(2000)
  .refine((text) => !text.startsWith("{") || isTemplate(text), "a shape's name, or JSON of a visual template")
  .refine((text) => text.startsWith("{") || text.length <= 128, "at most 128 characters");

function isTemplate(text: string): boolean {
  try {
    return visualTemplate.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
