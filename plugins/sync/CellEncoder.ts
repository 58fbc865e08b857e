/**
 * Encodes what changed in a large room once for all who see it: each changed twin into the bytes of its cell, and a client's
 * patch is put together of the cells that it sees. The cost follows the changes, not clients times changes, which is what
 * Colyseus' own walk for each view costs. Used by TwinSerializer; who sees what is NearViews' matter.
 */
import type { Client } from "@colyseus/core";
import { $changes, $refId, type Encoder, encode } from "@colyseus/schema";
import type { TwinState, WorldState } from "../../src/schema/TwinSchemas.ts";
import type { TwinId } from "../../src/twins/types.ts";
import { type ChangeList, type ChangeTree, SWITCH_TO_STRUCTURE } from "./internals.ts";
import type { NearViews, Seer } from "./NearViews.ts";

/** Room for one operation's head; a longer value is written again into a larger buffer. */
const HEAD = 64;
/** For twins that stand nowhere. */
const NOWHERE = Number.NaN;

class Bytes {
  data = new Uint8Array(512);
  readonly it = { offset: 0 };

  /** Writes past the end of an array are lost: then `write` is called again, with more room. */
  append(write: (data: Uint8Array, it: { offset: number }) => void): void {
    const from = this.it.offset;
    for (;;) {
      write(this.data, this.it);
      if (this.it.offset <= this.data.length) {
        return;
      }
      const grown = new Uint8Array((this.it.offset + HEAD) * 2);
      grown.set(this.data.subarray(0, from));
      this.data = grown;
      this.it.offset = from;
    }
  }
}

interface Piece {
  readonly bytes: Bytes;
  readonly tag: number;
  readonly from: number;
  to: number;
}

export class CellEncoder {
  readonly #near: NearViews;
  readonly #world: WorldState;
  /** Cell → role tag of the fields (0: for everybody) → what changed there. */
  readonly #cells = new Map<number, Map<number, Bytes>>();
  /** What changed of twins that somebody watches. */
  readonly #watched = new Map<TwinId, Piece[]>();

  constructor(near: NearViews, world: WorldState) {
    this.#near = near;
    this.#world = world;
  }

  /** Encodes the twins' changes; answers those of anything else that views show, for Colyseus' own walk. */
  collect(encoder: Encoder): ChangeList {
    const others: ChangeList = { next: undefined };
    let last = others;
    const { changes } = encoder.root as unknown as { changes: ChangeList };
    const map = (this.#world.twins as unknown as Record<symbol, ChangeTree>)[$changes];
    for (let at = changes.next; at; at = at.next) {
      const { changeTree } = at;
      if (changeTree === map) {
        continue; // who gets which twin is told by the views
      }
      const id = changeTree.isFiltered ? this.#twinOf(changeTree) : undefined;
      if (id !== undefined) {
        this.#encode(encoder, changeTree, id);
      } else if (changeTree.isFiltered || changeTree.encDescriptor.hasAnyView) {
        last.next = { changeTree, next: undefined };
        last = last.next;
      }
    }
    return others;
  }

  /** What the client is to get of it. */
  piecesFor(client: Client): Uint8Array[] {
    const seer = this.#near.seer(client);
    const pieces: Uint8Array[] = [];
    if (!seer || this.#cells.size === 0) {
      return pieces;
    }
    for (const cell of seer.cells) {
      for (const [tag, { data, it }] of this.#cells.get(cell) ?? []) {
        if (isFor(seer, tag)) {
          pieces.push(data.subarray(0, it.offset));
        }
      }
    }
    for (const id of this.#watched.size > 0 ? seer.watched : []) {
      if (!seer.cells.has(this.#near.cellOf(id) ?? NOWHERE)) {
        this.#addWatched(pieces, seer, id);
      }
    }
    return pieces;
  }

  clear(): void {
    this.#cells.clear();
    this.#watched.clear();
  }

  #addWatched(pieces: Uint8Array[], seer: Seer, id: TwinId): void {
    for (const { bytes, tag, from, to } of this.#watched.get(id) ?? []) {
      if (isFor(seer, tag)) {
        pieces.push(bytes.data.subarray(from, to));
      }
    }
  }

  /** Of a twin, or of a component or map in it. */
  #twinOf(tree: ChangeTree): TwinId | undefined {
    for (
      let at: ChangeTree | undefined = tree;
      at;
      at = (at.parent as Record<symbol, ChangeTree> | undefined)?.[$changes]
    ) {
      if (at.parent === this.#world.twins) {
        return this.#near.idOf(at.ref as unknown as TwinState);
      }
    }
    return undefined;
  }

  #encode(encoder: Encoder, tree: ChangeTree, id: TwinId): void {
    const { encDescriptor } = tree;
    if (!(encDescriptor.isSchema && encDescriptor.hasAnyView)) {
      this.#write(id, 0, tree, (data, it) => {
        tree.forEach((index, op) => {
          operation(encoder, tree, index, op, data, it);
        });
      });
      return;
    }
    tree.forEach((index, op) => {
      this.#write(id, encDescriptor.tags[index] ?? 0, tree, (data, it) =>
        operation(encoder, tree, index, op, data, it),
      );
    });
  }

  #write(id: TwinId, tag: number, tree: ChangeTree, write: (data: Uint8Array, it: { offset: number }) => void): void {
    const cell = this.#near.cellOf(id) ?? NOWHERE;
    const bytes = this.#bytesOf(cell, tag);
    const from = bytes.it.offset;
    bytes.append((data, it) => {
      data[it.offset++] = SWITCH_TO_STRUCTURE;
      encode.number(data, tree.ref[$refId] ?? 0, it);
      write(data, it);
    });
    if (this.#near.isWatched(id)) {
      const pieces = this.#watched.get(id) ?? [];
      this.#watched.set(id, pieces);
      pieces.push({ bytes, tag, from, to: bytes.it.offset });
    }
  }

  #bytesOf(cell: number, tag: number): Bytes {
    const tags = this.#cells.get(cell) ?? new Map<number, Bytes>();
    this.#cells.set(cell, tags);
    const bytes = tags.get(tag) ?? new Bytes();
    tags.set(tag, bytes);
    return bytes;
  }
}

function isFor(seer: Seer, tag: number): boolean {
  return tag === 0 || (tag & seer.tag) !== 0;
}

function operation(
  encoder: Encoder,
  tree: ChangeTree,
  index: number,
  op: number,
  data: Uint8Array,
  it: { offset: number },
): void {
  if (index < 0) {
    data[it.offset++] = -index & 255; // of a whole collection: it was cleared
    return;
  }
  const { encDescriptor } = tree;
  encDescriptor.encoder(encoder, data, tree, index, op, it, false, true, encDescriptor.metadata);
}
