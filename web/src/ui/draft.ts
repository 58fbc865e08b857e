/** What a person has entered, before it is a value: text for inputs, the index for enums. Pure. */
import type { ValueDef } from "../model/TwinModel.ts";
import { editText } from "../model/values.ts";

/** Text of an input; index of an enum as text; "true", "false" or "" for a toggle. */
export type Draft = string;

export function draftOf(value: unknown, def: ValueDef): Draft {
  return editText(value, def);
}

export function sameAsReported(draft: Draft, value: unknown, def: ValueDef): boolean {
  return draft === draftOf(value, def);
}

/**
 * The value for a patch. What is not a number goes as it is typed: the model decides, and its refusal names the path and
 * what it expects. Only JSON must be JSON before it can be sent.
 */
export function patchValue(draft: Draft, def: ValueDef): { ok: true; value: unknown } | { ok: false } {
  switch (def.schema.kind) {
    case "number":
      return { ok: true, value: toNumber(draft) };
    case "boolean":
      return { ok: true, value: draft === "true" };
    case "enum":
      return { ok: true, value: def.schema.choices[Number(draft)]?.value ?? draft };
    case "text":
      return { ok: true, value: draft };
    case "json":
      return parseJson(draft);
  }
}

/** The draft moved by one step of its own magnitude. */
export function stepped(draft: Draft, direction: 1 | -1, integer: boolean): Draft {
  const value = Number(draft.replace(",", ".")) || 0;
  const step = integer ? 1 : 10 ** Math.min(0, Math.floor(Math.log10(Math.max(Math.abs(value), 0.1))) - 1);
  return String(Number((value + direction * step).toPrecision(7)));
}

function toNumber(draft: Draft): number | string {
  const value = Number(draft.trim().replace(",", "."));
  return draft.trim() === "" || Number.isNaN(value) ? draft : value;
}

function parseJson(draft: Draft): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(draft) };
  } catch {
    return { ok: false };
  }
}
