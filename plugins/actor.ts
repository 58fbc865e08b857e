/**
 * Who a client is: what sign-in attached to it (`client.auth`), or in the demo what the static onAuth of the room took
 * from the join options. Anybody else is a nameless player, who may look.
 */
import type { Client } from "@colyseus/core";
import type { Actor } from "../src/auth/AccessPolicy.ts";
import { ROLES, type Role } from "../src/protocol/names.ts";

export function actorOf(client: Client): Actor {
  const auth = client.auth as { name?: unknown; role?: unknown } | undefined;
  return { id: client.sessionId, name: nameOf(auth?.name), role: roleOf(auth?.role) };
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
  return text === "" ? "guest" : text.slice(0, 40);
}
