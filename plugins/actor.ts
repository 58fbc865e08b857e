/**
 * Who a client is: what sign-in attached to it (`client.auth`), or in the demo what the room took from the join options.
 * Anybody else is a nameless player, who may look. A sign-in that has run out leaves a name without any role.
 */
import type { Client } from "@colyseus/core";
import { type Action, type ActionTarget, type Actor, rolesOf } from "../src/auth/AccessPolicy.ts";
import type { Identity } from "../src/auth/SignIn.ts";
import { TwinError } from "../src/errors.ts";
import { ROLES, type Role } from "../src/protocol/names.ts";
import type { TwinServices } from "../src/services.ts";
import { assertServices } from "./sync/options.ts";

/** Characters. */
const LONGEST_NAME = 40;

/** What `client.auth` holds. */
export type ClientAuth = Pick<Actor, "name" | "role"> & Partial<Pick<Identity, "roles" | "subject" | "expiresAt">>;

export function actorOf(client: Client): Actor {
  const auth = client.auth as Partial<ClientAuth> | undefined;
  const subject = auth?.subject === undefined ? {} : { subject: auth.subject };
  const known = { id: client.sessionId, name: nameOf(auth?.name), role: roleOf(auth?.role), ...subject };
  if (auth?.expiresAt !== undefined && auth.expiresAt <= Date.now()) {
    return { ...known, role: "player", roles: [] };
  }
  return auth?.roles === undefined ? known : { ...known, roles: auth.roles };
}

/**
 * For a room's static onAuth: what becomes `client.auth`. FORBIDDEN with status 401 when the token is not good; an Error
 * where `services` are none, since then nobody would be asked for a token.
 */
export async function signedIn(
  services: TwinServices,
  token: string | undefined,
  options: { name?: unknown; role?: unknown } | undefined,
): Promise<ClientAuth> {
  assertServices("signedIn", services);
  const { signIn, demo } = services;
  return signIn === undefined ? claimed(demo ? options : { name: options?.name }) : await signIn.verify(token);
}

/** @throws FORBIDDEN */
export function assertMay(services: TwinServices, client: Client, action: Action, on?: ActionTarget): Actor {
  const actor = actorOf(client);
  const { allowed, reason } = services.policy.check(actor, action, on);
  if (!allowed) {
    throw new TwinError("FORBIDDEN", reason);
  }
  return actor;
}

/** All roles of a client; none once its sign-in has run out. */
export function rolesOfClient(client: Client): readonly Role[] {
  return rolesOf(actorOf(client));
}

/** What a client says of itself, made safe. Used where no sign-in is configured. */
export function claimed(options: { name?: unknown; role?: unknown } | undefined): { name: string; role: Role } {
  return { name: nameOf(options?.name), role: roleOf(options?.role) };
}

function roleOf(role: unknown): Role {
  return ROLES.find((r) => r === role) ?? "player";
}

function nameOf(name: unknown): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
  const text = typeof name === "string" ? name.replace(/[\u0000-\u001f\u007f]/g, "").trim() : "";
  return text === "" ? "guest" : shortened(text.toWellFormed());
}

/** By characters: one of them may be two units. */
function shortened(name: string): string {
  return Array.from(name.slice(0, 2 * LONGEST_NAME))
    .slice(0, LONGEST_NAME)
    .join("");
}
