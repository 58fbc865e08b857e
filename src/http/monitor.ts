/**
 * /monitor: Colyseus' own view of rooms and clients, for admins. A browser cannot send a token of ours when it opens a page,
 * so it asks for a name and a password: any name, and an admin's token. Browsers then send it by themselves, for pages of
 * others too, and the monitor acts on GET: requests that come from another site are refused.
 */
import { monitor as colyseusMonitor } from "@colyseus/monitor";
import express, { type Request, type RequestHandler, type Router } from "express";
import type { Actor } from "../auth/AccessPolicy.ts";
import { TwinError } from "../errors.ts";
import type { TwinServices } from "../services.ts";
import { monitorHeaders } from "./securityHeaders.ts";

export interface MonitorOptions {
  services: Pick<TwinServices, "signIn" | "demo">;
  actor: (req: Request) => Actor | Promise<Actor>;
}

export function monitor({ services, actor }: MonitorOptions): Router {
  const router = express.Router();
  router.use(monitorHeaders(), ownPagesOnly, adminsOnly(services, actor));
  router.use(colyseusMonitor() as unknown as RequestHandler);
  return router;
}

const ownPagesOnly: RequestHandler = (req, _res, next) => {
  const site = req.headers["sec-fetch-site"];
  const isOwn = site === undefined || site === "same-origin" || (site === "none" && !req.path.startsWith("/api"));
  if (!isOwn) {
    throw new TwinError("FORBIDDEN", "The monitor is used from its own page.");
  }
  next();
};

function adminsOnly({ signIn, demo }: MonitorOptions["services"], actorOf: MonitorOptions["actor"]): RequestHandler {
  return async (req, res, next) => {
    const basic = /^Basic +([\w+/=-]+) *$/i.exec(req.headers.authorization ?? "")?.[1];
    const token = basic && Buffer.from(basic, "base64").toString().split(":").slice(1).join(":");
    if (token) {
      req.headers.authorization = `Bearer ${token}`;
    }
    const actor = await Promise.resolve(actorOf(req)).catch((error: unknown) => {
      if (signIn !== undefined && error instanceof TwinError && error.status === 401) {
        res.setHeader(
          "WWW-Authenticate",
          'Basic realm="Any name; the password is the token of an admin", charset="UTF-8"',
        );
      }
      throw error;
    });
    if (!(actor.roles ?? [actor.role]).includes("admin")) {
      const why = signIn === undefined && !demo ? " Configure sign-in (AUTH_ISSUER or AUTH_SECRET)." : "";
      throw new TwinError("FORBIDDEN", `The monitor is for admins.${why}`);
    }
    next();
  };
}
