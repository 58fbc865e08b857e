/**
 * Who may do what: asked by Control and the world before anything is written, by rooms and REST before anything is shown as
 * possible. Sign-in makes the `Actor` (SignIn.ts); in the demo name and role come from the join options.
 */
import { ROLES, type Role } from "../protocol/names.ts";

/** Who asks: a player in a room, or a caller of REST. */
export interface Actor {
  /** Stable within the connection: the session id, or "rest". */
  id: string;
  name: string;
  /** As shown to others: the highest of `roles`. */
  role: Role;
  /** All of them; absent: `role` alone. Empty: a sign-in that has run out, which may do nothing. */
  roles?: readonly Role[];
  /** Issuer and subject of the token: the same person over connections. Absent without sign-in. */
  subject?: string;
}

/**
 * read: see twins and models · patch: write writable properties · command: run DTDL Commands · manage: write any property,
 * replace twins, edit relationships and models · create, delete: twins · place: placements in a space · lease: hold a twin ·
 * alarm: acknowledge and shelve · audit: read who did what.
 */
export const ACTIONS = [
  "read",
  "patch",
  "command",
  "manage",
  "create",
  "delete",
  "place",
  "lease",
  "alarm",
  "audit",
] as const;
export type Action = (typeof ACTIONS)[number];

/** Those that change nothing: what READ_ONLY leaves. */
export const READING: ReadonlySet<Action> = new Set<Action>(["read", "audit"]);

/**
 * What the action is about, as far as the caller knows it. A rule that grants something for certain paths, models … does
 * not hold where the caller leaves them out; one that denies it does.
 */
export interface ActionTarget {
  twinId?: string | undefined;
  /** Needed where the twin does not exist yet; otherwise found by `twinId`. */
  modelId?: string | undefined;
  /** JSON Pointer of a property; for "command" its name, or component/name. */
  path?: string | undefined;
  /** A placement's; for twins, the spaces that they are in count. */
  space?: string | undefined;
}

export interface Decision {
  allowed: boolean;
  /** A sentence for the one who was refused; "" when allowed. */
  reason: string;
}

export interface AccessPolicy {
  /** Takes microseconds, so that it can be asked at every write and for every button. */
  check(actor: Actor, action: Action, on?: ActionTarget): Decision;
}

export const ALLOWED: Decision = Object.freeze({ allowed: true, reason: "" });

const RIGHTS: Record<Role, ReadonlySet<Action>> = {
  player: new Set<Action>(["read"]),
  builder: new Set<Action>(["read", "place", "create"]),
  operator: new Set<Action>(["read", "patch", "command", "lease", "alarm"]),
  admin: new Set<Action>(ACTIONS),
};

const WHO_MAY: Record<Action, string> = {
  read: "everybody",
  patch: "operators",
  command: "operators",
  manage: "admins",
  create: "builders",
  delete: "admins",
  place: "builders",
  lease: "operators",
  alarm: "operators",
  audit: "admins",
};

/** Rights by role alone. `readOnly` refuses every write whoever asks, with that sentence as the reason. */
export class RolePolicy implements AccessPolicy {
  readonly #readOnly: string | undefined;

  constructor(options: { readOnly?: string | undefined } = {}) {
    this.#readOnly = options.readOnly;
  }

  check(actor: Actor, action: Action): Decision {
    if (this.#readOnly !== undefined && !READING.has(action)) {
      return { allowed: false, reason: this.#readOnly };
    }
    const roles = rolesOf(actor);
    if (roles.length === 0) {
      return EXPIRED;
    }
    return roles.some((role) => RIGHTS[role].has(action))
      ? ALLOWED
      : { allowed: false, reason: `As ${roles.join(" and ")} you may not ${action} here; ${WHO_MAY[action]} may.` };
  }
}

export const EXPIRED: Decision = Object.freeze({
  allowed: false,
  reason: "Your sign-in has expired: sign in again, and send the new token with auth.renew.",
});

export function rolesOf({ role, roles }: Pick<Actor, "role" | "roles">): readonly Role[] {
  return roles ?? [role];
}

/** The one that is shown to others. */
export function highest(roles: readonly Role[]): Role {
  return ROLES.findLast((role) => roles.includes(role)) ?? "player";
}
