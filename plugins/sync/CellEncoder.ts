/**
 * Encodes what changed in a large room once for all who see it: each changed twin into the bytes of its cell, and a client's
 * patch is put together of the cells that it sees. The cost follows the changes, not clients times changes, which is what
 * Colyseus' own walk for each view costs. Used by TwinSerializer and ValueLane; who sees what is NearViews' matter.
 */
import { $changes, $refId, type Encoder } from "@colyseus/schema";
import type { WorldState } from "../../src/schema/states.ts";
import type { TwinId } from "../../src/twins/types.ts";
import { CellChanges, PatchParts } from "./CellChanges.ts";
import { type Cell, newCell, type Place, placeOf } from "./Floor.ts";
import { copy, joined, NOTHING, type Piece } from "./frames.ts";
import type { ChangeList, ChangeTree } from "./internals.ts";
import type { NearViews } from "./NearViews.ts";
import type { PatchBytes } from "./PatchBytes.ts";
import { forSome } from "./PreparedFrames.ts";
import type { Seer } from "./Seer.ts";
import type { LaneSide } from "./ValueLane.ts";
import type { Vantage } from "./Vantage.ts";

const NONE: readonly never[] = [];
/** Room for pieces that a place keeps from patch to patch. */
const MOST_KEPT = 64;

/** For everybody, or with a tag for who has that right. */
interface TaggedPiece extends Piece {
  readonly tag: number;
}

/** Of a twin that is seen wherever one stands. */
class PickedPiece implements TaggedPiece {
  readonly tag: number;
  readonly length: number;
  readonly #data: Uint8Array;
  readonly #from: number;

  constructor(data: Uint8Array, from: number, length: number, tag: number) {
    this.#data = data;
    this.#from = from;
    this.length = length;
    this.tag = tag;
  }

  copyTo(all: Uint8Array, at: number): number {
    return copy(this.#data, this.#from, this.#from + this.length, all, at);
  }
}

export class CellEncoder implements LaneSide {
  readonly #near: NearViews;
  readonly #world: WorldState;
  /** Of twins that stand nowhere. */
  readonly #nowhere = newCell(Number.NaN);
  /** What changed in all cells. */
  readonly #parts = new PatchParts();
  /** In which what is written now goes. */
  #into: CellChanges;
  /** Those with something in them, and those of them that are for some only. */
  readonly #changed: CellChanges[] = [];
  readonly #tagged: CellChanges[] = [];
  /** What changed of twins that are seen wherever one stands: watched by somebody, or with an alarm. */
  readonly #picked = new Map<TwinId, TaggedPiece[]>();
  /** Where something of it was handed to. */
  readonly #given: Vantage[] = [];
  /** Stands for the patch that is made. */
  #patch = {};

  constructor(near: NearViews, world: WorldState) {
    this.#near = near;
    this.#world = world;
    this.#into = this.#nowhere.changes;
  }

  get isEmpty(): boolean {
    return this.#changed.length + this.#tagged.length === 0;
  }

  bytesOf(place: Place, tag: number): PatchBytes | "nobody" {
    return place.cell?.vantages.length || this.#near.isPicked(place) ? this.#open(place, tag) : "nobody";
  }

