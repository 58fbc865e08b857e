/**
 * Who may use which address: the tokens put on `$cbs`, per connection.
 *
 * SAS tokens are checked (HMAC-SHA256 over resource and expiry). Entra tokens are taken unseen: there is no authority to
 * ask, and the endpoint is a local one.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Connection } from "rhea";
import { type Clock, HubError } from "./types.ts";

const TOKEN_FORM = /^SharedAccessSignature\s+/;
/** Where a claim without an expiry of its own ends: a day, ms. */
const ENTRA_LIFETIME_MS = 86_400_000;

export class Claims {
  readonly #keys: Readonly<Record<string, string>>;
  readonly #clock: Clock;
  /** Connection → path → ms since epoch at which the claim ends. */
  readonly #granted = new WeakMap<Connection, Map<string, number>>();

  constructor(keys: Readonly<Record<string, string>>, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /** Takes a token for an audience. Throws HubError `amqp:unauthorized-access`. */
  put(connection: Connection, audience: string, type: string, token: string): void {
    const until = type.endsWith(":jwt") ? this.#clock() + ENTRA_LIFETIME_MS : this.#checkSas(token);
    const claims = this.#granted.get(connection) ?? new Map<string, number>();
    claims.set(pathOf(audience), until);
    this.#granted.set(connection, claims);
  }

  /** Throws HubError when no claim of this connection covers the address. */
  demand(connection: Connection, address: string, right: "Listen" | "Send"): void {
    const path = pathOf(address);
    const now = this.#clock();
    for (const [granted, until] of this.#granted.get(connection) ?? []) {
      if (until > now && (path === granted || path.startsWith(`${granted}/`) || granted === "")) return;
    }
    throw unauthorized(`Unauthorized access. '${right}' claim(s) are required to perform this operation.`);
  }

  #checkSas(token: string): number {
    const fields = new Map(
      token
        .replace(TOKEN_FORM, "")
        .split("&")
        .map((pair): [string, string] => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    );
    const key = this.#keys[decode(fields.get("skn"))];
    const until = Number(fields.get("se")) * 1000;
    const expected = createHmac("sha256", key ?? "")
      .update(`${fields.get("sr")}\n${fields.get("se")}`)
      .digest();
    const signature = Buffer.from(decode(fields.get("sig")), "base64");
    if (key === undefined || signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      throw unauthorized("Put token failed. status-code: 401, InvalidSignature: The token has an invalid signature.");
    }
    if (!(until > this.#clock())) {
      throw unauthorized("Put token failed. status-code: 401, ExpiredToken: The token is expired.");
    }
    return until;
  }
}

/** `sb://host/hub/…` → `hub/…`, lower case. */
export function pathOf(address: string): string {
  return address
    .replace(/^[a-z]+:\/\/[^/]*\/?/i, "")
    .replace(/\/$/, "")
    .toLowerCase();
}

function decode(text: string | undefined): string {
  try {
    return decodeURIComponent(text ?? "");
  } catch {
    return "";
  }
}

function unauthorized(message: string): HubError {
  return new HubError("amqp:unauthorized-access", message);
}
