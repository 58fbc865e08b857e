/**
 * The route table → an express router: who asks, may he read, body, checks, handler, answer. Who asks comes first: nothing
 * of a stranger's body is read. Everything that the table does not name is answered here too (404, 405 with Allow, 415), so
 * that the API never falls through to what is mounted after it.
 */
import express, { type Request, type RequestHandler, type Response, type Router } from "express";
import type { AccessPolicy, Actor } from "../auth/AccessPolicy.ts";
import { TwinError } from "../errors.ts";
import type { Log } from "../twins/types.ts";
import { assertFlat } from "./assertFlat.ts";
import { fingerprint, IDEMPOTENCY_KEY, IdempotencyKeys, keyOf, takesKey } from "./idempotency.ts";
import { problemHandler } from "./problem.ts";
import type { Answer, BodyRule, Route } from "./Route.ts";

export interface MountOptions {
  policy: AccessPolicy;
  /** Throws where a token is asked for and none, or no good one, was sent. */
  actor: (req: Request) => Promise<Actor>;
  /** Asked as soon as it is known who asks. Throws where he asks too often. */
  perUser?: RequestHandler | undefined;
  log: Log;
  now: () => number;
}

export function mountRoutes(routes: readonly Route[], options: MountOptions): Router {
  const { log, now, perUser } = options;
  const router = express.Router({ caseSensitive: true });
  const keys = new IdempotencyKeys({ now });
  for (const [path, atPath] of Map.groupBy(routes, (route) => route.path)) {
    const mounted = router.route(path);
    for (const route of atPath) {
      const limit = perUser === undefined || route.access === "open" ? [] : [perUser];
      const before = route.body === undefined ? [] : bodyHandlers(route.body);
      mounted[route.method](asker(route, options), ...limit, ...before, handler(route, keys));
    }
    mounted.all(otherMethod(atPath));
  }
  router.use((req) => {
    throw new TwinError(
      "NOT_FOUND",
      `There is no ${req.baseUrl}${req.path}; ${req.baseUrl}/openapi.json lists what is.`,
    );
  });
  router.use(problemHandler(log));
  return router;
}

const NOBODY: Actor = { id: "nobody", name: "nobody", role: "player", roles: [] };

/** Who asks, for the handlers after it; ends the request of those who are nobody or may not read this. */
function asker(route: Route, { policy, actor: actorOf }: MountOptions): RequestHandler {
  return async (req, res, next) => {
    const actor = route.access === "open" ? NOBODY : await actorOf(req);
    if (route.access === "read" || route.access === "audit") {
      const { allowed, reason } = policy.check(actor, route.access);
      if (!allowed) {
        throw new TwinError("FORBIDDEN", reason);
      }
    }
    res.locals["actor"] = actor;
    next();
  };
}

function handler(route: Route, keys: IdempotencyKeys): RequestHandler {
  return async (req, res) => {
    const { params, headers, body } = req;
    const actor = res.locals["actor"] as Actor;
    const run = () => route.run({ params, query: queryOf(req), headers, body, actor });
    const key = takesKey(route) ? keyOf(headers[IDEMPOTENCY_KEY]) : undefined;
    if (key === undefined) {
      send(req, res, await run());
      return;
    }
    const asked = { actorId: actor.id, routeId: route.id, key, fingerprint: fingerprint(req.originalUrl, body) };
    const { answer, replayed } = await keys.once(asked, run);
    if (replayed) {
      res.setHeader("Idempotency-Replayed", "true");
    }
    send(req, res, answer);
  };
}

/** Independent of the application's own query parser; a repeated parameter is an array. */
function queryOf(req: Request): Record<string, string | string[]> {
  const from = req.originalUrl.indexOf("?");
  if (from === -1) {
    return {};
  }
  const search = new URLSearchParams(req.originalUrl.slice(from + 1));
  return Object.fromEntries(
    [...new Set(search.keys())].map((name) => {
      const [first = "", ...more] = search.getAll(name);
      return [name, more.length === 0 ? first : [first, ...more]];
    }),
  );
}

function send(
  req: Request,
  res: Response,
  { status, body, text, contentType, etag, location, operation }: Answer,
): void {
  res.statusCode = status;
  res.setHeader("Cache-Control", "private, no-cache");
  if (etag !== undefined) {
    res.setHeader("ETag", etag);
  }
  if (location !== undefined) {
    res.setHeader("Location", req.baseUrl + location);
  }
  if (operation !== undefined) {
    res.setHeader("Operation-Location", req.baseUrl + operation);
  }
  if (etag !== undefined && req.fresh) {
    res.statusCode = 304;
    res.end();
  } else if (text !== undefined) {
    res.setHeader("Content-Type", `${contentType}; charset=utf-8`);
    res.end(text);
  } else if (body === undefined) {
    res.end();
  } else {
    res.setHeader("Content-Type", "application/json; charset=utf-8");
    res.end(JSON.stringify(body));
  }
}

function bodyHandlers({ types, limit }: BodyRule): RequestHandler[] {
  const checkType: RequestHandler = (req, res, next) => {
    if (!hasBody(req)) {
      throw new TwinError("INVALID_PAYLOAD", "A body is required here.", {
        details: [{ path: "", expected: types.join(" or "), found: "nothing" }],
      });
    }
    if (req.is([...types]) === false) {
      res.setHeader(req.method === "PATCH" ? "Accept-Patch" : "Accept-Post", types.join(", "));
      throw new TwinError("INVALID_PAYLOAD", `The body has to be ${types.join(" or ")}.`, {
        status: 415,
        details: [{ path: "", expected: types.join(" or "), found: req.headers["content-type"] ?? "nothing" }],
      });
    }
    next();
  };
  const checkDepth: RequestHandler = (req, _res, next) => {
    assertFlat(req.body);
    next();
  };
  return [checkType, express.json({ limit, type: () => true, strict: false }), checkDepth];
}

function hasBody({ headers }: Request): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function otherMethod(routes: readonly Route[]): RequestHandler {
  const methods = routes.flatMap(({ method }) => (method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()]));
  const allow = [...new Set(methods)].join(", ");
  return (req, res) => {
    res.setHeader("Allow", allow);
    if (req.method === "OPTIONS") {
      res.status(204).end();
      return;
    }
    throw new TwinError("UNSUPPORTED", `${req.method} is not offered here; ${allow} is.`, { status: 405 });
  };
}
