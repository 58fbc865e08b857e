// The kinds of rooms of converge.ts.
import type { Restriction } from "../../../src/schema/Restrictions.ts";
import { PUMP } from "../../support/hall.ts";

/**
 * roles: properties that only some may see · crowded: near, with room for few twins · hurried: near, and for what clients ask
 * their allowances are too small.
 */
export type Mode = "whole" | "viewed" | "near" | "roles" | "nearRoles" | "crowded" | "hurried";
export const MODES: readonly Mode[] = ["whole", "viewed", "near", "roles", "nearRoles", "crowded", "hurried"];

export const CELL = 25;
export const RESTRICTED: readonly Restriction[] = [
  { model: PUMP, property: "temperature", roles: ["operator", "admin"] },
  { model: PUMP, property: "mode", roles: ["admin"] },
  { model: "dtmi:test:Motor;1", property: "limit", roles: ["operator"] },
];
export const OPTIONS = {
  roles: { interest: false },
  nearRoles: { interest: { threshold: -1, cellSize: CELL } },
  crowded: { interest: { threshold: -1, cellSize: CELL, budget: 6 } },
  whole: { interest: false },
  viewed: { interest: { threshold: 1000 }, scope: { twins: ["none"] } },
  near: { interest: { threshold: -1, cellSize: CELL } },
  hurried: { interest: { threshold: -1, cellSize: CELL, perSecond: 1 } },
} as const;

export const hasRoles = (mode: Mode) => mode === "roles" || mode === "nearRoles";
/** Clients are shown a part of the twins. */
export const isPart = (mode: Mode) => ["near", "nearRoles", "crowded", "hurried"].includes(mode);
