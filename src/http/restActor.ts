/**
 * Who calls REST: whoever holds the token of `Authorization: Bearer …`. Without sign-in an admin in the demo, otherwise
 * somebody who may only read.
 */
import type { Request } from "express";
import type { Actor } from "../auth/AccessPolicy.ts";
import type { TwinServices } from "../services.ts";

const BEARER = /^Bearer +([^ ]+) *$/i;

/** What is given throws FORBIDDEN with status 401 when there is no token, or none that is good. */
export function restActor({
  signIn,
  demo,
}: Pick<TwinServices, "signIn" | "demo">): (req: Request) => Actor | Promise<Actor> {
  const anybody: Actor = { id: "rest", name: "REST", role: demo ? "admin" : "player" };
  if (signIn === undefined) {
    return () => anybody;
  }
  return async (req) => {
    const token = BEARER.exec(req.headers.authorization ?? "")?.[1];
    const { subject, name, role, roles } = await signIn.verify(token);
    return { id: `rest ${subject}`, name, role, roles, subject };
  };
}
