/**
 * Places for twins that nobody has placed, by the structure of the graph (ADR 0009): what one twin contains stands
 * together in a block, by model and name, itself at its head. Pure arithmetic; SpaceLayout asks it.
 *
 * A place depends on the number of a block and of a slot in it alone, and a number once given stays while the twin does: a
 * twin that comes later takes the lowest free slot, or begins a block, and moves nobody. Who leaves gives the slot back, and
 * has it again if he returns before another took it. Without newcomers the same graph gives the same places in every process.
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

/** Metres between twins, and twins in a block: as many as a number has bits. */
const GAP = 3;
const COLUMNS = 4;
const SLOTS = 32;
const ALL_TAKEN = -1;
/** Metres between blocks, and blocks beside each other. */
const BLOCK_X = 18;
const BLOCK_Z = 30;
const BLOCKS_PER_ROW = 11;

const names = new Intl.Collator("en", { numeric: true });

interface Block {
  readonly number: number;
  /** Whose twins stand in it. */
  container: TwinId;
  /** A bit for each slot. */
  taken: number;
  /** By slot: who has it, or had it last. */
  readonly twins: TwinId[];
}

export class AutoLayout {
  /** Behind what is arranged already, metres. */
  readonly #z: number;
  /** Number of the block × SLOTS + slot: of those that have one, and of those that had it last. */
  readonly #slots = new Map<TwinId, number>();
  readonly #blocks: Block[] = [];
  /** Container → its blocks that have room, lowest first. */
  readonly #open = new Map<TwinId, Block[]>();
  /** No block below it is empty. */
  #firstEmpty = 0;

  constructor(options: { z?: number } = {}) {
    this.#z = options.z ?? 0;
  }

  placeOf(id: TwinId): Transform | undefined {
    const at = this.#slots.get(id);
    return at === undefined || !this.#isTaken(at) ? undefined : this.#transform(at);
  }

  /** Gives places to those that have none, in steps, of which each takes far less than a millisecond. */
  *adding(twins: readonly AutoTwin[]): Generator<void> {
    for (const { id } of twins) {
      this.#takeAgain(id);
      yield;
    }
    for (const twin of yield* sorting(twins, byStructure)) {
      if (!this.#slots.has(twin.id)) {
        this.#take(this.#blockFor(twin.contains ? twin.id : (twin.container ?? twin.id)), twin.id);
      }
      yield;
    }
  }

  /** It left. */
  remove(id: TwinId): void {
    const at = this.#slots.get(id);
    if (at === undefined || !this.#isTaken(at)) {
      return;
    }
    const block = this.#blockAt(at);
    if (block.taken === ALL_TAKEN) {
      this.#reopen(block);
    }
    block.taken &= ~bitOf(at);
    if (block.taken === 0) {
      this.#firstEmpty = Math.min(this.#firstEmpty, block.number);
    }
  }

  /** All left. */
  clear(): void {
    for (const block of this.#blocks) {
      if (block.taken === ALL_TAKEN) {
        this.#reopen(block);
      }
      block.taken = 0;
    }
    this.#firstEmpty = 0;
  }

  /** It never had a twin to give a place to. */
  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /** Where it stood, if that is free. */
  #takeAgain(id: TwinId): void {
    const at = this.#slots.get(id);
    if (at !== undefined && !this.#isTaken(at)) {
      this.#mark(this.#blockAt(at), bitOf(at));
    }
  }

  /** The lowest free slot. */
  #take(block: Block, id: TwinId): void {
    const slot = 31 - Math.clz32(~block.taken & (block.taken + 1));
    const last = block.twins[slot];
    if (last !== undefined) {
      this.#slots.delete(last);
    }
    block.twins[slot] = id;
    this.#slots.set(id, block.number * SLOTS + slot);
    this.#mark(block, 1 << slot);
  }

  #mark(block: Block, bit: number): void {
    block.taken |= bit;
    if (block.taken === ALL_TAKEN) {
      this.#close(block);
    }
  }

  /** With room: the container's first, else an empty one, else a new one. */
  #blockFor(container: TwinId): Block {
    const open = this.#open.get(container)?.[0];
    if (open) {
      return open;
    }
    const block = this.#emptyBlock() ?? { number: this.#blocks.length, container, taken: 0, twins: [] };
    this.#blocks[block.number] = block;
    block.container = container;
    this.#reopen(block);
    return block;
  }

  /** The lowest, with nobody remembered in it. */
  #emptyBlock(): Block | undefined {
    while (this.#blocks[this.#firstEmpty]?.taken) {
      this.#firstEmpty++;
    }
    const block = this.#blocks[this.#firstEmpty];
    if (block) {
      this.#close(block);
      for (const id of block.twins.splice(0)) {
        this.#slots.delete(id);
      }
    }
    return block;
  }

  /** It has room. */
  #reopen(block: Block): void {
    const open = this.#open.get(block.container) ?? [];
    this.#open.set(block.container, open);
    const behind = open.findIndex(({ number }) => number > block.number);
    open.splice(behind === -1 ? open.length : behind, 0, block);
  }

  #close(block: Block): void {
    const open = this.#open.get(block.container)?.filter((other) => other !== block) ?? [];
    if (open.length === 0) {
      this.#open.delete(block.container);
    } else {
      this.#open.set(block.container, open);
    }
  }

  #blockAt(at: number): Block {
    return this.#blocks[Math.floor(at / SLOTS)] as Block;
  }

  #isTaken(at: number): boolean {
    return (this.#blockAt(at).taken & bitOf(at)) !== 0;
  }

  #transform(at: number): Transform {
    const [block, slot] = [Math.floor(at / SLOTS), at % SLOTS];
    const inRow = block % BLOCKS_PER_ROW;
    const side = inRow % 2 === 1 ? (inRow + 1) / 2 : -inRow / 2; // 0, 1, -1, 2, -2 …: the middle comes first
    const x = side * BLOCK_X + ((slot % COLUMNS) - (COLUMNS - 1) / 2) * GAP;
    const z = this.#z + Math.floor(block / BLOCKS_PER_ROW) * BLOCK_Z + Math.floor(slot / COLUMNS) * GAP;
    return { ...ORIGIN, x, z };
  }
}

function bitOf(at: number): number {
  return 1 << (at % SLOTS);
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
