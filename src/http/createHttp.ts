/**
 * Everything that this package answers over HTTP: the API under /api/v1, its document to read at /docs, /health, /metrics,
 * /monitor, and the built page. One express router, which app.ts mounts on the application that Colyseus hands it. A
 * game's own server has none of it (docs/plugins.md).
 */
import { randomUUID } from "node:crypto";
import express, { type RequestHandler, type Router } from "express";
import { TwinError } from "../errors.ts";
import type { TwinServices } from "../services.ts";
import type { Clock, Log } from "../twins/types.ts";
import { apiRoutes } from "./apiRoutes.ts";
import { DOCS_BASE, docsPage } from "./docsPage.ts";
import { health, type Readiness } from "./health.ts";
import { metrics } from "./metrics.ts";
import { monitor } from "./monitor.ts";
import { originCheck, ownOriginOnly } from "./ownOriginOnly.ts";
import { problemHandler, sendProblem } from "./problem.ts";
import type { Route } from "./Route.ts";
import { addressKey, RATE_LIMITS, RateLimit, type RateLimits } from "./rateLimits.ts";
import { restActor } from "./restActor.ts";
import { apiHeaders, securityHeaders } from "./securityHeaders.ts";
import { type ServeOptions, serveRoutes } from "./serveRoutes.ts";
import { webPage } from "./webPage.ts";

export const API_BASE = "/api/v1";
/** How long a stop takes at most: whoever asks again then finds the next server, or none. */
const STOP_MS = 10_000;

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
  /** True while the server stops: the API then answers 503 with Retry-After. */
  stopping?: () => boolean;
  clock?: Clock;
  newId?: () => string;
}

/** To be mounted at the root. */
export function createHttp(services: TwinServices, options: HttpOptions): Router {
  const { log, version, ready, hosts = [], origins = [], clock = Date.now, newId = randomUUID, webRoot } = options;
  const headers = securityHeaders(() => services.signIn?.origins() ?? []);
  const routes = apiRoutes({ services, newId, now: clock }, { version, base: API_BASE });
  const actor = restActor(services);
  const router = express.Router();
  router.use(API_BASE, api(routes, { ...options, policy: services.policy, actor, now: clock }));
  router.use("/health", plain, health({ services, version, ready }));
  const fence = ownOriginOnly({ hosts, origins });
  router.use("/metrics", plain, fence, metrics({ services, actor, token: options.metricsToken }));
  router.use("/monitor", fence, monitor({ services, actor }));
  router.use(DOCS_BASE, headers, docsPage(`${API_BASE}/openapi.json`));
  if (webRoot !== undefined) {
    router.use(webPage(webRoot, headers));
  }
  router.use(problemHandler(log));
  return router;
}

const plain: RequestHandler = (_req, res, next) => {
  apiHeaders(res);
  next();
};

type ApiOptions = Omit<ServeOptions, "perUser"> & Pick<HttpOptions, "hosts" | "origins" | "limits" | "stopping">;

/** What every request to the API passes before its route: headers, whose page asks, how often from there. */
function api(routes: readonly Route[], options: ApiOptions): RequestHandler {
  const { limits = RATE_LIMITS, now, stopping } = options;
  const checkOrigin = originCheck(options);
  const addresses = new RateLimit({ most: limits.perAddress, who: "This address", now });
  const users = new RateLimit({ most: limits.perUser, who: "You", now });
  const serve = serveRoutes(routes, { ...options, perUser: ({ id }) => users.take(id) });
  return (req, res) => {
    apiHeaders(res);
    checkOrigin(req, res);
    if (stopping?.()) {
      res.setHeader("Connection", "close");
      sendProblem(req, res, new TwinError("UNAVAILABLE", "The server is stopping.", { retryAfterMs: STOP_MS }));
      return;
    }
    addresses.take(addressKey(req));
    return serve(req, res, req.path);
  };
}
