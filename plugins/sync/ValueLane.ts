/**
 * Brings values of twins from the mirror to the bytes of the next patch in one step, past Colyseus' change trees, which
 * cost several times as much for each value. Only what schema would tell in the same way: plain values of objects that
 * clients know already. All else is set as usual.
 *
 * ShownTwins writes here just before a patch; TwinSerializer puts the bytes behind those of Colyseus' own encoder, so that
 * objects are always told of before their values.
 */
import { $changes, $refId, $values, type Schema } from "@colyseus/schema";
import type { Field, Slot, TwinState } from "../../src/schema/states.ts";
import { holderOf } from "../../src/schema/TwinSchemas.ts";
import type { Place } from "./Floor.ts";
import type { ChangeTree } from "./internals.ts";
import { PatchBytes } from "./PatchBytes.ts";

/** Takes the values of twins that are not for everybody. */
export interface LaneSide {
  readonly isEmpty: boolean;
  /** nobody: sees the twin now. undefined: this value has to be set as usual. */
  bytesOf(twin: TwinState, known: Known, tag: number): PatchBytes | "nobody" | undefined;
  /** Something of the twin was written there, from that byte on. */
  wrote(known: Known, from: number): void;
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
  /** Of LaneSide: on the floor of a large room. */
  place: Place | undefined;
}

export class ValueLane {
  /** For everybody. */
  readonly shared = new PatchBytes();
  /** False: patches are not made by us, so nobody would send these bytes. */
  isOpen = false;
  /** Clients get twins by views. */
  readonly #viewed: boolean;
  side: LaneSide | undefined;
  /** Of `fetch`: used, so that the engine does not leave out what is read for it. */
  #fetched = 0;

  constructor(viewed: boolean) {
    this.#viewed = viewed;
  }

  get isEmpty(): boolean {
    return this.shared.length === 0 && (this.side?.isEmpty ?? true);
  }

  /** What is for everybody was sent, or nobody is there. */
  clear(): void {
    this.shared.clear();
  }

  /**
   * Reads what a write there will need, and does nothing with it. Called for all before the first is written: the waits for
   * memory fall together then, instead of one behind the other.
   */
  fetch({ values, place }: Known, index: number): void {
    const held = (typeof values[index] === "number" ? 1 : 0) + (values[0] === undefined ? 1 : 0); // and where the array begins
    this.#fetched ^= held + (place?.cell?.vantages.length ?? 0);
  }

  /** One value of a twin. `known`: where it stands, once a patch has told of the twin. */
  write(twin: TwinState, slot: Slot, value: unknown, known: Known | undefined): void {
    const wire = value === undefined ? undefined : slot.wireForm(value);
    if (!slot.component) {
      this.set(twin, slot, wire, known);
      return;
    }
    const holder = holderOf(twin, slot);
    this.#set(twin, slot, wire, known && isSettled(holder) ? knownOf(holder, known.place) : undefined, holder);
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
    if (bytes !== this.shared) {
      this.side?.wrote(known, from);
    }
  }

  #bytesOf(twin: TwinState, known: Known, tag: number): PatchBytes | "nobody" | undefined {
    return tag === 0 && !this.#viewed ? this.shared : this.side?.bytesOf(twin, known, tag);
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
