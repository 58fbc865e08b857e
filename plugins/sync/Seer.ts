/** A client of a large room, as far as twins are concerned. Made by NearViews. */
import type { StateView } from "@colyseus/schema";
import type { TwinId } from "../../src/twins/types.ts";
import type { Bucket } from "./Bucket.ts";
import type { Spot } from "./Floor.ts";
import type { Vantage } from "./Vantage.ts";

/** What a client asked for before it became one. */
export interface Wishes {
  spot?: Spot;
  listed?: readonly TwinId[];
  selected?: TwinId;
}

/** What a client sees, and what it asked for last, which it sees from the next patch on. */
export interface Seer {
  readonly sessionId: string;
  readonly view: StateView;
  readonly tag: number;
  /** Twins that it may newly be shown. */
  readonly allowance: Bucket;
  /** Key of the cell in whose middle it counts as standing, and of that in which it will. */
  centre: number;
  goal: number;
  vantage: Vantage;
  /** What it asked to watch (`twin.watch`), and what it has selected; "": nothing. */
  listed: readonly TwinId[];
  selected: TwinId;
  /** Both, and of these what it is shown. */
  wanted: ReadonlySet<TwinId>;
  readonly watched: Set<TwinId>;
  /** Twins in near cells that it is not shown: for its budget, or not yet. */
  thinned: number;
}