  /** As the last step of what `bytesOf` began. */
  wrote(place: Place, from: number): void {
    this.#add(place, from);
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

  /** What changed near those who stand there, and of what has an alarm. */
  near(vantage: Vantage): readonly Piece[] {
    return vantage.piecesOf === this.#patch ? vantage.pieces.slice(0, vantage.pieceCount) : NONE;
  }

  /** The same behind what all get: one patch for all who stand there. undefined: there is nothing. */
  nearPatch(vantage: Vantage, shared: Uint8Array): Uint8Array | undefined {
    if (vantage.piecesOf !== this.#patch) {
      return undefined;
    }
    if (!vantage.patch) {
      vantage.patch = joined(shared, NOTHING, vantage.pieces, vantage.pieceCount);
      forSome(vantage.patch, vantage.seers);
    }
    return vantage.patch;
  }

  /** What changed that one of them watches, and that is not in its vantage's patch anyhow. */
  far(seer: Seer): readonly Piece[] {
    if (this.#picked.size === 0) {
      return NONE;
    }
    const far: Piece[] = [];
    for (const id of seer.watched) {
      if (!(this.#near.alarmed.has(id) || this.#isNear(seer.vantage, id))) {
        far.push(...(this.#picked.get(id) ?? NONE).filter(({ tag }) => isFor(seer, tag)));
      }
    }
    return far;
  }

  /** Hands what changed to those who see it: objects before what only some may see of them. */
  #share(): void {
    this.#patch = {}; // something threw, and the last one was not sent: it is put together anew
    for (const all of [this.#changed, this.#tagged]) {
      for (const changes of all) {
        for (const vantage of changes.vantages) {
          this.#give(vantage, changes);
        }
      }
    }
    for (const id of this.#near.alarmed) {
      this.#shareFar(id, this.#picked.get(id) ?? NONE);
    }
  }

  #shareFar(id: TwinId, pieces: readonly TaggedPiece[]): void {
    for (const vantage of pieces.length > 0 ? this.#near.vantages() : NONE) {
      if (!this.#isNear(vantage, id)) {
        for (const piece of pieces) {
          this.#give(vantage, piece);
        }
      }
    }
  }

  /** What is left there of an earlier patch goes. */
  #give(vantage: Vantage, piece: TaggedPiece): void {
    if (isFor(vantage, piece.tag)) {
      if (vantage.piecesOf !== this.#patch) {
        vantage.piecesOf = this.#patch;
        vantage.pieceCount = 0;
        this.#given.push(vantage);
        vantage.patch = undefined;
      }
      vantage.pieces[vantage.pieceCount++] = piece;
    }
  }

  clear(): void {
    for (const all of [this.#changed, this.#tagged]) {
      for (const bytes of all) {
        bytes.clear();
      }
      all.length = 0;
    }
    for (const vantage of this.#given) {
      vantage.patch = undefined;
      vantage.pieces.length = Math.min(vantage.pieces.length, MOST_KEPT);
    }
    this.#given.length = 0;
    this.#parts.clear();
    this.#picked.clear();
    this.#patch = {};
  }

  /** Its cell's changes are in the patch. */
  #isNear({ cells }: Vantage, id: TwinId): boolean {
    const cell = this.#near.place(id)?.cell;
    return cell !== undefined && cells.has(cell);
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
      this.#write(tree, place, 0, (bytes) => {
        tree.forEach((index, op) => {
          operation(encoder, tree, index, op, bytes.data, bytes);
        });
      });
      return;
    }
    tree.forEach((index, op) => {
      this.#write(tree, place, encDescriptor.tags[index] ?? 0, (bytes) => {
        operation(encoder, tree, index, op, bytes.data, bytes);
      });
    });
  }

  #write(tree: ChangeTree, place: Place, tag: number, write: (bytes: PatchParts) => void): void {
    const bytes = this.#open(place, tag);
    const from = bytes.length;
    do {
      bytes.cut();
      bytes.about(tree.ref[$refId] ?? 0);
      write(bytes);
    } while (bytes.wasTooSmall(from));
    this.#add(place, from);
  }

  /** The bytes in which changes of this twin go. */
  #open(place: Place, tag: number): PatchParts {
    const cell = place.cell ?? this.#nowhere;
    const changes = tag === 0 ? cell.changes : tagged(cell, tag);
    if (!changes.goesOn(this.#parts) || this.#near.isPicked(place)) {
      this.#parts.cut();
    }
    this.#into = changes;
    return this.#parts;
  }

  /** What was written from there on is of this twin. */
  #add(place: Place, from: number): void {
    const { tag, length } = this.#into;
    if (length === 0) {
      (tag === 0 ? this.#changed : this.#tagged).push(this.#into);
    }
    this.#into.add(this.#parts, from);
    if (this.#near.isPicked(place)) {
      const pieces = this.#picked.get(place.id) ?? [];
      this.#picked.set(place.id, pieces);
      pieces.push(new PickedPiece(this.#parts.data, from, this.#parts.length - from, tag));
    }
  }
}

function tagged(cell: Cell, tag: number): CellChanges {
  let bytes = cell.tagged.find((b) => b.tag === tag);
  if (!bytes) {
    bytes = new CellChanges(tag, cell.vantages);
    cell.tagged.push(bytes);
  }
  return bytes;
}

function isFor(who: { readonly tag: number }, tag: number): boolean {
  return tag === 0 || (tag & who.tag) !== 0;
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
