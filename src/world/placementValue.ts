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
/** Azure takes 4 KB in a string; a text of 2,000 letters may have three times as many bytes. */
const MAX_LOOK_BYTES = 4000;
/** What messages and layout documents take, so that whatever stands somewhere can be exported and imported again. */
const METRES = 1e6;
/** Of a quaternion that is made a unit one; what is beyond is no turn that anybody meant. */
const LEAST_LENGTH = 0.5;
const MOST_LENGTH = 2;
/** How far from 1 the length of a unit quaternion is after it was rounded to what is stored. */
const ROUNDING = 1.01e-4;
const LEAST_SCALE = 0.0001;
const MOST_SCALE = 1000;

/**
 * `base` with the members of `change` that are given, its quaternion made a unit one. INVALID_VALUE when one is not a finite
 * number, or the quaternion too far from length 1 to be one that was only carelessly reckoned. `path`: of the change in what
 * was sent, for the error.
 */
export function transformed(base: Transform, change: Partial<Transform>, path = ""): Transform {
  const made = { ...ORIGIN };
  for (const axis of AXES) {
    const value = change[axis] ?? base[axis];
    if (typeof value !== "number" || !Number.isFinite(value)) {
      const detail = { path: `${path}/${axis}`, expected: "a finite number", found: String(value) };
      throw new TwinError("INVALID_VALUE", "A placement needs finite numbers.", { details: [detail] });
    }
    made[axis] = value;
  }
  const length = lengthOf(made);
  if (length < LEAST_LENGTH || length > MOST_LENGTH) {
    const expected = `with the others of qx, qy, qz, qw a length of ${LEAST_LENGTH} to ${MOST_LENGTH}`;
    const found = `a length of ${Number(length.toPrecision(4))}`;
    const message = `A turn is a quaternion of length 1 (no turn: 0, 0, 0, 1); this one has ${found}.`;
    throw new TwinError("INVALID_VALUE", message, { details: [{ path: `${path}/qw`, expected, found }] });
  }
  return kept(made);
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

/** INVALID_VALUE when the twin service would refuse it for its length. */
export function checkLook(twinId: string, visual: string): void {
  const bytes = Buffer.byteLength(visual);
  if (bytes > MAX_LOOK_BYTES) {
    const detail = { path: "/visual", expected: `at most ${MAX_LOOK_BYTES} bytes`, found: `${bytes} bytes` };
    const message = `The look of '${twinId}' takes ${bytes} bytes in UTF-8; at most ${MAX_LOOK_BYTES} are possible.`;
    throw new TwinError("INVALID_VALUE", message, { details: [detail] });
  }
}

export function pendingView(id: string, { twinId, visual, by, ...place }: PlacementContent): PlacementView {
  return { id, twinId, visual, by, status: "pending", reason: "", ...transformed(ORIGIN, place) };
}

export function toStored({ twinId, visual, by, ...view }: PlacementContent): StoredPlacement {
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
  const place = { ...ORIGIN };
  for (const axis of AXES) {
    const number = stored[axis];
    if (typeof number === "number" && Number.isFinite(number)) {
      const [min, max] = boundsOf(axis);
      place[axis] = Math.min(max, Math.max(min, number));
    }
  }
  const { visual, by } = stored;
  return { id, twinId, visual: text(visual), by: text(by), status: "saved", reason: "", ...kept(place) };
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

function lengthOf({ qx, qy, qz, qw }: Transform): number {
  return Math.hypot(qx, qy, qz, qw);
}

/** As it is stored: the same again for what was stored already, or each export and undo would turn it a little. */
function kept(place: Transform): Transform {
  const made = roundedAll(place);
  if (Math.abs(lengthOf(made) - 1) <= ROUNDING) {
    return made;
  }
  const length = lengthOf(place);
  const { qx, qy, qz, qw } = length > 0 ? place : ORIGIN; // another tool's 0, 0, 0, 0
  const by = length > 0 ? length : 1;
  return roundedAll({ ...place, qx: qx / by, qy: qy / by, qz: qz / by, qw: qw / by });
}

function roundedAll(place: Transform): Transform {
  const made = { ...ORIGIN };
  for (const axis of AXES) {
    made[axis] = rounded(place[axis]);
  }
  return made;
}

function rounded(value: number): number {
  // + 0: no negative zero, which JSON would not bring back.
  return Math.round(value * 10_000) / 10_000 + 0;
}
