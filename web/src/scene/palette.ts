/** The scene's colours for dark and light, by the same names as in styles/tokens.css. */
import type { Status } from "../model/status.ts";

export interface Palette {
  background: string;
  ground: string;
  grid: string;
  gridCentre: string;
  text: string;
  muted: string;
  outline: string;
  accent: string;
  shadow: number;
  /** Found by a query. */
  found: string;
  /** Left out by a filter or a query. */
  faint: string;
  /** Live things are neutral, so that only exceptions carry colour. */
  status: Record<Status, string>;
}

const DARK: Palette = {
  background: "#0d1218",
  ground: "#10171f",
  grid: "#1d2833",
  gridCentre: "#2a3a49",
  text: "#f2f6fa",
  muted: "#a9b8c7",
  outline: "#0d1218",
  accent: "#56b4e9",
  shadow: 0.45,
  found: "#56b4e9",
  faint: "#39444f",
  status: {
    alarm: "#f2603c",
    warning: "#f0c000",
    live: "#93a5b8",
    stale: "#8d7f55",
    offline: "#4d5660",
    never: "#59636e",
  },
};

const LIGHT: Palette = {
  background: "#e6ecf2",
  ground: "#eef2f6",
  grid: "#d3dce5",
  gridCentre: "#b5c3d0",
  text: "#101820",
  muted: "#44566a",
  outline: "#f4f7fa",
  accent: "#0b6cae",
  shadow: 0.16,
  found: "#3b9bdc",
  faint: "#d5dde4",
  status: {
    alarm: "#e0492a",
    warning: "#d9a400",
    live: "#a9b7c6",
    stale: "#c9b26a",
    offline: "#7d8791",
    never: "#c4cbd2",
  },
};

const light = window.matchMedia("(prefers-color-scheme: light)");

export function palette(): Palette {
  return light.matches ? LIGHT : DARK;
}

/** Called when the person switches between dark and light. Returns the unsubscriber. */
export function onPalette(listener: () => void): () => void {
  light.addEventListener("change", listener);
  return () => light.removeEventListener("change", listener);
}

export function reducedMotion(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
