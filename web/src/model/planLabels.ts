/**
 * Where the plan's labels go: under their symbol, over no other symbol and no other label, within the picture. Whole words
 * only; where a name has no room its last words stand for it, then without the value; never a value that nobody can tell
 * whose it is. What has no label is told by a tap. Pure.
 */

export interface LabelledThing {
  id: string;
  /** Metres, as in the plan. */
  x: number;
  z: number;
  /** Half of the symbol's width and depth, metres. */
  half: { x: number; z: number };
  title: string;
  value: string;
  /** Higher goes first where there is no room for all. */
  rank: number;
  /** Others' labels may lie on it. */
  isGround: boolean;
}

export interface PlanLabel {
  id: string;
  /** Middle, metres. */
  x: number;
  /** Metres: upper edge. */
  z: number;
  title: string;
  value: string;
}

/** Pixels per metre, and the picture's left and right edge in metres. */
export interface PlanPicture {
  perMetre: number;
  left: number;
  right: number;
}

export const FONT_PIXELS = 12.5;
/** Distance of the two lines, in heights of the font. */
export const LINE = 1.2;
/** Of a wide letter in bold, so that texts are never wider than reckoned with. */
const LETTER_PIXELS = 7.6;
const AIR_PIXELS = 5;
/** Grid on which overlapping is judged, pixels. */
const CELL = 4;
/** No screen has room for more. */
const MOST = 500;

export function planLabels(things: readonly LabelledThing[], picture: PlanPicture): PlanLabel[] {
  const { perMetre } = picture;
  const taken = new Map<number, string>();
  for (const thing of things.filter(({ isGround }) => !isGround)) {
    const { x, z, half } = thing;
    for (const cell of cells(x - half.x, x + half.x, z - half.z, z + half.z, perMetre)) {
      taken.set(cell, thing.id);
    }
  }
  const shown: PlanLabel[] = [];
  for (const thing of things.toSorted((a, b) => b.rank - a.rank)) {
    const label = shown.length < MOST ? fitting(thing, picture, taken) : undefined;
    if (label !== undefined) {
      shown.push(label);
    }
  }
  return shown;
}

/** The longest of its texts that has room; its cells are taken then. */
function fitting(thing: LabelledThing, picture: PlanPicture, taken: Map<number, string>): PlanLabel | undefined {
  const { perMetre, left, right } = picture;
  const z = thing.z + thing.half.z + 1 / perMetre;
  const names = titles(thing.title);
  const tries = [thing.value, ""].flatMap((value) => names.map((title) => ({ title, value })));
  for (const { title, value } of tries) {
    const lines = [title, value].filter((line) => line !== "");
    const half = (Math.max(0, ...lines.map(({ length }) => length)) * LETTER_PIXELS + AIR_PIXELS) / perMetre / 2;
    const x = Math.max(left + half, Math.min(thing.x, right - half));
    const height = (lines.length * LINE * FONT_PIXELS) / perMetre;
    const under = cells(x - half, x + half, z, z + height, perMetre);
    if (
      lines.length > 0 &&
      half * 2 <= right - left &&
      under.every((cell) => (taken.get(cell) ?? thing.id) === thing.id)
    ) {
      for (const cell of under) {
        taken.set(cell, `label of ${thing.id}`);
      }
      return { id: thing.id, x, z, title, value };
    }
  }
  return undefined;
}

/** The name, then its last words, which tell most of what tells it apart. */
function titles(title: string): string[] {
  const words = title.split(" ");
  const ends = words.slice(1).map((_, at) => `…${words.slice(at + 1).join(" ")}`);
  return [title, ...ends.filter((end) => end.length > MEANINGLESS)];
}

/** So short an end of a name ("…2") tells nothing. */
const MEANINGLESS = 4;

/** Of a rectangle in metres. */
function cells(left: number, right: number, top: number, bottom: number, perMetre: number): number[] {
  const found: number[] = [];
  const at = (metres: number) => Math.floor((metres * perMetre) / CELL);
  for (let row = at(top); row <= at(bottom); row++) {
    for (let column = at(left); column <= at(right); column++) {
      found.push(row * 65_536 + column);
    }
  }
  return found;
}
