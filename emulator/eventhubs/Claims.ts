/**
 * Who may use which address: the tokens put on `$cbs`, per connection.
 *
 * SAS tokens are checked against the endpoint's policies; Entra tokens against its key when it was given one, and are else
 * taken unseen: there is no authority to ask, and the endpoint is a local one. A claim covers its path and all below it.
 */
import type { KeyObject } from "node:crypto";
import type { Connection } from "rhea";
import { checkJwt } from "./checkJwt.ts";
import { readSasToken } from "./sasToken.ts";
import { type Clock, HubError, type Right, type SasPolicy } from "./types.ts";

/** Where a claim without an expiry of its own ends: a day, ms. */
const UNCHECKED_LIFETIME_MS = 86_400_000;
const ALL: readonly Right[] = ["Manage"];

export interface ClaimsOptions {
  /** Name → policy, or its key when it has all rights on all hubs. */
  keys: Readonly<Record<string, string | SasPolicy>>;
  /** Checks Entra tokens; absent: they are taken unseen. */
  tokenKey?: KeyObject;
  clock: Clock;
}

interface Claim {
  /** ms since epoch */
  until: number;
  rights: readonly Right[];
}

export class Claims {
  readonly #options: ClaimsOptions;
  /** Connection → path → claim. */
  readonly #granted = new WeakMap<Connection, Map<string, Claim>>();

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /** Takes a token for an audience. Throws HubError `amqp:unauthorized-access`. */
  put(connection: Connection, audience: string, type: string, token: string): void {
    const claim = /(^|:)jwt$/.test(type) ? this.#checkJwt(token) : this.#checkSas(token, audience);
    const claims = this.#granted.get(connection) ?? new Map<string, Claim>();
    claims.set(pathOf(audience), claim);
    this.#granted.set(connection, claims);
  }

  /** Throws HubError when no claim of this connection covers the address; without a right, any claim on it does. */
  demand(connection: Connection, address: string, right?: Exclude<Right, "Manage">): void {
    const path = pathOf(address);
    const now = this.#options.clock();
    let expired = false;
    for (const [granted, { until, rights }] of this.#granted.get(connection) ?? []) {
      if (!covers(granted, path) || !allows(rights, right)) continue;
      if (until > now) return;
      expired = true;
    }
    throw unauthorized(
      expired
        ? `ExpiredToken: The token for '${path}' has expired.`
        : `Unauthorized access. '${right ?? "Listen"}' claim(s) are required to perform this operation.`,
    );
  }

  #checkJwt(token: string): Claim {
    const { tokenKey, clock } = this.#options;
    if (tokenKey === undefined) return { until: clock() + UNCHECKED_LIFETIME_MS, rights: ALL };
    try {
      return { until: checkJwt(token, tokenKey, clock()), rights: ALL };
    } catch (error) {
      throw refused(error instanceof Error ? error.message : String(error));
    }
  }

  #checkSas(text: string, audience: string): Claim {
    const token = readSasToken(text);
    const entry = this.#options.keys[token.policy];
    const policy: SasPolicy | undefined = typeof entry === "string" ? { key: entry } : entry;
    const keys = policy === undefined ? [] : [policy.key, policy.secondaryKey ?? policy.key];
    if (policy === undefined || !keys.some((key) => token.isSignedBy(key))) {
      throw refused("InvalidSignature: The token has an invalid signature.");
    }
    const isForeign =
      authorityOf(token.resource) !== authorityOf(audience) ||
      !covers(pathOf(token.resource), pathOf(audience)) ||
      !covers(policy.hub?.toLowerCase() ?? "", pathOf(audience));
    if (isForeign) throw refused(`InvalidAudience: The token is not for '${audience}'.`);
    if (!(token.expiry > this.#options.clock())) throw refused("ExpiredToken: The token is expired.");
    return { until: token.expiry, rights: policy.rights ?? ALL };
  }
}

function covers(granted: string, path: string): boolean {
  return granted === "" || path === granted || path.startsWith(`${granted}/`);
}

function allows(rights: readonly Right[], right: Right | undefined): boolean {
  return right === undefined || rights.includes(right) || rights.includes("Manage");
}

/** `sb://host/hub/…` → `hub/…`, lower case. */
export function pathOf(address: string): string {
  return address
    .replace(/^[a-z]+:\/\/[^/]*\/?/i, "")
    .replace(/\/$/, "")
    .toLowerCase();
}

/** `sb://host:port/hub` → `host:port`, lower case; empty for a path alone. */
function authorityOf(address: string): string {
  return /^[a-z]+:\/\/([^/]*)/i.exec(address)?.[1]?.toLowerCase() ?? "";
}

function refused(why: string): HubError {
  return unauthorized(`Put token failed. status-code: 401, ${why}`);
}

function unauthorized(message: string): HubError {
  return new HubError("amqp:unauthorized-access", message);
}
