/**
 * How often one address, and one person, may ask the API: a program that runs wild is told 429 with Retry-After, and nobody
 * else notices. Addresses are counted before anything is looked at, also guesses of tokens. Called by createHttp.
 */
import type { Request, RequestHandler } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import type { Actor } from "../auth/AccessPolicy.ts";
import { TwinError } from "../errors.ts";

/** Requests a minute; 0: as many as they like. */
export interface RateLimits {
  perAddress: number;
  perUser: number;
}

/** 100 a second of one person for a whole minute: no page does that, nor a program that waits for its answers. */
export const RATE_LIMITS: RateLimits = { perAddress: 12_000, perUser: 6000 };

const WINDOW_MS = 60_000;

export function addressLimit({ perAddress }: RateLimits): RequestHandler | undefined {
  return limit(perAddress, "This address", ({ ip = "" }) => (ip.includes(":") ? ipKeyGenerator(ip) : ip));
}

/** To be asked once `res.locals.actor` is known. */
export function userLimit({ perUser }: RateLimits): RequestHandler | undefined {
  return limit(perUser, "You", (_req, locals) => (locals["actor"] as Actor).id);
}

function limit(
  most: number,
  who: string,
  key: (req: Request, locals: Record<string, unknown>) => string,
): RequestHandler | undefined {
  if (most === 0) {
    return undefined;
  }
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: most,
    legacyHeaders: false,
    standardHeaders: false,
    validate: false, // it would warn of proxies on the console; TRUSTED_PROXIES is for them
    keyGenerator: (req, res) => key(req, res.locals),
    handler(req) {
      const { resetTime } = (req as Request & { rateLimit: { resetTime?: Date } }).rateLimit;
      const retryAfterMs = Math.max(1000, (resetTime?.getTime() ?? 0) - Date.now());
      const text = `${who} asked more than ${most} times within a minute; try again in ${Math.ceil(retryAfterMs / 1000)} s.`;
      throw new TwinError("RATE_LIMITED", text, { retryAfterMs });
    },
  });
}
