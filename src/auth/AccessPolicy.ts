/**
 * Who may do what: asked by TwinControl and the world before anything is written, by rooms and REST before anything is
 * shown as possible. Sign-in makes the `Actor`; until it exists the demo takes name and role from the join options.
 */
import type { Role } from "../protocol/names.ts";

/** Who asks: a player in a room, or a caller of REST. */
export interface Actor {
  /** Stable within the connection: the session id, or "rest". */
  id: string;
  name: string;
  role: Role;
}

/**
 * read: see twins and models · patch: write writable properties · command: run DTDL Commands · manage: write any property, replace twins, edit
 * relationships and models · create, delete: twins · place: placements in a space.
 */
export type Action = "read" | "patch" | "command" | "manage" | "create" | "delete" | "place";

export interface Decision {
  allowed: boolean;
  /** A sentence for the one who was refused; "" when allowed. */
  reason: string;
}

export interface AccessPolicy {
  check(actor: Actor, action: Action, on?: { twinId?: string; path?: string; space?: string }): Decision;
}

const RIGHTS: Record<Role, ReadonlySet<Action>> = {
  player: new Set<Action>(["read"]),
  builder: new Set<Action>(["read", "place", "create"]),
  operator: new Set<Action>(["read", "patch", "command"]),
  admin: new Set<Action>(["read", "patch", "command", "manage", "create", "delete", "place"]),
};

const WHO_MAY: Record<Action, string> = {
  read: "everybody",
  patch: "operators",
  command: "operators",
  manage: "admins",
  create: "builders",
  delete: "admins",
  place: "builders",
};

/** Rights by role alone. `readOnly` refuses every write whoever asks, with that sentence as the reason. */
export class RolePolicy implements AccessPolicy {
  readonly #readOnly: string | undefined;

  constructor(options: { readOnly?: string } = {}) {
    this.#readOnly = options.readOnly;
  }

  check(actor: Actor, action: Action): Decision {
    if (action !== "read" && this.#readOnly !== undefined) {
      return { allowed: false, reason: this.#readOnly };
    }
    if (RIGHTS[actor.role].has(action)) {
      return { allowed: true, reason: "" };
    }
    return { allowed: false, reason: `As ${actor.role} you may not ${action} here; ${WHO_MAY[action]} may.` };
  }
}
