/**
 * A visual template as a form holds it: texts, before they are numbers. What the form cannot mean is told as a sentence
 * here; the server checks all of it again (visualSchemas.ts). Pure.
 */
import type { ColourRange, VisualTemplate } from "../../../src/protocol/visuals.ts";
import { S } from "../strings.ts";
import type { TwinModel, ValueDef } from "./TwinModel.ts";

export interface RangeDraft {
  min: string;
  max: string;
  colour: string;
}

/** "" wherever the template says nothing. */
export interface LooksDraft {
  shape: string;
  sizeX: string;
  sizeY: string;
  sizeZ: string;
  label: string;
  unit: string;
  colour: string;
  ranges: readonly RangeDraft[];
  otherwise: string;
  spin: string;
  axis: "" | "x" | "y" | "z";
  fill: string;
  empty: string;
  full: string;
}

/** As many as the protocol takes. */
export const MOST_RANGES = 16;
export const NEW_RANGE: RangeDraft = { min: "", max: "", colour: "#56b4e9" };

export function draftOf({ shape, size, label, colour, spin, fill }: VisualTemplate): LooksDraft {
  return {
    shape: shape ?? "",
    sizeX: text(size?.x),
    sizeY: text(size?.y),
    sizeZ: text(size?.z),
    label: label?.property ?? "",
    unit: label?.unit ?? "",
    colour: colour?.property ?? "",
    ranges: colour?.ranges.map(rangeDraft) ?? [NEW_RANGE],
    otherwise: colour?.otherwise ?? "",
    spin: spin?.property ?? "",
    axis: spin?.axis ?? "",
    fill: fill?.property ?? "",
    empty: text(fill?.empty ?? 0),
    full: text(fill?.full ?? 100),
  };
}

/** The template; null when nothing is said; `why` when it cannot be meant so. */
export function templateOf(draft: LooksDraft): { template: VisualTemplate | null } | { why: string } {
  try {
    const template = {
      ...(draft.shape === "" ? {} : { shape: draft.shape }),
      ...sizeOf(draft),
      ...(draft.label === ""
        ? {}
        : { label: { property: draft.label, ...(draft.unit.trim() === "" ? {} : { unit: draft.unit.trim() }) } }),
      ...colourOf(draft),
      ...(draft.spin === ""
        ? {}
        : { spin: { property: draft.spin, ...(draft.axis === "" ? {} : { axis: draft.axis }) } }),
      ...fillOf(draft),
    };
    return { template: Object.keys(template).length === 0 ? null : template };
  } catch (error) {
    if (error instanceof Unmeant) {
      return { why: error.message };
    }
    throw error;
  }
}

/** What the values of a model offer: any may be a label, numbers drive the rest. */
export function drivers(model: TwinModel): { all: readonly ValueDef[]; numbers: readonly ValueDef[] } {
  const all = allValues(model).filter(({ schema }) => schema.kind !== "json");
  return { all, numbers: all.filter(({ schema }) => schema.kind === "number") };
}

export function allValues(model: TwinModel | undefined): readonly ValueDef[] {
  return model === undefined ? [] : [...model.values, ...model.components.flatMap(({ values }) => values)];
}

/** A sentence for the person who filled the form in. */
class Unmeant extends Error {}

function sizeOf({ sizeX, sizeY, sizeZ }: LooksDraft): Pick<VisualTemplate, "size"> {
  const typed = [sizeX, sizeY, sizeZ];
  if (typed.every((one) => one.trim() === "")) {
    return {};
  }
  const [x = 0, y = 0, z = 0] = typed.map((length) => number(length, S.looks.size));
  if (![x, y, z].every((metres) => metres > 0 && metres <= 10_000)) {
    throw new Unmeant(S.looks.badSize);
  }
  return { size: { x, y, z } };
}

function colourOf({ colour, ranges, otherwise }: LooksDraft): Pick<VisualTemplate, "colour"> {
  if (colour === "") {
    return {};
  }
  if (ranges.length === 0) {
    throw new Unmeant(S.looks.noRange);
  }
  const rest = otherwise === "" ? {} : { otherwise };
  return { colour: { property: colour, ranges: ranges.map(rangeOf), ...rest } };
}

function rangeOf(draft: RangeDraft, at: number): ColourRange {
  const min = number(draft.min, S.looks.from(at + 1));
  const max = number(draft.max, S.looks.below(at + 1));
  if (min !== undefined && max !== undefined && min >= max) {
    throw new Unmeant(S.looks.badRange(at + 1));
  }
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }), colour: draft.colour };
}

function fillOf({ fill, empty, full }: LooksDraft): Pick<VisualTemplate, "fill"> {
  if (fill === "") {
    return {};
  }
  const [low, high] = [number(empty, S.looks.empty), number(full, S.looks.full)];
  if (low === undefined || high === undefined || low === high) {
    throw new Unmeant(S.looks.badFill);
  }
  return { fill: { property: fill, empty: low, full: high } };
}

/** undefined for an empty field. */
function number(draft: string, field: string): number | undefined {
  const value = Number(draft.trim().replace(",", "."));
  if (!Number.isFinite(value)) {
    throw new Unmeant(S.looks.noNumber(field, draft));
  }
  return draft.trim() === "" ? undefined : value;
}

function rangeDraft({ min, max, colour }: ColourRange): RangeDraft {
  return { min: text(min), max: text(max), colour };
}

function text(value: number | undefined): string {
  return value === undefined ? "" : String(value);
}
