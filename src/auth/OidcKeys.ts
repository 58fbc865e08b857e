/**
 * The public keys of an OpenID Connect issuer: found by discovery, kept, looked for again when a token names an unknown one
 * (at most every 30 s) and every 10 minutes, so that a key that the issuer took back ends too. While the issuer is away the
 * known keys hold for a day.
 */
import {
  createRemoteJWKSet,
  type ExportedJWKSCache,
  errors,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
  jwksCache,
  type RemoteJWKSet,
} from "jose";
import { z } from "zod";
import { reasonOf, TwinError } from "../errors.ts";

const Url = z.url({ protocol: /^https?$/ });
const Discovered = z.object({ issuer: z.string(), jwks_uri: Url, token_endpoint: Url.optional() });
const TIMEOUT_MS = 5000;
const REFRESH_MS = 10 * 60_000;
const COOLDOWN_MS = 30_000;
const KEEP_MS = 24 * 60 * 60_000;
/** After a discovery that failed; requests meanwhile are answered at once. */
const PAUSE_MS = 5000;

export interface OidcKeysOptions {
  issuer: string;
  /** How long after its keys were read the issuer is not asked for an unknown one, ms. Default: 30 s. */
  cooldownMs?: number | undefined;
  log: { warn(o: object, text: string): void };
}

export class OidcKeys {
  readonly #o: OidcKeysOptions;
  #keys: Promise<RemoteJWKSet> | undefined;
  /** The key set that was read last: jose puts it there, a new object each time. Nothing is ever read from it. */
  #read: { set: RemoteJWKSet; now: Partial<ExportedJWKSCache> } | undefined;
  #failed: { at: number; error: TwinError } | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #refresher: NodeJS.Timeout | undefined;
  #tokenEndpoint: string | undefined;

  constructor(options: OidcKeysOptions) {
    this.#o = options;
  }

  /** UNAVAILABLE when the issuer cannot be asked and its keys are not known. */
  async find(header: JWSHeaderParameters, jws: FlattenedJWSInput): Promise<Awaited<ReturnType<RemoteJWKSet>>> {
    const keys = await this.#discovered();
    try {
      return await keys(header, jws);
    } catch (error) {
      // Errors of the token come from jose with codes of their own; the rest is that of the connection.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
        throw error;
      }
      if (error instanceof errors.JOSENotSupported) {
        throw error;
      }
      throw this.#unavailable(error);
    }
  }

  /** The key set, the same object until it is read anew; undefined while there is none that counts. */
  current(): object | undefined {
    return this.#read?.set.fresh ? this.#read.now.jwks : undefined;
  }

  /**
   * Origins that a page talks to when somebody signs in: the issuer's and, once discovered, that of its token endpoint.
   * Begins the discovery when it is not done, and does not wait for it.
   */
  origins(): readonly string[] {
    if (this.#tokenEndpoint === undefined) {
      void (async () => this.#discovered())().catch(() => undefined); // told in the log, and to whoever presents a token
    }
    const urls = [this.#o.issuer, this.#tokenEndpoint].filter((url) => url !== undefined);
    return [...new Set(urls.map((url) => new URL(url).origin))];
  }

  close(): void {
    clearInterval(this.#refresher);
  }

  #discovered(): Promise<RemoteJWKSet> {
    if (this.#failed && performance.now() - this.#failed.at < PAUSE_MS) {
      throw this.#failed.error;
    }
    this.#keys ??= this.#discover().catch((error: unknown) => {
      this.#keys = undefined;
      this.#failed = { at: performance.now(), error: this.#unavailable(error) };
      throw this.#failed.error;
    });
    return this.#keys;
  }

  async #discover(): Promise<RemoteJWKSet> {
    const { issuer } = this.#o;
    const found = await discover(issuer);
    this.#tokenEndpoint = found.token_endpoint ?? issuer;
    const now = {};
    const keys = createRemoteJWKSet(new URL(found.jwks_uri), {
      [jwksCache]: now,
      cacheMaxAge: KEEP_MS,
      timeoutDuration: TIMEOUT_MS,
      cooldownDuration: this.#o.cooldownMs ?? COOLDOWN_MS,
    });
    this.#read = { set: keys, now };
    clearInterval(this.#refresher);
    this.#refresher = setInterval(() => void this.#refresh(keys), REFRESH_MS).unref();
    return keys;
  }

  async #refresh(keys: RemoteJWKSet): Promise<void> {
    try {
      await keys.reload();
    } catch (error) {
      this.#o.log.warn(
        { err: error, issuer: this.#o.issuer },
        "the issuer's keys could not be read again; the known ones hold",
      );
    }
  }

  #unavailable(cause: unknown): TwinError {
    const now = performance.now();
    if (now - this.#toldAt > PAUSE_MS) {
      this.#toldAt = now; // anybody can send tokens with unknown keys, and so fill the log
      this.#o.log.warn({ err: cause, issuer: this.#o.issuer }, "the issuer of sign-ins cannot be asked for its keys");
    }
    return new TwinError("UNAVAILABLE", "The sign-in service cannot be reached; try again later.", { cause });
  }
}

/** @throws Error with a sentence when there is no discovery document, or that of another issuer */
async function discover(issuer: string): Promise<z.output<typeof Discovered>> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
  if (!response.ok) {
    throw new Error(`${url} answered ${response.status}`);
  }
  const found = Discovered.safeParse(await response.json().catch(() => undefined));
  if (!found.success) {
    throw new Error(`${url} is no discovery document of OpenID Connect`);
  }
  if (found.data.issuer !== issuer) {
    throw new Error(`${url} says that the issuer is '${found.data.issuer}'; AUTH_ISSUER has to be exactly that`);
  }
  return found.data;
}

/** "discovery", "keys": what could not be had, and in words why. */
export type IssuerLook =
  | { kind: "ok"; keys: number; keysUrl: string }
  | { kind: "discovery" | "keys"; problem: string };

/** Looks for the issuer and its keys as a sign-in would. Never throws; for `doctor`. */
export async function lookAtIssuer(issuer: string): Promise<IssuerLook> {
  let keysUrl: string;
  try {
    keysUrl = (await discover(issuer)).jwks_uri;
  } catch (error) {
    return { kind: "discovery", problem: `${issuer} cannot be asked (${reasonOf(error)})` };
  }
  try {
    const keys = createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: TIMEOUT_MS });
    await keys.reload();
    const found = keys.jwks()?.keys.length ?? 0;
    return found > 0
      ? { kind: "ok", keys: found, keysUrl }
      : { kind: "keys", problem: `${keysUrl} has no keys: no token can be checked` };
  } catch (error) {
    return { kind: "keys", problem: `the keys at ${keysUrl} cannot be had (${reasonOf(error)})` };
  }
}
