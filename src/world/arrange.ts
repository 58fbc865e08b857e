/**
 * What builders do to several placements at once: align, distribute, snap, turn, scale. Pure: placements in, transforms
 * out, in the same order. Their middle is that of the positions.
 */
import type { Transform } from "../protocol/names.ts";
import { turnedBy, upright, yawOf } from "../protocol/turn.ts";

type Axis = "x" | "y" | "z";

export type Arrangement =
  | { do: "align"; axis: Axis; to: "min" | "centre" | "max" }
  | { do: "distribute"; axis: Axis }
  | { do: "snap"; grid: number; degrees?: number }
  | { do: "rotate"; degrees: number; about: "each" | "group" }
  | { do: "scale"; factor: number; about: "each" | "group" };

/** What was done, for people: "turned 3 twins". */
export const DONE = {
  align: "aligned",
  distribute: "distributed",
  snap: "snapped",
  rotate: "turned",
  scale: "scaled",
} as const;

export function arranged(places: readonly Transform[], how: Arrangement): Transform[] {
  switch (how.do) {
    case "align":
      return aligned(places, how.axis, how.to);
    case "distribute":
      return distributed(places, how.axis);
    case "snap":
      return places.map((place) => snapped(place, how.grid, how.degrees));
    case "rotate":
      return turned(places, how.degrees, how.about === "group" ? middleOf(places) : undefined);
    case "scale":
      return scaled(places, how.factor, how.about === "group" ? middleOf(places) : undefined);
  }
}

function aligned(places: readonly Transform[], axis: Axis, to: "min" | "centre" | "max"): Transform[] {
  const [min, max] = rangeOf(places.map((place) => place[axis]));
  const value = to === "min" ? min : to === "max" ? max : (min + max) / 2;
  return places.map((place) => ({ ...place, [axis]: value }));
}

/** The outer two stay; those between come to equal distances, in the order in which they stand. */
function distributed(places: readonly Transform[], axis: Axis): Transform[] {
  const [min, max] = rangeOf(places.map((place) => place[axis]));
  const order = places.map((_, i) => i).sort((a, b) => (places[a]?.[axis] ?? 0) - (places[b]?.[axis] ?? 0) || a - b);
  const step = places.length > 1 ? (max - min) / (places.length - 1) : 0;
  const rank = new Map(order.map((place, i) => [place, i]));
  return places.map((place, i) => ({ ...place, [axis]: min + step * (rank.get(i) ?? 0) }));
}

/** To the grid on the floor, and about the upright axis to whole steps; a tilt is given up by that. */
function snapped(place: Transform, grid: number, degrees: number | undefined): Transform {
  const to = (value: number, step: number): number => Math.round(value / step) * step;
  const moved = { ...place, x: to(place.x, grid), z: to(place.z, grid) };
  if (degrees === undefined) {
    return moved;
  }
  return { ...moved, ...upright(to(yawOf(place), degrees)) };
}

function turned(places: readonly Transform[], degrees: number, about: Middle | undefined): Transform[] {
  const r = (degrees * Math.PI) / 180;
  return places.map((place) => {
    const turn = turnedBy(place, degrees);
    if (about === undefined) {
      return { ...place, ...turn };
    }
    const [dx, dz] = [place.x - about.x, place.z - about.z];
    const moved = {
      x: about.x + dx * Math.cos(r) + dz * Math.sin(r),
      z: about.z - dx * Math.sin(r) + dz * Math.cos(r),
    };
    return { ...place, ...turn, ...moved };
  });
}

function scaled(places: readonly Transform[], factor: number, about: Middle | undefined): Transform[] {
  return places.map((place) => {
    const moved = about && {
      x: about.x + (place.x - about.x) * factor,
      z: about.z + (place.z - about.z) * factor,
    };
    return { ...place, ...moved, s: place.s * factor };
  });
}

interface Middle {
  x: number;
  z: number;
}

function middleOf(places: readonly Transform[]): Middle {
  const middle = (axis: Axis): number => {
    const [min, max] = rangeOf(places.map((place) => place[axis]));
    return (min + max) / 2;
  };
  return { x: middle("x"), z: middle("z") };
}

function rangeOf(values: readonly number[]): [min: number, max: number] {
  return [Math.min(...values), Math.max(...values)];
}
