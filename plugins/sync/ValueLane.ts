/**
 * Brings values of twins from the mirror to the bytes of the next patch in one step, past Colyseus' change trees, which
 * cost several times as much for each value. Only what schema would tell in the same way: a plain value, for everybody or
 * by cells, of an object that clients know already and that has no other change in this patch. All else is set as usual.
 *
 * ShownTwins writes here just before a patch; TwinSerializer puts the bytes behind those of Colyseus' own encoder, so that
 * objects are always told of before their values.
 */
import { $changes, $values, type Schema } from "@colyseus/schema";
import { holderOf } from "../../src/schema/TwinSchemas.ts";
import type { Slot, TwinState } from "../../src/schema/states.ts";
import type { ChangeTree } from "./internals.ts";
import { PatchBytes } from "./PatchBytes.ts";

/** Takes the values of twins that are not for everybody: undefined: this one has to be set as usual. */
export interface LaneSide {
  readonly isEmpty: boolean;
  bytesOf(twin: TwinState, tag: number): PatchBytes | undefined;
  /** Something of the twin was written there, from that byte on. */
  wrote(twin: TwinState, bytes: PatchBytes, from: number): void;
}
interface OpenSchema extends Schema {
  readonly [$changes]: ChangeTree;
  readonly [$values]: unknown[];
}
/** A field of the twin itself. */
export type Field = Pick<Slot, "field" | "index">;

export class ValueLane {
  /** For everybody. */
  readonly shared = new PatchBytes();
  /** False: patches are not made by us, so nobody would send these bytes. */
  isOpen = false;
  side: LaneSide | undefined;

  get isEmpty(): boolean {
    return this.shared.length === 0 && (this.side?.isEmpty ?? true);
  }

  /** They are sent, or nobody is there. */
  clear(): void {
    this.shared.clear();
  }

  write(twin: TwinState, slot: Slot, value: unknown): void {
    this.set(twin, slot, value === undefined ? undefined : slot.wireForm(value), holderOf(twin, slot));
  }

  /** `value` in its wire form; `holder`: the twin, or the component that has the field. */
  set(twin: TwinState, { field, index }: Field, value: unknown, holder: object = twin): void {
    const values = (holder as OpenSchema)[$values];
    if (values[index] === value) {
      return;
    }
    const tree = (holder as OpenSchema)[$changes];
    const bytes = value !== undefined && this.isOpen && isKnown(tree) ? this.#bytesOf(twin, tree, index) : undefined;
    if (!bytes) {
      (holder as Record<string, unknown>)[field] = value;
      return;
    }
    const from = bytes.length;
    values[index] = value;
    bytes.about(holder as Schema);
    bytes.put(index, value, tree.encDescriptor.encoders[index] as never);
    if (bytes !== this.shared) {
      this.side?.wrote(twin, bytes, from);
    }
  }

  #bytesOf(twin: TwinState, tree: ChangeTree, index: number): PatchBytes | undefined {
    const { hasAnyView, tags } = tree.encDescriptor;
    const tag = hasAnyView ? (tags[index] ?? 0) : 0;
    if (tag === 0 && !tree.isFiltered) {
      return this.shared;
    }
    return this.side?.bytesOf(twin, tag);
  }
}

/** Clients know the object, and no change of it waits that would be told before this one. */
function isKnown(tree: ChangeTree): boolean {
  return !tree.isNew && tree.changesNode === undefined && tree.root !== undefined;
}
