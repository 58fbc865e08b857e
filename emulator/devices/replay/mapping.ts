/**
 * The mapping file: which column is the time, which the device, and which become which Property or Telemetry.
 * docs/replay.md describes it for people.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UserError } from "./UserError.ts";

const field = z
  .strictObject({
    to: z.string().regex(/^[A-Za-z]\w*(\/[A-Za-z]\w*)?$/, "expected a name such as temperature, or motor/temperature"),
    scale: z.number().optional(),
    offset: z.number().optional(),
    type: z.enum(["number", "integer", "boolean", "string"]).default("number"),
  })
  .refine((it) => (it.scale ?? it.offset) === undefined || it.type === "number" || it.type === "integer", {
    message: "scale and offset need type number or integer",
  });

const columnName = z.string().min(1);

const mappingSchema = z.strictObject({
  description: z.string().optional(),
  device: z.union([z.string().min(1), z.strictObject({ column: columnName })], {
    error: 'expected a twin id such as "office-101", or { "column": name }',
  }),
  model: z.string().optional(),
  time: z.strictObject({ column: columnName, format: z.string().min(1).optional() }),
  delimiter: z.string().length(1).optional(),
  fields: z
    .record(columnName, field)
    .refine((it) => Object.keys(it).length > 0, "expected at least one column")
    .refine((it) => new Set(Object.values(it).map((each) => each.to)).size === Object.keys(it).length, {
      message: "two columns go to the same name",
    }),
});

export type Mapping = z.infer<typeof mappingSchema>;
export type FieldMapping = z.infer<typeof field>;

/** Columns that the mapping reads. */
export const columnsOf = (mapping: Mapping): string[] => [
  mapping.time.column,
  ...(typeof mapping.device === "string" ? [] : [mapping.device.column]),
  ...Object.keys(mapping.fields),
];

/** A path, or the name of a mapping that comes with the project. `UserError` with every fault at once. */
export function readMapping(pathOrName: string, resolve: (path: string) => string): Mapping {
  const shipped = fileURLToPath(new URL(`../mappings/${pathOrName}.json`, import.meta.url));
  const path = /^[\w-]+$/.test(pathOrName) && !existsSync(resolve(pathOrName)) ? shipped : resolve(pathOrName);
  if (!existsSync(path)) {
    throw new UserError(`There is no mapping ${pathOrName}; give a file, or occupancy or event-hubs-capture.`);
  }
  return parseMapping(readJson(path), pathOrName);
}

export function parseMapping(json: unknown, name: string): Mapping {
  const result = mappingSchema.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues.map((it) => `  ${it.path.map(String).join(".") || "the file"}: ${it.message}`);
  throw new UserError(`The mapping ${name} is not right; please mend:\n${faults.join("\n")}`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UserError(`The mapping ${path} cannot be read as JSON: ${(error as Error).message}.`);
  }
}
