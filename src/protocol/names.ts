/**
 * Names that a room and its clients share: room, messages, roles, codes. No dependencies, so that the browser bundle
 * stays small; the zod schemas of the payloads are in `payloads.ts`.
 */

export const ROOM = "space";

export const MESSAGES = {
  avatarMove: "avatar.move",
  twinGet: "twin.get",
  twinWatch: "twin.watch",
  twinPatch: "twin.patch",
  twinCreate: "twin.create",
  twinDelete: "twin.delete",
  twinCommand: "twin.command",
  operationCancel: "operation.cancel",
  leaseAcquire: "lease.acquire",
  leaseRelease: "lease.release",
  leaseTransfer: "lease.transfer",
  alarmAcknowledge: "alarm.acknowledge",
  alarmShelve: "alarm.shelve",
  permissionsCheck: "permissions.check",
  placementAdd: "placement.add",
  placementMove: "placement.move",
  placementRemove: "placement.remove",
  placementArrange: "placement.arrange",
  placementUndo: "placement.undo",
  placementRedo: "placement.redo",
  visualSet: "visual.set",
  authRenew: "auth.renew",
} as const;
/** From the server: what the receiver holds or settled a moment ago was changed by somebody else. */
export const OVERWRITTEN = "placement.overwritten";
export interface Overwritten {
  placementId: string;
  twinId: string;
  /** Name of who came after; "" where nobody knows. */
  by: string;
  removed: boolean;
}
/** From the server, `{ modelId, reason }`: a look that the receiver set could not be kept, and is as it was before. */
export const VISUAL_REFUSED = "visual.refused";
export type MessageName = (typeof MESSAGES)[keyof typeof MESSAGES];

export const ROLES = ["player", "builder", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** `TwinState.$link`. */
export const LINK_NAMES = ["live", "stale", "offline", "never seen"] as const;

export type WorldStatus = "loading" | "live" | "degraded" | "frozen";

export const OPERATION_STATUSES = [
  "requested",
  "queued",
  "sent",
  "acknowledged",
  "verified",
  "rejected",
  "failed",
  "timed-out",
  "expired",
  "cancelled",
  "superseded",
] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];
/** Statuses from which nothing follows. "acknowledged" ends a command without an observable effect (src/control). */
export const FINAL_STATUSES: ReadonlySet<OperationStatus> = new Set([
  "verified",
  "rejected",
  "failed",
  "timed-out",
  "expired",
  "cancelled",
  "superseded",
]);

/**
 * `Placement.status` (docs/building.md): pending: on its way to the twin service · saved: there · failed: refused, or not
 * done in time · unsaved: laid out by the server, kept nowhere until somebody moves it · gone: its twin was deleted.
 */
export const PLACEMENT_STATUSES = ["pending", "saved", "failed", "unsaved", "gone"] as const;
export type PlacementStatus = (typeof PLACEMENT_STATUSES)[number];

/** Metres, y up; unit quaternion; uniform scale. */
export interface Transform {
  x: number;
  y: number;
  z: number;
  qx: number;
  qy: number;
  qz: number;
  qw: number;
  s: number;
}
export const ORIGIN: Transform = { x: 0, y: 0, z: 0, qx: 0, qy: 0, qz: 0, qw: 1, s: 1 };

/** DTDL names that are members of `Schema` get a trailing underscore as fields of a twin in room state. */
export const RESERVED_FIELDS: ReadonlySet<string> = new Set([
  "assign",
  "clone",
  "constructor",
  "discardAllChanges",
  "hasOwnProperty",
  "isPrototypeOf",
  "isTrackingPaused",
  "pauseTracking",
  "propertyIsEnumerable",
  "restore",
  "resumeTracking",
  "setDirty",
  "toJSON",
  "toLocaleString",
  "toString",
  "untracked",
  "valueOf",
]);
/** DTDL name → field name in room state. */
export function fieldName(name: string): string {
  return RESERVED_FIELDS.has(name) ? `${name}_` : name;
}
