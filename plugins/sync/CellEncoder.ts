/**
 * Encodes what changed in a large room once for all who see it: each changed twin into the bytes of its cell, and a client's
 * patch is put together of the cells that it sees. The cost follows the changes, not clients times changes, which is what
 * Colyseus' own walk for each view costs. Used by TwinSerializer and ValueLane; who sees what is NearViews' matter.
 */
import type { Client } from "@colyseus/core";
import { $changes, type Encoder } from "@colyseus/schema";
import type { TwinState, WorldState } from "../../src/schema/states.ts";
import type { TwinId } from "../../src/twins/types.ts";
import { CellChanges } from "./CellChanges.ts";
import type { ChangeList, ChangeTree } from "./internals.ts";
import { type NearViews, type Place, placeOf, type Seer } from "./NearViews.ts";
import type { PatchBytes } from "./PatchBytes.ts";
import type { LaneSide } from "./ValueLane.ts";

const NONE: readonly never[] = [];
const NOBODY: ReadonlySet<never> = new Set();

interface Piece {
  readonly bytes: CellChanges;
  readonly from: number;
  readonly to: number;
}

export class CellEncoder implements LaneSide {
  readonly #near: NearViews;
  readonly #world: WorldState;
  /** Of twins that stand nowhere. */
  readonly #nowhere: CellChanges[] = [];
  /** Those with something in them. */
  #changed: CellChanges[] = [];
  /** What changed of twins that somebody watches. */
  readonly #watched = new Map<TwinId, Piece[]>();

  constructor(near: NearViews, world: WorldState) {
    this.#near = near;
    this.#world = world;
  }

  get isEmpty(): boolean {
    return this.#changed.length === 0;
  }

  bytesOf(twin: TwinState, tag: number): PatchBytes | undefined {
    const place = placeOf(twin);
    return place && this.#open(place, tag);
  }

  wrote(twin: TwinState, bytes: PatchBytes, from: number): void {
    const { id } = placeOf(twin) as Place;
    if (this.#near.isWatched(id)) {
      this.#addPiece(id, bytes as CellChanges, from);
    }
  }

  /** Encodes the twins' changes; answers those of anything else that views show, for Colyseus' own walk. */
  collect(encoder: Encoder): ChangeList {
    const others: ChangeList = { next: undefined };
    let last = others;
    const { changes } = encoder.root as unknown as { changes: ChangeList };
    const map = treeOf(this.#world.twins);
    for (let at = changes.next; at; at = at.next) {
      const { changeTree } = at;
      if (changeTree === map) {
        continue; // who gets which twin is told by the views
      }
      const place = changeTree.isFiltered ? this.#placeOf(changeTree) : undefined;
      if (place) {
        this.#encode(encoder, changeTree, place);
      } else if (changeTree.isFiltered || changeTree.encDescriptor.hasAnyView) {
        last.next = { changeTree, next: undefined };
        last = last.next;
      }
    }
    this.#share();
    return others;
  }

  /** What the client is to get of it. */
  piecesFor(client: Client): readonly Uint8Array[] {
    const seer = this.#changed.length > 0 ? this.#near.seer(client) : undefined;
    if (seer && this.#watched.size > 0) {
      this.#addWatched(seer.pieces, seer);
    }
    return seer?.pieces ?? NONE;
  }

  /** Hands each cell's changes to who sees it. */
  #share(): void {
    for (const changes of this.#changed) {
      const { tag, seers } = changes;
      const piece = changes.bytes();
      for (const seer of seers) {
        if (isFor(seer, tag)) {
          seer.pieces.push(piece);
        }
      }
    }
  }

  clear(): void {
    for (const bytes of this.#changed) {
      bytes.clear();
      for (const { pieces } of bytes.seers) {
        pieces.length = 0;
      }
    }
    this.#clearWatchers();
    this.#changed = [];
    this.#watched.clear();
  }

  #clearWatchers(): void {
    for (const seer of this.#watched.size > 0 ? this.#near.all() : NONE) {
      seer.pieces.length = 0;
    }
  }

  #addWatched(pieces: Uint8Array[], seer: Seer): void {
    for (const id of seer.watched) {
      const cell = this.#near.place(id)?.cell;
      if (!(cell && seer.cells.has(cell))) {
        for (const { bytes, from, to } of this.#watched.get(id) ?? NONE) {
          if (isFor(seer, bytes.tag)) {
            pieces.push(bytes.bytes(from, to));
          }
        }
      }
    }
  }

  /** Of a twin, or of a component or map in it. */
  #placeOf(tree: ChangeTree): Place | undefined {
    for (let ref: object | undefined = tree.ref; ref; ref = treeOf(ref)?.parent as object | undefined) {
      const place = placeOf(ref);
      if (place) {
        return place;
      }
    }
    return undefined;
  }

  #encode(encoder: Encoder, tree: ChangeTree, place: Place): void {
    const { encDescriptor } = tree;
    if (!(encDescriptor.isSchema && encDescriptor.hasAnyView)) {
      this.#write(tree, place, 0, ({ data, it }) => {
        tree.forEach((index, op) => {
          operation(encoder, tree, index, op, data, it);
        });
      });
      return;
    }
    tree.forEach((index, op) => {
      this.#write(tree, place, encDescriptor.tags[index] ?? 0, ({ data, it }) => {
        operation(encoder, tree, index, op, data, it);
      });
    });
  }

  #write(tree: ChangeTree, place: Place, tag: number, write: (bytes: CellChanges) => void): void {
    const bytes = this.#open(place, tag);
    const from = bytes.length;
    do {
      bytes.cut();
      bytes.about(tree.ref);
      write(bytes);
    } while (bytes.wasTooSmall(from));
    if (this.#near.isWatched(place.id)) {
      this.#addPiece(place.id, bytes, from);
    }
  }

  /** The bytes in which changes of this twin go. */
  #open({ id, cell }: Place, tag: number): CellChanges {
    const bytes = byTag(cell?.changes ?? this.#nowhere, tag, cell?.seers ?? NOBODY);
    if (bytes.length === 0) {
      this.#changed.push(bytes);
    }
    if (this.#near.isWatched(id)) {
      bytes.cut();
    }
    return bytes;
  }

  #addPiece(id: TwinId, bytes: CellChanges, from: number): void {
    const pieces = this.#watched.get(id) ?? [];
    this.#watched.set(id, pieces);
    pieces.push({ bytes, from, to: bytes.length });
  }
}

function byTag(all: CellChanges[], tag: number, seers: ReadonlySet<Seer>): CellChanges {
  let bytes = all.find((b) => b.tag === tag);
  if (!bytes) {
    bytes = new CellChanges(tag, seers);
    all.push(bytes);
  }
  return bytes;
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

function treeOf(ref: object): ChangeTree | undefined {
  return (ref as Record<symbol, ChangeTree | undefined>)[$changes];
}
