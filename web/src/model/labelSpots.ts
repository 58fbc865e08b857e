/**
 * Where the labels of the 3D view go: above their thing, else beside it, wherever they lie over other things least; over no
 * other label; not at all where they would be taken for another thing's. Pure; sizes in CSS pixels, y down.
 */

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Labelled {
  index: number;
  /** Where the label stands by itself: the middle of its foot. */
  x: number;
  y: number;
  /** Size of the label. */
  width: number;
  height: number;
  /** What it belongs to, on the screen; undefined where nothing needs to stay free. */
  body: Box | undefined;
  /** One must not miss it: shown even where it lies over others. */
  isUrgent: boolean;
}

export interface Spot {
  side: Side;
  /** From where it stands by itself. */
  dx: number;
  dy: number;
}

type Side = "above" | "aboveLeft" | "aboveRight" | "left" | "right";

/** Grid on which overlapping is judged. */
const CELL = 8;
const AIR = 4;
/** So much of a label over other things costs as much as a place that is less plain. */
const PLAINNESS: Record<Side, number> = { above: 0, aboveLeft: 0.06, aboveRight: 0.06, left: 0.12, right: 0.12 };
/** What keeps labels from jumping to and fro while one turns. */
const STAYING = 0.12;
/** A label that lies over others with more than this is taken for theirs. */
const MOST_OVER = 0.2;
const NOBODY = 0;
const SEVERAL = 0xffff_ffff;

/** Of `things`, the most important first. `before`: where labels were until now. */
export function labelSpots(
  things: readonly Labelled[],
  view: { width: number; height: number; most: number },
  before: ReadonlyMap<number, Spot>,
): Map<number, Spot> {
  const grid = new Grid(view.width, view.height);
  for (const { index, body } of things) {
    if (body !== undefined) {
      grid.block(body, index + 1);
    }
  }
  const spots = new Map<number, Spot>();
  for (const thing of things) {
    if (spots.size === view.most) {
      break;
    }
    const spot = bestOf(thing, grid, view, before.get(thing.index)?.side);
    if (spot !== undefined) {
      grid.take(boxAt(thing, spot, view));
      spots.set(thing.index, spot);
    }
  }
  return spots;
}

function bestOf(
  thing: Labelled,
  grid: Grid,
  view: { width: number; height: number },
  before: Side | undefined,
): Spot | undefined {
  let best: { spot: Spot; cost: number } | undefined;
  for (const spot of spotsFor(thing)) {
    const over = grid.partOver(boxAt(thing, spot, view), thing.index + 1);
    if (over !== undefined && (over <= MOST_OVER || thing.isUrgent)) {
      const cost = over + PLAINNESS[spot.side] - (spot.side === before ? STAYING : 0);
      best = best === undefined || cost < best.cost ? { spot, cost } : best;
    }
  }
  return best?.spot;
}

function spotsFor({ width, height, body }: Labelled): Spot[] {
  const above: Spot = { side: "above", dx: 0, dy: 0 };
  if (body === undefined) {
    return [above];
  }
  const half = (body.right - body.left) / 2;
  const aligned = Math.abs(width / 2 - half);
  const beside = width / 2 + half + AIR;
  const down = height / 2 + (body.bottom - body.top) / 4;
  return [
    above,
    { side: "aboveLeft", dx: -aligned, dy: 0 },
    { side: "aboveRight", dx: aligned, dy: 0 },
    { side: "left", dx: -beside, dy: down },
    { side: "right", dx: beside, dy: down },
  ];
}

/** Labels at an edge are moved in, as the shader moves them. */
function boxAt({ x, y, width, height }: Labelled, { dx, dy }: Spot, view: { width: number; height: number }): Box {
  const half = width / 2;
  const middle = Math.max(half, Math.min(x + dx, view.width - half));
  const bottom = Math.max(y + dy, height);
  return { left: middle - half, right: middle + half, top: bottom - height, bottom };
}

/** Who is where, in cells. Plain loops: this runs for every label of a large space while the camera moves. */
class Grid {
  readonly #columns: number;
  readonly #rows: number;
  readonly #bodies: Uint32Array;
  readonly #labels: Uint8Array;

  constructor(width: number, height: number) {
    this.#columns = Math.ceil(width / CELL) + 1;
    this.#rows = Math.ceil(height / CELL) + 1;
    this.#bodies = new Uint32Array(this.#columns * this.#rows);
    this.#labels = new Uint8Array(this.#columns * this.#rows);
  }

  block(box: Box, by: number): void {
    const { left, right, top, bottom } = this.#cells(box);
    for (let row = top; row <= bottom; row++) {
      for (let cell = row * this.#columns + left; cell <= row * this.#columns + right; cell++) {
        const there = this.#bodies[cell];
        this.#bodies[cell] = there === NOBODY || there === by ? by : SEVERAL;
      }
    }
  }

  take(box: Box): void {
    const { left, right, top, bottom } = this.#cells(box);
    for (let row = top; row <= bottom; row++) {
      this.#labels.fill(1, row * this.#columns + left, row * this.#columns + right + 1);
    }
  }

  /** Part of the box that lies over bodies of others; undefined where another label is. */
  partOver(box: Box, own: number): number | undefined {
    const { left, right, top, bottom } = this.#cells(box);
    let over = 0;
    for (let row = top; row <= bottom; row++) {
      for (let cell = row * this.#columns + left; cell <= row * this.#columns + right; cell++) {
        if (this.#labels[cell] === 1) {
          return undefined;
        }
        const there = this.#bodies[cell];
        over += there === NOBODY || there === own ? 0 : 1;
      }
    }
    return over / Math.max(1, (bottom - top + 1) * (right - left + 1));
  }

  /** Of the box, within the view: first and last column and row. */
  #cells({ left, right, top, bottom }: Box): Box {
    return {
      left: Math.max(0, Math.floor(left / CELL)),
      right: Math.min(this.#columns - 1, Math.floor(right / CELL)),
      top: Math.max(0, Math.floor(top / CELL)),
      bottom: Math.min(this.#rows - 1, Math.floor(bottom / CELL)),
    };
  }
}
