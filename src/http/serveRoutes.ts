/**
 * The route table → one handler for express: who asks, may he read, body, checks, handler, answer. Who asks comes first:
 * nothing of a stranger's body is read. Everything that the table does not name is answered here too (404, 405 with Allow,
 * 415), so that the API never falls through to what is mounted after it. Errors go to express, and so to problemHandler.
 *
 * One function and no chain of them: reading a twin has to cost little more than a bare route (`npm run bench -- rest`).
 */
import type { Request, Response } from "express";
import type { AccessPolicy, Actor } from "../auth/AccessPolicy.ts";
import { TwinError } from "../errors.ts";
import { fingerprint, IDEMPOTENCY_KEY, IdempotencyKeys, keyOf, takesKey } from "./idempotency.ts";
import type { Answer, Route } from "./Route.ts";
import { type Found, RouteTable } from "./RouteTable.ts";
import { bodyReader } from "./readBody.ts";

export interface ServeOptions {
  policy: AccessPolicy;
  /** Throws where a token is asked for and none, or no good one, was sent. */
  actor: (req: Request) => Actor | Promise<Actor>;
  /** Asked as soon as it is known who asks. Throws where he asks too often. */
  perUser?: ((actor: Actor) => void) | undefined;
  now: () => number;
}

const NOBODY: Actor = { id: "nobody", name: "nobody", role: "player", roles: [] };

/** `path`: below the API's base. */
export function serveRoutes(routes: readonly Route[], options: ServeOptions) {
  const table = new RouteTable(routes);
  const keys = new IdempotencyKeys({ now: options.now });
  const bodies = new Map(
    routes.flatMap((route) => (route.body === undefined ? [] : [[route, bodyReader(route.body)]])),
  );
  return async (req: Request, res: Response, path: string): Promise<void> => {
    const found = table.find(path);
    if (found === undefined) {
      const { baseUrl } = req;
      throw new TwinError("NOT_FOUND", `There is no ${baseUrl}${path}; ${baseUrl}/openapi.json lists what is.`);
    }
    const route = found.routes.get(req.method);
    if (route === undefined) {
      otherMethod(req, res, found);
      return;
    }
    const actor = route.access === "open" ? NOBODY : admitted(route, await options.actor(req), options);
    const read = bodies.get(route);
    const body = read && (await read(req, res));
    const run = () =>
      route.run({ params: found.params, query: queryOf(req.originalUrl), headers: req.headers, body, actor });
    const key = takesKey(route) ? keyOf(req.headers[IDEMPOTENCY_KEY]) : undefined;
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

/** Ends the request of who may not read this, or asks too often. */
function admitted({ access }: Route, actor: Actor, { policy, perUser }: ServeOptions): Actor {
  if (access === "read" || access === "audit") {
    const { allowed, reason } = policy.check(actor, access);
    if (!allowed) {
      throw new TwinError("FORBIDDEN", reason);
    }
  }
  perUser?.(actor);
  return actor;
}

/** Independent of the application's own query parser; a repeated parameter is an array. */
function queryOf(url: string): Record<string, string | string[]> {
  const from = url.indexOf("?");
  if (from === -1) {
    return {};
  }
  const search = new URLSearchParams(url.slice(from + 1));
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
  const isKnown = etag !== undefined && req.headers["if-none-match"] !== undefined && req.fresh;
  if (isKnown) {
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

function otherMethod(req: Request, res: Response, { methods }: Found): void {
  res.setHeader("Allow", methods);
  if (req.method === "OPTIONS") {
    res.status(204).end();
    return;
  }
  throw new TwinError("UNSUPPORTED", `${req.method} is not offered here; ${methods} is.`, { status: 405 });
}
