/**
 * Brings values of twins from the mirror to the bytes of the next patch, past Colyseus' change trees, which cost several
 * times as much for each value: numbers that were logged (`tell`), and in one step with the object any other plain value of
 * an object that clients know already (`write`). Only what schema would tell in the same way; all else is set as usual.
 *
 * ShownTwins writes here just before a patch; TwinSerializer puts the bytes behind those of Colyseus' own encoder, so that
 * objects are always told of before their values.
 */
import { $changes, $refId, $values, type Schema } from "@colyseus/schema";
import type { Field, Slot, TwinState } from "../../src/schema/states.ts";
import { holderOf } from "../../src/schema/TwinSchemas.ts";
import { type Place, placeOf } from "./Floor.ts";
import type { ChangeTree } from "./internals.ts";
import { PatchBytes } from "./PatchBytes.ts";

/** Takes the values of twins that are not for everybody. */
export interface LaneSide {
  readonly isEmpty: boolean;
  /** nobody: sees the twin now. */
  bytesOf(place: Place, tag: number): PatchBytes | "nobody";
  /** Something of the twin was written there, from that byte on. */
  wrote(place: Place, from: number): void;
}
interface OpenSchema extends Schema {
  readonly [$changes]: ChangeTree;
  readonly [$values]: unknown[];
  readonly [$refId]: number;
}
/** What is written to in an object, kept at hand: each step to it would be a wait for memory. */
export interface Known {
  readonly values: unknown[];
  readonly refId: number;
  /** On the floor of a large room; looked for until it is there. */
  place: Place | undefined;
}

/** In the place of when a twin was seen: clients know. */
export const SAME = 0;

export class ValueLane {
  /** For everybody. */
  readonly shared = new PatchBytes();
  /** False: patches are not made by us, so nobody would send these bytes. */
  isOpen = false;
  /** Clients get twins by views. */
  readonly isViewed: boolean;
  side: LaneSide | undefined;
  readonly #seen: Field;

  /** `seen`: the field of when a twin was seen. */
  constructor(viewed: boolean, seen: Field) {
    this.isViewed = viewed;
    this.#seen = seen;
  }

  get isEmpty(): boolean {
    return this.shared.length === 0 && (this.side?.isEmpty ?? true);
  }

  /** What is for everybody was sent, or nobody is there. */
  clear(): void {
    this.shared.clear();
  }

  /** Numbers of this twin that are for everybody are written by `tell`, and need not be set as usual. */
  takesNumbers(known: Known & { readonly twin: TwinState }): boolean {
    return this.isOpen && (!this.isViewed || this.#placeOf(known.twin, known) !== undefined);
  }

  /** A number of a twin, in the slot if there is one, and when it was seen, s since epoch, or SAME. */
  tell(bytes: PatchBytes, refId: number, slot: Slot | undefined, value: number, seen: number): void {
    bytes.about(refId);
    if (slot?.isDouble) {
      bytes.putDouble(slot.index, value);
    } else if (slot) {
      bytes.put(slot.index, value, slot.encode);
    }
    if (seen !== SAME) {
      bytes.put(this.#seen.index, seen, this.#seen.encode);
    }
  }

  /** One value of a twin. `known`: where it stands, once a patch has told of the twin. */
  write(twin: TwinState, slot: Slot, value: unknown, known: Known | undefined): void {
    const wire = value === undefined ? undefined : slot.wireForm(value);
    if (!slot.component) {
      this.set(twin, slot, wire, known);
      return;
    }
    const holder = holderOf(twin, slot);
    const place = known && this.#placeOf(twin, known);
    this.#set(twin, slot, wire, known && isSettled(holder) ? knownOf(holder, place) : undefined, holder);
  }

  /** A field of the twin itself, in wire form. */
  set(twin: TwinState, field: Field, value: unknown, known: Known | undefined): void {
    this.#set(twin, field, value, known, twin);
  }

  #set(twin: TwinState, to: Field, value: unknown, known: Known | undefined, holder: object): void {
    const { field, index, tag, encode } = to;
    if (known?.values[index] === value && known) {
      return;
    }
    const bytes = known && this.isOpen && value !== undefined ? this.#bytesOf(twin, known, tag) : undefined;
    if (!(bytes && known)) {
      (holder as Record<string, unknown>)[field] = value;
      return;
    }
    known.values[index] = value;
    if (bytes === "nobody") {
      return;
    }
    const from = bytes.length;
    bytes.about(known.refId);
    bytes.put(index, value, encode);
    if (bytes !== this.shared && known.place) {
      this.side?.wrote(known.place, from);
    }
  }

  /** undefined: it has to be set as usual. */
  #bytesOf(twin: TwinState, known: Known, tag: number): PatchBytes | "nobody" | undefined {
    if (tag === 0 && !this.isViewed) {
      return this.shared;
    }
    const place = this.side && this.#placeOf(twin, known);
    return place && this.side?.bytesOf(place, tag);
  }

  #placeOf(twin: TwinState, known: Known): Place | undefined {
    known.place ??= this.side && placeOf(twin);
    return known.place;
  }
}

/** An object that clients know. */
export function knownOf(holder: object, place?: Place): Known {
  return { values: (holder as OpenSchema)[$values], refId: (holder as OpenSchema)[$refId], place };
}

/** Clients know the component, and nothing of it waits to be told. */
function isSettled(holder: object): boolean {
  const tree = (holder as OpenSchema)[$changes];
  return !tree.isNew && tree.changesNode === undefined;
}
