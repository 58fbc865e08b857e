/**
 * The synchronized classes that do not depend on models: players, placements, operations, leases, alarms, and the world without its twins.
 * What clients see of them is the contract's `Player`, `Placement`, `Operation`, `Lease`, `Alarm` and `WorldState`.
 */
import { type MapSchema, schema, t } from "@colyseus/schema";
import type { TwinState } from "./states.ts";
import { keepTextWellFormed } from "./wellFormedText.ts";

keepTextWellFormed();

const transform = {
  x: t.float32().default(0),
  y: t.float32().default(0),
  z: t.float32().default(0),
  qx: t.float32().default(0),
  qy: t.float32().default(0),
  qz: t.float32().default(0),
  qw: t.float32().default(1),
  s: t.float32().default(1),
};

export const Player = schema(
  {
    ...transform,
    name: t.string().default(""),
    role: t.string().default("player"),
    colour: t.string().default(""),
    selected: t.string().default(""),
    /** Twins near the player that a large room does not show him, for his budget. */
    thinned: t.uint32().default(0),
  },
  "Player",
);
export type Player = InstanceType<typeof Player>;

export const Placement = schema(
  {
    ...transform,
    twinId: t.string().default(""),
    visual: t.string().default(""),
    by: t.string().default(""),
    status: t.string().default("pending"),
    heldBy: t.string().default(""),
    /** Why it is "failed", in words. */
    reason: t.string().default(""),
  },
  "Placement",
);
export type Placement = InstanceType<typeof Placement>;

export const Operation = schema(
  {
    kind: t.string().default("patch"),
    twinId: t.string().default(""),
    path: t.string().default(""),
    desired: t.string().default(""),
    status: t.string().default("requested"),
    reason: t.string().default(""),
    result: t.string().default(""),
    by: t.string().default(""),
    at: t.float64().default(0),
    until: t.float64().default(0),
    since: t.float64().default(0),
  },
  "Operation",
);
export type Operation = InstanceType<typeof Operation>;

export const Lease = schema(
  { holder: t.string().default(""), name: t.string().default(""), until: t.float64().default(0) },
  "Lease",
);
export type Lease = InstanceType<typeof Lease>;

export const Alarm = schema(
  {
    twinId: t.string().default(""),
    rule: t.string().default(""),
    severity: t.string().default("info"),
    text: t.string().default(""),
    since: t.float64().default(0),
    cleared: t.float64().default(0),
    acknowledgedBy: t.string().default(""),
    shelvedUntil: t.float64().default(0),
  },
  "Alarm",
);
export type Alarm = InstanceType<typeof Alarm>;

const world = () => ({
  space: t.string().default(""),
  name: t.string().default(""),
  status: t.string().default("loading"),
  statusSince: t.float64().default(0),
  /** Twins in the room; a client of a large room holds those that concern it. */
  total: t.uint32().default(0),
  models: t.array("string"),
  placements: t.map(Placement),
  /** How twins of a model look: model id → JSON of a VisualTemplate. */
  visuals: t.map("string"),
  players: t.map(Player),
  operations: t.map(Operation),
  leases: t.map(Lease),
  alarms: t.map(Alarm),
});

const BaseWorld = schema(world(), "World");
const BaseViewedWorld = schema(world(), "ViewedWorld");
/** As rooms hold it: `twins` is a field of the subclasses only. */
type Twinned<Base extends typeof BaseWorld> = InstanceType<Base> & { twins: MapSchema<TwinState> };
type WithTwins<Base extends typeof BaseWorld> = Omit<Base, "prototype" | "~type"> & {
  new (...args: ConstructorParameters<Base>): Twinned<Base>;
  prototype: Twinned<Base>;
  "~type": Twinned<Base>;
};

/**
 * What a game declares where its own state is to hold the world: `world: t.ref(World)`. TwinSchemas extends it by `twins`
 * for the models that there are; the plugin puts such a one in the field.
 */
export const World = BaseWorld as unknown as WithTwins<typeof BaseWorld>;
export type World = InstanceType<typeof World>;

/** The same for large worlds, of which each client is shown a part (`interest`). */
export const ViewedWorld = BaseViewedWorld as unknown as WithTwins<typeof BaseViewedWorld>;
export type ViewedWorld = InstanceType<typeof ViewedWorld>;
