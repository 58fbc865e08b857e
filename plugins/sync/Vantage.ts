/**
 * What clients of a large room see that stand in the same cell, with the same right and the same cells left out for their
 * budgets: a crowd has one of them. Made by NearViews; CellEncoder puts together once what changed there.
 */
import type { Cell } from "./Floor.ts";
import type { Piece } from "./frames.ts";

export interface Vantage {
  readonly key: string;
  readonly tag: number;
  readonly cells: ReadonlySet<Cell>;
  /** How many clients it is shared by. */
  seers: number;
  /**
   * Of CellEncoder: what changed, of which patch that is, and the whole put together for all who get nothing else. The first
   * so many are of that patch; a list that is emptied would be garbage each time.
   */
  readonly pieces: Piece[];
  pieceCount: number;
  piecesOf: object | undefined;
  patch: Uint8Array | undefined;
}

export function newVantage(key: string, tag: number, cells: ReadonlySet<Cell>): Vantage {
  return { key, tag, cells, seers: 0, pieces: [], pieceCount: 0, piecesOf: undefined, patch: undefined };
}
