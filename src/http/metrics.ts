/**
 * /metrics for Prometheus. Without sign-in for everybody who reaches the server, which then listens on this machine only;
 * otherwise for METRICS_TOKEN or an admin's token. Where a request comes from does not count: behind a proxy on the same
 * machine all come from there.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import express, { type Request, type RequestHandler, type Router } from "express";
import type { Actor } from "../auth/AccessPolicy.ts";
import { TwinError } from "../errors.ts";
import type { TwinServices } from "../services.ts";
import { newGauges } from "./gauges.ts";

export interface MetricsOptions {
  services: TwinServices;
  actor: (req: Request) => Actor | Promise<Actor>;
  /** What a scraper sends as `Authorization: Bearer …`. */
  token: string | undefined;
}

export function metrics({ services, actor, token }: MetricsOptions): Router {
  const gauges = newGauges(services);
  const router = express.Router();
  router.use(readersOnly({ services, actor, token }));
  router.get("/", async (_req, res) => {
    res.setHeader("Cache-Control", "no-store");
    res.setHeader("Content-Type", gauges.contentType);
    res.end(await gauges.metrics());
  });
  return router;
}

function readersOnly({ services, actor, token }: MetricsOptions): RequestHandler {
  return async (req, _res, next) => {
    if (services.signIn === undefined && token === undefined) {
      next();
      return;
    }
    if (token !== undefined && isSame(req.headers.authorization ?? "", `Bearer ${token}`)) {
      next();
      return;
    }
    if (services.signIn === undefined) {
      throw new TwinError("FORBIDDEN", "Send METRICS_TOKEN as `Authorization: Bearer …`.", { status: 401 });
    }
    const { roles, role } = await actor(req);
    if (!(roles ?? [role]).includes("admin")) {
      throw new TwinError("FORBIDDEN", "The figures are for admins, and for who holds METRICS_TOKEN.");
    }
    next();
  };
}

/** In a time that tells nothing of how far they agree. */
function isSame(given: string, expected: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}
