/**
 * The synchronized classes that do not depend on models: players, placements, operations. What clients see of them is
 * the contract's `Player`, `Placement` and `Operation`.
 */
import { schema, t } from "@colyseus/schema";

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
  },
  "Operation",
);
export type Operation = InstanceType<typeof Operation>;
