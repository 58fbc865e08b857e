/**
 * The room's state as the client decodes it: shapes of the protocol, without its classes. Values are live objects that
 * the decoder mutates; `World` says when. Read by everything under live/ and ui/.
 */
import type { OperationStatus, PlacementStatus, Role, Transform, WorldStatus } from "../../../src/protocol/names.ts";

/** What is used of a decoded MapSchema. */
export interface LiveMap<T> {
  readonly size: number;
  get(key: string): T | undefined;
  has(key: string): boolean;
  forEach(callback: (value: T, key: string) => void): void;
}

/** A twin: `$` members are ours, all others are Properties, Telemetry and components by field name. */
export interface TwinState {
  readonly $model: number;
  readonly $name: string;
  /** Seconds since epoch of the newest value; 0 = never. */
  readonly $seen: number;
  /** Index into LINK_NAMES. */
  readonly $link: number;
  readonly [field: string]: unknown;
}

export interface PlacementState extends Transform {
  readonly twinId: string;
  readonly visual: string;
  readonly by: string;
  readonly status: PlacementStatus;
  /** Why it is "failed"; "" otherwise. */
  readonly reason: string;
  /** Name of the one who drags it; "" for nobody. */
  readonly heldBy: string;
}

export interface PlayerState extends Transform {
  readonly name: string;
  readonly role: Role;
  readonly colour: string;
  readonly selected: string;
}

export interface OperationState {
  readonly kind: "patch" | "command";
  readonly twinId: string;
  readonly path: string;
  /** JSON of what was asked for. */
  readonly desired: string;
  readonly status: OperationStatus;
  readonly reason: string;
  readonly result: string;
  readonly by: string;
  /** ms since epoch: asked, and gives up. */
  readonly at: number;
  readonly until: number;
}

export interface LeaseState {
  /** Session of the holder. */
  readonly holder: string;
  readonly name: string;
  readonly until: number;
}

export interface AlarmState {
  readonly twinId: string;
  readonly rule: string;
  readonly severity: "info" | "warning" | "critical";
  readonly text: string;
  /** ms since epoch; `cleared` 0: it is still so. */
  readonly since: number;
  readonly cleared: number;
  readonly acknowledgedBy: string;
}

export interface WorldState {
  readonly space: string;
  readonly name: string;
  readonly status: WorldStatus | undefined;
  readonly statusSince: number;
  readonly models: Iterable<string> | undefined;
  readonly twins: LiveMap<TwinState> | undefined;
  readonly placements: LiveMap<PlacementState> | undefined;
  readonly players: LiveMap<PlayerState> | undefined;
  readonly operations: LiveMap<OperationState> | undefined;
  readonly leases: LiveMap<LeaseState> | undefined;
  readonly alarms: LiveMap<AlarmState> | undefined;
  /** By model id: a VisualTemplate as JSON. */
  readonly visuals: LiveMap<string> | undefined;
}

/** A copy of an entry with its key: what signals hold, so that a component sees a new object when it changed. */
export type Keyed<T> = T & { readonly id: string };
