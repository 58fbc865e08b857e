/**
 * Response headers of all that this package answers itself: the page, the API, health. Nothing is set on routes of the
 * game that the router is mounted beside.
 */
import type { RequestHandler } from "express";
import helmet from "helmet";

/**
 * `origins`: which the page may ask beside this server, for signing in; asked for at each answer.
 *
 * No HSTS and no upgrade of requests: the demo is plain http on loopback; in production a proxy adds both.
 */
export function securityHeaders(origins: () => readonly string[] = () => []): RequestHandler {
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
