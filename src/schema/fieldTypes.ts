/**
 * DTDL schema → field of a synchronized class, and the form in which a value stands in it (contract, TwinState). Used by
 * TwinSchemas.
 */
import { t } from "@colyseus/schema";
import type { Schema as DtdlSchema } from "../dtdl/types.ts";

/** Tag of a field that no role may see. */
const NOBODY = 1 << 30;

/** Wire type of a DTDL schema (contract, TwinState). Doubles stay doubles: schema's `number` would round them. */
const BUILDERS: Partial<Record<DtdlSchema["kind"], () => unknown>> = {
  double: () => t.float64().optional(),
  float: () => t.float32().optional(),
  integer: () => t.int32().optional(),
  long: () => t.int64().optional(),
  boolean: () => t.boolean().optional(),
  Enum: () => t.uint16().optional(),
};

const RANGES: Partial<Record<DtdlSchema["kind"], { least: number; beyond: number }>> = {
  integer: { least: -(2 ** 31), beyond: 2 ** 31 },
  long: { least: -(2 ** 63), beyond: 2 ** 63 },
};

/** `tag`: bits of the roles for which the field is. */
export function builder({ kind }: DtdlSchema, tag?: number): unknown {
  const made = (BUILDERS[kind]?.() ?? t.string().optional()) as { view(tag: number): unknown };
  return tag === undefined ? made : made.view(tag === 0 ? NOBODY : tag);
}

/** Values of this kind are told as a number of fixed length, or as a boolean. */
export function isNumber({ kind }: DtdlSchema): boolean {
  return BUILDERS[kind] !== undefined;
}

/** How a value is told; undefined for what does not fit its schema. */
export function wireForm(dtdl: DtdlSchema): (value: unknown) => unknown {
  if (dtdl.kind === "Enum") {
    const index = new Map(dtdl.values.map((v, i) => [v.value, i]));
    return (value) => index.get(value as string | number);
  }
  if (dtdl.kind === "boolean") {
    return (value) => (typeof value === "boolean" ? value : undefined);
  }
  const range = RANGES[dtdl.kind];
  if (range) {
    return (value) => (typeof value === "number" ? within(value, range) : undefined);
  }
  return BUILDERS[dtdl.kind] ? (value) => (typeof value === "number" ? value : undefined) : text;
}

/** The encoder wraps what is beyond: the greatest would be shown as the least. */
function within(value: number, { least, beyond }: { least: number; beyond: number }): number | undefined {
  if (value === beyond && beyond > Number.MAX_SAFE_INTEGER) {
    return beyond - 2 ** 10; // 2^63 - 1, "no limit", is no double: JSON makes it 2^63; the double before it stands for it
  }
  return value >= least && value < beyond ? value : undefined;
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
