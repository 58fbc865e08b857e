/**
 * Security headers of all that this package answers itself: the page, the API, health. Nothing is set on routes of the
 * game that the router is mounted beside.
 */
import type { ServerResponse } from "node:http";
import type { Request, RequestHandler, Response } from "express";
import helmet from "helmet";

/**
 * `origins`: which the page may ask beside this server, for signing in; asked for at each answer.
 *
 * No HSTS and no upgrade of requests: the demo is plain http on loopback; in production a proxy adds both.
 */
export function securityHeaders(origins: () => readonly string[] = () => []): RequestHandler {
  return prepared(pageHeaders(origins), () => origins().join(" "));
}

/**
 * Of answers that are no pages (the API, health, metrics): they may load, run and be framed by nothing, whatever a browser
 * takes them for. What else pages have (isolation, old browsers' switches) means nothing there, and each header costs.
 * OWASP's REST Security Cheat Sheet, "Security headers".
 */
export function apiHeaders(res: ServerResponse): void {
  for (const [name, value] of API_HEADERS) {
    res.setHeader(name, value);
  }
  res.removeHeader("X-Powered-By");
}

const API_HEADERS = [
  ["Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
] as const;

function pageHeaders(origins: () => readonly string[]): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        connectSrc: ["'self'", "ws:", "wss:", () => origins().join(" ")],
        imgSrc: ["'self'", "data:", "blob:"],
        styleSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'self'"],
      },
    },
    strictTransportSecurity: false,
  });
}

/** The monitor is built with a library that makes style elements, and names a font elsewhere, which it can do without. */
export function monitorHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        fontSrc: ["'self'", "data:"],
        imgSrc: ["'self'", "data:"],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false,
  });
}

/** Makes the headers once for as long as `version` stays the same: Helmet puts them together anew for each answer. */
function prepared(made: RequestHandler, version: () => string): RequestHandler {
  let current: string | undefined;
  let headers: readonly (readonly [string, string])[] = [];
  return (req, res, next) => {
    if (current !== version()) {
      current = version();
      headers = headersOf(made, req);
    }
    for (const [name, value] of headers) {
      res.setHeader(name, value);
    }
    res.removeHeader("X-Powered-By");
    next();
  };
}

function headersOf(made: RequestHandler, req: Request): [string, string][] {
  const headers: [string, string][] = [];
  const collecting = { setHeader: (name: string, value: string) => headers.push([name, value]), removeHeader() {} };
  made(req, collecting as unknown as Response, (error) => {
    if (error !== undefined) {
      throw error;
    }
  });
  return headers;
}
