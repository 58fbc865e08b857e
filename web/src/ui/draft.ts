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

/** The draft moved by one step of its own magnitude; what is no number stays. */
export function stepped(draft: Draft, direction: 1 | -1, integer: boolean): Draft {
  const value = draft.trim() === "" ? 0 : toNumber(draft);
  if (typeof value === "string") {
    return draft;
  }
  const step = integer ? 1 : 10 ** Math.min(0, Math.floor(Math.log10(Math.max(Math.abs(value), 0.1))) - 1);
  return String(Number((value + direction * step).toPrecision(7)));
}

/**
 * A comma may be a decimal's. Before exactly three digits it may as well be a thousand's: "1,100" would be a thousandth
 * of what somebody meant, so it goes as typed and is refused.
 */
function toNumber(draft: Draft): number | string {
  const text = draft.trim();
  const value = /^[+-]?[1-9]\d{0,2},\d{3}$/.test(text) ? Number.NaN : Number(text.replace(",", "."));
  return text === "" || Number.isNaN(value) ? draft : value;
}

function parseJson(draft: Draft): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(draft) };
  } catch {
    return { ok: false };
  }
}
