/**
 * How often one address, and one person, may ask the API: a program that runs wild is told 429 with Retry-After, and nobody
 * else notices. Addresses are counted before anything is looked at, also guesses of tokens. Called by createHttp, and by
 * limitJoins for matchmaking.
 *
 * Counted here and not by express-rate-limit's middleware, whose promises and info objects cost an eighth of reading a twin;
 * what is one IPv6 address is still its rule.
 */
import type { IncomingMessage } from "node:http";
import type { Request } from "express";
import { ipKeyGenerator } from "express-rate-limit";
import { TwinError } from "../errors.ts";

/** Requests a minute; 0: as many as they like. */
export interface RateLimits {
  perAddress: number;
  perUser: number;
}

/**
 * 100 a second of one person for a whole minute: no page does that, nor a program that waits for its answers. `joins`:
 * requests to matchmaking of one address; a hall full of people comes from one, each asks once to join.
 */
export const RATE_LIMITS = { perAddress: 12_000, perUser: 6000, joins: 3000 } as const;

const WINDOW_MS = 60_000;

interface Count {
  asked: number;
  until: number;
}

export interface RateLimitOptions {
  /** In a minute that begins with a first request; 0: no limit. */
  most: number;
  /** Begins the sentence for the one who is refused. */
  who: string;
  now: () => number;
}

export class RateLimit {
  readonly #o: RateLimitOptions;
  readonly #counts = new Map<string, Count>();
  #sweepAt = 0;

  constructor(options: RateLimitOptions) {
    this.#o = options;
  }

  /** How many are being counted. */
  get size(): number {
    return this.#counts.size;
  }

  /** Counts one request. RATE_LIMITED when it is one too many. */
  take(key: string): void {
    const { most, who, now: clock } = this.#o;
    if (most === 0) {
      return;
    }
    const now = clock();
    const count = this.#countOf(key, now);
    if (++count.asked > most) {
      const retryAfterMs = Math.max(1000, count.until - now);
      const text = `${who} asked more than ${most} times within a minute; try again in ${Math.ceil(retryAfterMs / 1000)} s.`;
      throw new TwinError("RATE_LIMITED", text, { retryAfterMs });
    }
  }

  #countOf(key: string, now: number): Count {
    const there = this.#counts.get(key);
    if (there !== undefined && now < there.until) {
      return there;
    }
    this.#sweep(now);
    const count = { asked: 0, until: now + WINDOW_MS };
    this.#counts.set(key, count);
    return count;
  }

  /** Once a minute, so that whoever asked once is not kept for ever. */
  #sweep(now: number): void {
    if (now < this.#sweepAt) {
      return;
    }
    this.#sweepAt = now + WINDOW_MS;
    for (const [key, { until }] of this.#counts) {
      if (until <= now) {
        this.#counts.delete(key);
      }
    }
  }
}

/** Who is behind a request, proxies that are trusted aside. A network of IPv6 addresses is one: somebody has all of it. */
export function addressKey(req: Request): string {
  const forwarded = req.headers["x-forwarded-for"] !== undefined;
  const ip = (forwarded ? req.ip : req.socket.remoteAddress) ?? ""; // the same, and less dear
  return networkOf(ip);
}

/** The same without express, so many places from the end of X-Forwarded-For. */
export function forwardedKey(req: IncomingMessage, trustedProxies: number): string {
  const forwarded = trustedProxies === 0 ? "" : String(req.headers["x-forwarded-for"] ?? "");
  const hops = forwarded.split(",").flatMap((hop) => hop.trim() || []);
  return networkOf(hops.at(-trustedProxies) ?? hops[0] ?? req.socket.remoteAddress ?? "");
}

function networkOf(ip: string): string {
  return ip.includes(":") ? ipKeyGenerator(ip) : ip;
}
