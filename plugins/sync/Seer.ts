/** A client of a large room, as far as twins are concerned. Made by NearViews. */
import type { StateView } from "@colyseus/schema";
import type { TwinId } from "../../src/twins/types.ts";
import type { Cell } from "./Floor.ts";
import type { Piece } from "./frames.ts";

/** What a client sees. */
export interface Seer {
  readonly sessionId: string;
  readonly view: StateView;
  readonly tag: number;
  /** Key of the cell in whose middle it counts as standing. */
  centre: number;
  cells: ReadonlySet<Cell>;
  watched: ReadonlySet<TwinId>;
  /** Twins in near cells that the budget leaves out. */
  thinned: number;
  /** Of CellEncoder: what is for it, and of which patch. */
  readonly pieces: Piece[];
  piecesOf: object | undefined;
}
