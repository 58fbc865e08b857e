/**
 * How often one address may ask Colyseus' matchmaking, for the ready-made server and for a game's own: each request may make
 * a room, with no WebSocket behind it. Colyseus answers before express does, so this stands in front of the HTTP server, as
 * refuseForeign; call this first, so that pages of others are refused and not counted.
 *
 * Who asks too often gets 429 in the form of Colyseus' own refusals: the SDK shows the sentence.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { z } from "zod";
import { checked, members } from "../checkedOptions.ts";
import type { TwinError } from "../errors.ts";
import { forwardedKey, RATE_LIMITS, RateLimit } from "./rateLimits.ts";

const READS = ["GET", "HEAD", "OPTIONS"];
/** Colyseus takes the path from Host and URL put together. */
const MATCHMAKING = /[/\\]matchmake[/\\]/;

export interface JoinLimits {
  /** Requests to matchmaking a minute of one address; 0: as many as it likes. Default: 3000. */
  perAddress?: number;
  /** Proxies before this server whose X-Forwarded-For is believed. Default: 0. */
  trustedProxies?: number;
}

const whole = (what: string) =>
  z.custom<number>(
    (value) => Number.isSafeInteger(value) && Number(value) >= 0,
    `a whole number of ${what}, 0 or more`,
  );
const options = members({
  perAddress: whole("requests a minute").optional(),
  trustedProxies: whole("proxies").optional(),
});

/** To be called once, before or after the server listens. @throws which option is wrong */
export function limitJoins(server: Server, limits: JoinLimits = {}): void {
  const { perAddress = RATE_LIMITS.joins, trustedProxies = 0 } = checked("limitJoins", options, limits);
  const addresses = new RateLimit({ most: perAddress, who: "This address", now: Date.now });
  const emit = server.emit.bind(server) as (event: string | symbol, ...args: unknown[]) => boolean;
  server.emit = (event: string | symbol, ...args: unknown[]) => {
    if (event === "request") {
      const [req, res] = args as [IncomingMessage, ServerResponse];
      try {
        if (isMatchmaking(req)) {
          addresses.take(forwardedKey(req, trustedProxies));
        }
      } catch (error) {
        refuse(req, res, error as TwinError);
        return true;
      }
    }
    return emit(event, ...args);
  };
}

function isMatchmaking({ method = "", headers, url = "" }: IncomingMessage): boolean {
  return !READS.includes(method) && MATCHMAKING.test(`${headers.host}${url}`);
}

/** Whichever page it is: Colyseus lets it read its answers too, and those of others are refused before this. */
function refuse({ headers: { origin } }: IncomingMessage, res: ServerResponse, error: TwinError): void {
  if (origin !== undefined) {
    res.setHeader("Access-Control-Allow-Origin", origin);
    res.setHeader("Access-Control-Allow-Credentials", "true");
    res.setHeader("Vary", "Origin");
  }
  res.setHeader("Retry-After", Math.ceil((error.retryAfterMs ?? 1000) / 1000));
  res.setHeader("Content-Type", "application/json");
  res.statusCode = error.status;
  res.end(JSON.stringify({ code: error.status, error: error.message }));
}
