/** What rooms hold for one set of models, as types: the classes behind them are made at run time by TwinSchemas. */
import type { MapSchema, Schema, schema } from "@colyseus/schema";
import type { WorldStatus } from "../protocol/names.ts";
import type { Link, Pointer } from "../twins/types.ts";
import type { Alarm, Lease, Operation, Placement, Player } from "./entities.ts";

/** What every twin has in state; its model's fields beside that. */
export interface TwinState extends Schema {
  $model: number;
  $name: string;
  /** Source time of the newest value, whole seconds since epoch; 0 = never. */
  $seen: number;
  $link: Link;
}
/** A twin whose model has no class of its own here: values by pointer without the leading slash. */
export interface GenericTwin extends TwinState {
  $numbers: MapSchema<number>;
  $texts: MapSchema<string>;
  $flags: MapSchema<boolean>;
}

/** The plugin's state: root of the ready-made room, or one field of a game's own state. */
export interface WorldState extends Schema {
  space: string;
  name: string;
  status: WorldStatus;
  /** ms since epoch. */
  statusSince: number;
  total: number;
  models: Schema & Iterable<string> & { push(id: string): number; length: number; indexOf(id: string): number };
  twins: MapSchema<TwinState>;
  placements: MapSchema<Placement>;
  visuals: MapSchema<string>;
  players: MapSchema<Player>;
  operations: MapSchema<Operation>;
  leases: MapSchema<Lease>;
  alarms: MapSchema<Alarm>;
}
export type WorldClass = new () => WorldState;

export type Fields = Parameters<typeof schema>[0];
// biome-ignore lint/complexity/noBannedTypes: the constructors that schema() makes at run time have no better type.
export type TwinClass = Function & { new (): TwinState; extend(fields: Fields, name: string): TwinClass };

export type EncodeValue = (bytes: Uint8Array, value: unknown, it: { offset: number }) => void;

/** A field of a synchronized class. */
export interface Field {
  readonly field: string;
  /** Its number in the class, as on the wire. */
  readonly index: number;
  /** Bits of the roles for which it is; 0: for everybody. */
  readonly tag: number;
  /** Schema's own, for its type. */
  readonly encode: EncodeValue;
}

/** Where the values of a model's twins stand. */
export interface ModelSlots {
  readonly byPath: ReadonlyMap<Pointer, Slot>;
  /** Those that are late. */
  readonly late: readonly { readonly path: Pointer; readonly slot: Slot }[];
}

/** Where one value of a twin stands in state. */
export interface Slot extends Field {
  /** The component that holds it, made with its first value; undefined: the twin itself. */
  readonly component: { readonly field: string; readonly Class: TwinClass } | undefined;
  /** Told as a number of fixed length, to everybody, and in the object only when it is read (lateFields). */
  readonly isLate: boolean;
  /** Told as float64. */
  readonly isDouble: boolean;
  /** Its number among the values of the model. */
  readonly order: number;
  /** How the value is told; undefined for what does not fit its schema. */
  wireForm(value: unknown): unknown;
}
