/**
 * Places for twins that nobody has placed, by the structure of the graph (ADR 0009): what one twin contains stands
 * together in a block, by model and name, itself at its head. Pure arithmetic; SpaceLayout asks it.
 *
 * A place depends on the number of a block and of a slot in it alone, and a number once given stays: a twin that comes
 * later takes the next free slot, or begins a block, and moves nobody. Without newcomers the same graph gives the same
 * places in every process.
 */
import { ORIGIN, type Transform } from "../protocol/names.ts";
import type { Dtmi, TwinId } from "../twins/types.ts";
import { sorting } from "./sorting.ts";

export interface AutoTwin {
  id: TwinId;
  modelId: Dtmi;
  /** What contains it; undefined for the space's own twin. */
  container: TwinId | undefined;
  /** Contains others: heads a block of its own. */
  contains: boolean;
}

/** Metres between twins, and twins in a block. */
const GAP = 3;
const COLUMNS = 4;
const SLOTS = 32;
/** Metres between blocks, and blocks beside each other. */
const BLOCK_X = 18;
const BLOCK_Z = 30;
const BLOCKS_PER_ROW = 11;

const names = new Intl.Collator("en", { numeric: true });

interface Block {
  number: number;
  used: number;
}

export class AutoLayout {
  /** Behind what is arranged already, metres. */
  readonly #z: number;
  readonly #places = new Map<TwinId, Transform>();
  /** Container → its block that still has room. */
  readonly #open = new Map<TwinId, Block>();
  #blocks = 0;

  constructor(options: { z?: number } = {}) {
    this.#z = options.z ?? 0;
  }

  placeOf(id: TwinId): Transform | undefined {
    return this.#places.get(id);
  }

  /** Gives places to those that have none, in steps, of which each takes far less than a millisecond. */
  *adding(twins: readonly AutoTwin[]): Generator<void> {
    for (const twin of yield* sorting(twins, byStructure)) {
      if (!this.#places.has(twin.id)) {
        this.#places.set(twin.id, this.#next(twin.contains ? twin.id : (twin.container ?? twin.id)));
      }
      yield;
    }
  }

  #next(container: TwinId): Transform {
    let block = this.#open.get(container);
    if (block === undefined || block.used >= SLOTS) {
      block = { number: this.#blocks++, used: 0 };
      this.#open.set(container, block);
    }
    const slot = block.used++;
    const inRow = block.number % BLOCKS_PER_ROW;
    const side = inRow % 2 === 1 ? (inRow + 1) / 2 : -inRow / 2; // 0, 1, -1, 2, -2 …: the middle comes first
    const x = side * BLOCK_X + ((slot % COLUMNS) - (COLUMNS - 1) / 2) * GAP;
    const z = this.#z + Math.floor(block.number / BLOCKS_PER_ROW) * BLOCK_Z + Math.floor(slot / COLUMNS) * GAP;
    return { ...ORIGIN, x, z };
  }
}

/** Containers first, so that each heads its block; then block by block, by model and id. */
function byStructure(a: AutoTwin, b: AutoTwin): number {
  if (a.contains !== b.contains) {
    return a.contains ? -1 : 1;
  }
  const within = compare(a.container ?? "", b.container ?? "") || compare(a.modelId, b.modelId);
  return within || compare(a.id, b.id) || (a.id < b.id ? -1 : 1);
}

/** Most are of one container and one model, and the collator looks at equal strings letter by letter. */
function compare(a: string, b: string): number {
  return a === b ? 0 : names.compare(a, b);
}
