/**
 * Encodes what changed in a large room once for all who see it: each changed twin into the bytes of its cell, and a client's
 * patch is put together of the cells that it sees. The cost follows the changes, not clients times changes, which is what
 * Colyseus' own walk for each view costs. Used by TwinSerializer and ValueLane; who sees what is NearViews' matter.
 */
import { $changes, $refId, type Encoder } from "@colyseus/schema";
import type { TwinState, WorldState } from "../../src/schema/states.ts";
import type { TwinId } from "../../src/twins/types.ts";
import { CellChanges } from "./CellChanges.ts";
import { type Place, placeOf } from "./Floor.ts";
import type { Piece } from "./frames.ts";
import type { ChangeList, ChangeTree } from "./internals.ts";
import type { NearViews } from "./NearViews.ts";
import type { PatchBytes } from "./PatchBytes.ts";
import type { Seer } from "./Seer.ts";
import type { LaneSide } from "./ValueLane.ts";

const NONE: readonly never[] = [];
const NOBODY: ReadonlySet<never> = new Set();

/** Of a twin that is seen wherever one stands. */
interface Picked extends Piece {
  readonly tag: number;
}

export class CellEncoder implements LaneSide {
  readonly #near: NearViews;
  readonly #world: WorldState;
  /** Of twins that stand nowhere. */
  readonly #nowhere: CellChanges[] = [];
  /** Those with something in them. */
  #changed: CellChanges[] = [];
  /** What changed of twins that are seen wherever one stands: watched by somebody, or with an alarm. */
  readonly #picked = new Map<TwinId, Picked[]>();
  /** Stands for the patch that is made. */
  #patch = {};

  constructor(near: NearViews, world: WorldState) {
    this.#near = near;
    this.#world = world;
  }

  get isEmpty(): boolean {
    return this.#changed.length === 0;
  }

  bytesOf(twin: TwinState, tag: number): PatchBytes | "nobody" | undefined {
    const place = placeOf(twin);
    if (place && !place.cell?.seers.size && !this.#near.isPicked(place.id)) {
      return "nobody";
    }
    return place && this.#open(place, tag);
  }

  wrote(twin: TwinState, bytes: PatchBytes, from: number): void {
    const { id } = placeOf(twin) as Place;
    if (this.#near.isPicked(id)) {
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

  /** What one of them is to get of it. */
  piecesFor(seer: Seer): readonly Piece[] {
    if (this.#picked.size > 0) {
      this.#addPicked(seer);
    }
    return seer.piecesOf === this.#patch ? seer.pieces : NONE;
  }

  /** To be added to. What is left of earlier patches goes when it is in the way: many clients get nothing of most. */
  #piecesOf(seer: Seer): Piece[] {
    if (seer.piecesOf !== this.#patch) {
      seer.piecesOf = this.#patch;
      seer.pieces.length = 0;
    }
    return seer.pieces;
  }

  /** Hands each cell's changes to who sees it. */
  #share(): void {
    for (const changes of this.#changed) {
      for (const seer of changes.seers) {
        if (isFor(seer, changes.tag)) {
          this.#piecesOf(seer).push(changes);
        }
      }
    }
  }

  clear(): void {
    for (const bytes of this.#changed) {
      bytes.clear();
    }
    this.#changed = [];
    this.#picked.clear();
    this.#patch = {};
  }

  #addPicked(seer: Seer): void {
    for (const id of seer.watched) {
      this.#addFar(seer, id);
    }
    for (const id of this.#near.alarmed) {
      if (!seer.watched.has(id)) {
        this.#addFar(seer, id);
      }
    }
  }

  /** Unless its cell's changes are in the patch anyhow. */
  #addFar(seer: Seer, id: TwinId): void {
    const cell = this.#near.place(id)?.cell;
    if (!(cell && seer.cells.has(cell))) {
      for (const piece of this.#picked.get(id) ?? NONE) {
        if (isFor(seer, piece.tag)) {
          this.#piecesOf(seer).push(piece);
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
      bytes.about(tree.ref[$refId] ?? 0);
      write(bytes);
    } while (bytes.wasTooSmall(from));
    if (this.#near.isPicked(place.id)) {
      this.#addPiece(place.id, bytes, from);
    }
  }

  /** The bytes in which changes of this twin go. */
  #open({ id, cell }: Place, tag: number): CellChanges {
    const bytes = byTag(cell?.changes ?? this.#nowhere, tag, cell?.seers ?? NOBODY);
    if (bytes.length === 0) {
      this.#changed.push(bytes);
    }
    if (this.#near.isPicked(id)) {
      bytes.cut();
    }
    return bytes;
  }

  #addPiece(id: TwinId, bytes: CellChanges, from: number): void {
    const pieces = this.#picked.get(id) ?? [];
    this.#picked.set(id, pieces);
    pieces.push({ data: bytes.data, from, to: bytes.length, tag: bytes.tag });
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
