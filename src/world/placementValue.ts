/**
 * One placement as a Layer twin stores it ↔ as rooms see it. Pure.
 *
 * Stored without what has its default (origin, no turn, scale 1, no visual) and to a tenth of a millimetre: a Layer has
 * 32 KB, and every write of it is sent whole to every consumer of its notifications.
 */
import { TwinError } from "../errors.ts";
import { ORIGIN, type Transform } from "../protocol/names.ts";
import type { PlacementContent, PlacementView } from "../services.ts";

export type StoredPlacement = Partial<Transform> & { twinId: string; visual?: string; by?: string };

export const AXES = ["x", "y", "z", "qx", "qy", "qz", "qw", "s"] as const;
const MAX_TEXT = 2000;
/** What messages and layout documents take, so that whatever stands somewhere can be exported and imported again. */
const METRES = 1e6;
const LEAST_SCALE = 0.0001;
const MOST_SCALE = 1000;

/** `base` with the members of `change` that are given. INVALID_VALUE when one is not a finite number. */
export function transformed(base: Transform, change: Partial<Transform>): Transform {
  const made = { ...ORIGIN };
  for (const axis of AXES) {
    const value = change[axis] ?? base[axis];
    if (typeof value !== "number" || !Number.isFinite(value)) {
      const detail = { path: `/${axis}`, expected: "a finite number", found: String(value) };
      throw new TwinError("INVALID_VALUE", "A placement needs finite numbers.", { details: [detail] });
    }
    made[axis] = rounded(value);
  }
  return made;
}

/** INVALID_VALUE when it is too far away, too large or too small: arranging could bring it beyond all bounds. */
export function checkWithin(twinId: string, place: Transform): void {
  for (const axis of AXES) {
    const [min, max] = boundsOf(axis);
    if (place[axis] < min || place[axis] > max) {
      const expected = `${min} to ${max}`;
      const detail = { path: `/${axis}`, expected, found: String(place[axis]) };
      const what = axis === "s" ? "scale" : axis;
      const message = `That would give '${twinId}' the ${what} ${place[axis]}; ${expected} is possible.`;
      throw new TwinError("INVALID_VALUE", message, { details: [detail] });
    }
  }
}

export function pendingView(id: string, { twinId, visual, by, ...place }: PlacementContent): PlacementView {
  return { id, twinId, visual, by, status: "pending", ...transformed(ORIGIN, place) };
}

export function toStored({ twinId, visual, by, ...view }: PlacementView): StoredPlacement {
  const stored: StoredPlacement = { twinId };
  for (const axis of AXES) {
    if (view[axis] !== ORIGIN[axis]) {
      stored[axis] = view[axis];
    }
  }
  return { ...stored, ...(visual === "" ? {} : { visual }), ...(by === "" ? {} : { by }) };
}

/** undefined when it is no placement: the Map is open to other hands, and what they put there is left alone. */
export function fromStored(id: string, value: unknown): PlacementView | undefined {
  if (typeof value !== "object" || value === null) {
    return undefined;
  }
  const stored: Partial<Record<string, unknown>> = { ...value };
  const twinId = stored["twinId"];
  if (typeof twinId !== "string" || twinId === "") {
    return undefined;
  }
  const change: Partial<Transform> = {};
  for (const axis of AXES) {
    const number = stored[axis];
    if (typeof number === "number" && Number.isFinite(number)) {
      const [min, max] = boundsOf(axis);
      change[axis] = Math.min(max, Math.max(min, number));
    }
  }
  const { visual, by } = stored;
  return { id, twinId, visual: text(visual), by: text(by), status: "saved", ...transformed(ORIGIN, change) };
}

/** The same to a reader; whatever their status. */
export function samePlacement(a: PlacementView, b: PlacementView): boolean {
  const same = a.twinId === b.twinId && a.visual === b.visual && a.by === b.by;
  return same && AXES.every((axis) => a[axis] === b[axis]);
}

/** What it takes of its Layer's 32 KB. */
export function storedBytes(view: PlacementView): number {
  return Buffer.byteLength(`"${view.id}":${JSON.stringify(toStored(view))},`);
}

function boundsOf(axis: keyof Transform): [min: number, max: number] {
  return axis === "s" ? [LEAST_SCALE, MOST_SCALE] : [-METRES, METRES];
}

function text(value: unknown): string {
  return typeof value === "string" ? value.slice(0, MAX_TEXT) : "";
}

function rounded(value: number): number {
  // + 0: no negative zero, which JSON would not bring back.
  return Math.round(value * 10_000) / 10_000 + 0;
}
