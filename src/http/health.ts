/**
 * /health, /health/ready: 200 once a player could join, else 503 with the reasons · /health/live: 200 while the process
 * answers at all. For orchestrators, scripts that wait for the start, and people.
 */
import express, { type Response, type Router } from "express";
import type { TwinServices } from "../services.ts";

/** What the composition root knows about itself: `ready` once a player could join; otherwise sentences that say why not. */
export interface Readiness {
  ready: boolean;
  reasons: readonly string[];
}

export interface HealthOptions {
  services: TwinServices;
  version: string;
  ready: () => Readiness;
}

export function health({ services, version, ready }: HealthOptions): Router {
  const router = express.Router();
  const signIn = services.signIn && { signIn: services.signIn.offer };
  router.get(["/", "/ready"], (_req, res) => {
    const now = ready();
    const { loaded, source } = services.link;
    const status = now.ready ? "ready" : "not ready";
    const link = { loaded, ...source };
    send(res, now.ready ? 200 : 503, { status, version, demo: services.demo, ...signIn, reasons: now.reasons, link });
  });
  router.get("/live", (_req, res) => send(res, 200, { status: "live", version }));
  return router;
}

function send(res: Response, status: number, body: object): void {
  res.setHeader("Cache-Control", "no-store");
  res.status(status).json(body);
}
