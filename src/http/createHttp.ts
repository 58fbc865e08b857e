/**
 * Everything that this package answers over HTTP: the API under /api/v1, its document to read at /docs, /health, /metrics,
 * /monitor, and the built page. One express router, which app.ts mounts on the application that Colyseus hands it; a game
 * may mount it on its own.
 */
import { randomUUID } from "node:crypto";
import express, { type Router } from "express";
import type { TwinServices } from "../services.ts";
import type { Clock, Log } from "../twins/types.ts";
import { apiRoutes } from "./apiRoutes.ts";
import { DOCS_BASE, docsPage } from "./docsPage.ts";
import { health, type Readiness } from "./health.ts";
import { metrics } from "./metrics.ts";
import { monitor } from "./monitor.ts";
import { mountRoutes } from "./mountRoutes.ts";
import { ownOriginOnly } from "./ownOriginOnly.ts";
import { problemHandler } from "./problem.ts";
import { addressLimit, RATE_LIMITS, type RateLimits, userLimit } from "./rateLimits.ts";
import { restActor } from "./restActor.ts";
import { securityHeaders } from "./securityHeaders.ts";
import { webPage } from "./webPage.ts";

export const API_BASE = "/api/v1";

export interface HttpOptions {
  /** Folder of the built page; without it `/` is left to others. */
  webRoot?: string;
  log: Log;
  /** Of this package, for the document and /health. */
  version: string;
  ready: () => Readiness;
  /** Lets a scraper read /metrics. */
  metricsToken?: string | undefined;
  /** Host names under which the server may be addressed, beside localhost and IP addresses. */
  hosts?: readonly string[];
  /** Other sites whose pages may use the API. */
  origins?: readonly string[];
  /** Default: RATE_LIMITS. */
  limits?: RateLimits;
  clock?: Clock;
  newId?: () => string;
}

/** To be mounted at the root. */
export function createHttp(services: TwinServices, options: HttpOptions): Router {
  const { log, version, ready, hosts = [], origins = [], clock = Date.now, newId = randomUUID, webRoot } = options;
  const limits = options.limits ?? RATE_LIMITS;
  const headers = securityHeaders(() => services.signIn?.origins() ?? []);
  const routes = apiRoutes({ services, newId, now: clock }, { version, base: API_BASE });
  const actor = restActor(services);
  const router = express.Router();
  router.use("/health", headers, health({ services, version, ready }));
  const fence = ownOriginOnly({ hosts, origins });
  router.use("/metrics", headers, fence, metrics({ services, actor, token: options.metricsToken }));
  router.use("/monitor", fence, monitor({ services, actor }));
  router.use(
    API_BASE,
    headers,
    fence,
    ...[addressLimit(limits) ?? []].flat(),
    mountRoutes(routes, { policy: services.policy, actor, perUser: userLimit(limits), log, now: clock }),
  );
  router.use(DOCS_BASE, headers, docsPage(`${API_BASE}/openapi.json`));
  if (webRoot !== undefined) {
    router.use(webPage(webRoot, headers));
  }
  router.use(problemHandler(log));
  return router;
}
