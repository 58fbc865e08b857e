/** A client of a large room, as far as twins are concerned. Made by NearViews. */
import type { StateView } from "@colyseus/schema";
import type { TwinId } from "../../src/twins/types.ts";
import type { Vantage } from "./Vantage.ts";

/** What a client sees. */
export interface Seer {
  readonly sessionId: string;
  readonly view: StateView;
  readonly tag: number;
  /** Key of the cell in whose middle it counts as standing. */
  centre: number;
  vantage: Vantage;
  /** What it asked to watch (`twin.watch`), and what it has selected; "": nothing. */
  listed: readonly TwinId[];
  selected: TwinId;
  /** Both. */
  watched: ReadonlySet<TwinId>;
  /** Twins in near cells that it is not shown for its budget. */
  thinned: number;
}
