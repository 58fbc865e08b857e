/** The settings of limits: their keys, and what they come to. Called by config.ts. */
import { z } from "zod";

const whole = (least: number, most: number, what: string) => {
  const expected = `expected a whole number of ${what}, from ${least} to ${most}`;
  return z.coerce.number(expected).int(expected).min(least, expected).max(most, expected);
};

export const limitKeys = {
  RATE_LIMIT_PER_ADDRESS: whole(0, 10_000_000, "requests per minute").default(12_000),
  RATE_LIMIT_PER_USER: whole(0, 10_000_000, "requests per minute").default(6000),
  RATE_LIMIT_JOINS: whole(0, 10_000_000, "requests per minute").default(3000),
  TRUSTED_PROXIES: whole(0, 16, "proxies").default(0),
  WRITE_BUDGET: whole(1, 10_000, "writes per second").default(500),
};

export interface LimitSettings {
  /** Requests a minute over REST; 0: as many as they like. */
  perAddress: number;
  perUser: number;
  /** Requests a minute to matchmaking, of one address; 0: as many as it likes. */
  joins: number;
  /** Proxies before this server whose X-Forwarded-For is believed. */
  trustedProxies: number;
  /** Writes per second to the twin service that people cause, all of them together. */
  writesPerSecond: number;
}

export function limitSettings(e: z.output<z.ZodObject<typeof limitKeys>>): LimitSettings {
  return {
    perAddress: e.RATE_LIMIT_PER_ADDRESS,
    perUser: e.RATE_LIMIT_PER_USER,
    joins: e.RATE_LIMIT_JOINS,
    trustedProxies: e.TRUSTED_PROXIES,
    writesPerSecond: e.WRITE_BUDGET,
  };
}
