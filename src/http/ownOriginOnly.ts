/**
 * Keeps other web sites away from the API. Without sign-in whoever reaches the loopback interface acts as admin, and a
 * page that somebody has open can: Colyseus answers every preflight with "any origin, with credentials" before express
 * sees it, and a DNS name that is re-bound to 127.0.0.1 makes the foreign page same-origin. So the request's Host and
 * Origin are checked here, and Colyseus' CORS headers are taken off the answers.
 */
import { isIP } from "node:net";
import type { Request, RequestHandler, Response } from "express";
import { TwinError } from "../errors.ts";

const CORS = [
  "Access-Control-Allow-Origin",
  "Access-Control-Allow-Credentials",
  "Access-Control-Allow-Headers",
  "Access-Control-Allow-Methods",
  "Access-Control-Max-Age",
];

/** What a page of another site may send, beside what browsers let it send anyway; for the answer to its preflight. */
export const SENT = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key";
/** What it may read. */
const EXPOSED = "ETag, Location, Operation-Location, Idempotency-Replayed, Retry-After, Allow";

export interface Allowed {
  /** Names under which this server may be addressed, beside localhost and plain IP addresses. */
  hosts?: readonly string[];
  /** Other sites whose pages may use this server, e.g. `https://plant.example`. */
  origins?: readonly string[];
}

/** As middleware. */
export function ownOriginOnly(allowed: Allowed): RequestHandler {
  const check = originCheck(allowed);
  return (req, res, next) => {
    check(req, res);
    next();
  };
}

/** FORBIDDEN for pages of others, and for names that are not this server's. */
export function originCheck(allowed: Allowed): (req: Request, res: Response) => void {
  let good: string | undefined; // most requests name the host that the one before named, and no origin
  return (req, res) => {
    for (const name of CORS) {
      res.removeHeader(name);
    }
    const { host, origin } = req.headers;
    if (origin === undefined && host === good && host !== undefined) {
      return;
    }
    const fault = foreign(host, origin, allowed);
    if (fault !== undefined) {
      throw new TwinError("FORBIDDEN", fault);
    }
    good = host;
    if (origin !== undefined && allowed.origins?.includes(origin)) {
      res.setHeader("Access-Control-Allow-Origin", origin);
      res.setHeader("Access-Control-Expose-Headers", EXPOSED);
      res.vary("Origin");
    }
  };
}

/** What is wrong with a request's Host and Origin headers; undefined when it comes from here or from no page at all. */
export function foreign(host: string | undefined, origin: string | undefined, allowed: Allowed = {}) {
  const { hosts = [], origins = [] } = allowed;
  const own = parse(`http://${host ?? ""}`);
  if (own === undefined || !(isIP(bare(own.hostname)) || isLocal(own.hostname) || hosts.includes(own.hostname))) {
    return "This server is not addressed by this host name.";
  }
  return origin === undefined || origins.includes(origin) || isOwn(parse(origin), own)
    ? undefined
    : "Pages of other origins may not use this server.";
}

/** The same host and port; or both on this machine, as with a development server that passes requests on. */
function isOwn(origin: URL | undefined, host: URL): boolean {
  return origin !== undefined && (origin.host === host.host || (isLocal(origin.hostname) && isLocal(host.hostname)));
}

function isLocal(hostname: string): boolean {
  const name = bare(hostname);
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127\.\d+\.\d+\.\d+$/.test(name);
}

/** Without the brackets of an IPv6 address. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
