/**
 * A space's layout as one JSON document: what GET and PUT /spaces/:id/layout give and take. Lossless: what is exported
 * and imported again changes nothing. Its JSON schema is published at GET /layout-schema.json and in docs/.
 */
import { z } from "zod";
import { twinId } from "./payloads.ts";
import { visual, visualTemplate } from "./visualSchemas.ts";

export const LAYOUT_FORMAT = "colyseus-digital-twins/layout";

const metres = z.number().min(-1e6).max(1e6);
const part = z.number().min(-1e6).max(1e6);

export const layoutPlacement = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_]{1,64}$/, "letters, digits and underscores, at most 64")
      .meta({ description: "Unique in the twin service: in another space than `space` it becomes another one." }),
    twinId,
    x: metres,
    y: metres,
    z: metres,
    qx: part,
    qy: part,
    qz: part,
    qw: part,
    s: z.number().positive().max(1000),
    visual: visual.default(""),
    by: z.string().max(256).default("").meta({ description: "Who placed it last." }),
  })
  .meta({ description: "Metres, y up; unit quaternion (0.5 to 2 long is made so); uniform scale." });

export const layoutDocument = z
  .strictObject({
    $schema: z.string().max(1024).exactOptional(),
    format: z.literal(LAYOUT_FORMAT),
    version: z.literal(1),
    space: twinId.meta({ description: "Where it was exported." }),
    placements: z.array(layoutPlacement).max(40_000),
    visuals: z
      .record(
        z
          .string()
          .regex(/^dtmi:/, "a model's id, which begins with dtmi:")
          .max(2048),
        visualTemplate,
      )
      .exactOptional()
      .meta({
        description: "By model. They hold for all spaces; an import adds or replaces those named, and removes none.",
      }),
  })
  .meta({
    id: "Layout",
    title: "Layout of a space",
    description: "Placements of twins in one space, and how they look.",
  });

export type LayoutDocument = z.output<typeof layoutDocument>;
export type LayoutPlacement = z.output<typeof layoutPlacement>;

/** The schema of what may be imported. */
export function layoutJsonSchema(): object {
  return z.toJSONSchema(layoutDocument, { io: "input" });
}
