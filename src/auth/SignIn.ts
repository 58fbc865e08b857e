/**
 * Who holds this token? Checks a JWT (signature, issuer, audience, times) and reads name and roles from its claims. Keys
 * come from an OpenID Connect issuer (OidcKeys.ts), or are a shared secret for development.
 *
 * Called by rooms when somebody joins or renews, by REST for every request. Says nothing about what the roles may do.
 */
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import { TwinError } from "../errors.ts";
import { ROLES, type Role } from "../protocol/names.ts";
import type { SignInOffer } from "../protocol/signIn.ts";
import { highest } from "./AccessPolicy.ts";
import { OidcKeys } from "./OidcKeys.ts";
import type { SignInSettings } from "./SignInSettings.ts";
import { VerifiedTokens } from "./VerifiedTokens.ts";

/** What a token says. */
export interface Identity {
  /** Stable for the person: issuer and `sub`. A token that renews has to name the same. */
  subject: string;
  name: string;
  role: Role;
  roles: readonly Role[];
  /** ms since epoch; from then on there are no roles. */
  expiresAt: number;
}

export interface SignIn {
  /** What a page has to know to sign somebody in. */
  readonly offer: SignInOffer;
  /** Of the issuer, for the page's security policy; known in full once it has been asked. */
  origins(): readonly string[];
  /** FORBIDDEN with status 401 when the token is not good, UNAVAILABLE when the issuer's keys cannot be had. */
  verify(token: string | undefined): Promise<Identity>;
  close(): void;
}

export interface SignInOptions {
  settings: SignInSettings;
  log: { warn(o: object, text: string): void };
  clock?: () => number;
  /** OidcKeys */
  cooldownMs?: number;
}

/** Pinned per kind of key, so that nobody presents a public key as a secret, or no signature at all. */
const ASYMMETRIC = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
const SYMMETRIC = ["HS256"];
/** A token is a header of each request; nobody needs longer ones, and hostile ones cost time. */
const LONGEST_TOKEN = 16_384;
export const DEVELOPMENT_ISSUER = "colyseus-digital-twins";

export function newSignIn({ settings, log, clock = Date.now, cooldownMs }: SignInOptions): SignIn {
  const keys = settings.kind === "oidc" ? new OidcKeys({ issuer: settings.issuer, log, cooldownMs }) : undefined;
  const secret = settings.kind === "secret" ? new TextEncoder().encode(settings.secret) : undefined;
  const options: JWTVerifyOptions = {
    issuer: settings.kind === "oidc" ? settings.issuer : DEVELOPMENT_ISSUER,
    audience: [...settings.audience],
    algorithms: settings.kind === "oidc" ? ASYMMETRIC : SYMMETRIC,
    clockTolerance: settings.clockToleranceSeconds,
    requiredClaims: ["exp", "sub"],
  };
  const check = (token: string) => {
    const now = { ...options, currentDate: new Date(clock()) };
    return secret === undefined
      ? jwtVerify(token, (header, jws) => (keys as OidcKeys).find(header, jws), now)
      : jwtVerify(token, secret, now);
  };
  const verified = new VerifiedTokens(clock);
  const keysNow = (): object | undefined => secret ?? keys?.current();
  return {
    offer: offerOf(settings),
    origins: () => keys?.origins() ?? [],
    async verify(token) {
      if (token === undefined || token === "") {
        throw refused("This server asks for a sign-in: send a token as `Authorization: Bearer …`.");
      }
      if (token.length > LONGEST_TOKEN) {
        throw refused(`The token is longer than ${LONGEST_TOKEN} characters.`);
      }
      const before = keysNow();
      const known = verified.get(token, before);
      if (known !== undefined) {
        return known;
      }
      try {
        const identity = identityOf((await check(token)).payload, settings);
        if (before !== undefined && before === keysNow()) {
          verified.set(token, identity, before);
        }
        return identity;
      } catch (error) {
        throw translated(error);
      }
    },
    close: () => keys?.close(),
  };
}

function offerOf(settings: SignInSettings): SignInOffer {
  if (settings.kind === "secret") {
    return { kind: "token" };
  }
  const { kind, issuer, clientId, scopes } = settings;
  return { kind, issuer, clientId, scopes };
}

function identityOf(claims: JWTPayload, settings: SignInSettings): Identity {
  const roles = rolesIn(at(claims, settings.rolesClaim), settings.roles);
  if (roles.length === 0) {
    const expected = Object.keys(settings.roles).join(", ");
    throw refused(
      `The token names no role of this server: its claim '${settings.rolesClaim}' has none of ${expected}.`,
    );
  }
  const tolerance = settings.clockToleranceSeconds * 1000;
  return {
    subject: `${claims.iss ?? ""} ${claims.sub ?? ""}`,
    name: nameIn(claims),
    role: highest(roles),
    roles,
    expiresAt: (claims.exp ?? 0) * 1000 + tolerance,
  };
}

/** `roles`, or `realm_access.roles`; a name with dots that is a claim itself comes first. */
function at(claims: JWTPayload, path: string): unknown {
  return Object.hasOwn(claims, path)
    ? claims[path]
    : path
        .split(".")
        .reduce<unknown>(
          (value, name) =>
            typeof value === "object" && value !== null && Object.hasOwn(value, name)
              ? (value as Record<string, unknown>)[name]
              : undefined,
          claims,
        );
}

/** A list, or names separated by blanks as in `scp`. */
function rolesIn(claim: unknown, mapping: Readonly<Record<string, Role>>): Role[] {
  const given = typeof claim === "string" ? claim.split(" ") : Array.isArray(claim) ? claim : [];
  const known = new Set(given.flatMap((name) => (Object.hasOwn(mapping, String(name)) ? [mapping[String(name)]] : [])));
  return ROLES.filter((role) => known.has(role));
}

function nameIn({ name, preferred_username: user, sub }: JWTPayload): string {
  return [name, user, sub].find((text): text is string => typeof text === "string" && text !== "") ?? "somebody";
}

/** Refused with 401: nobody is signed in, or no longer. */
export function refused(message: string, cause?: unknown): TwinError {
  return new TwinError("FORBIDDEN", message, { status: 401, ...(cause === undefined ? {} : { cause }) });
}

function translated(error: unknown): TwinError {
  if (error instanceof TwinError) {
    return error;
  }
  if (error instanceof errors.JWTExpired) {
    return refused("The token has expired: sign in again.", error);
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refused(`The token is not for this server: its claim '${error.claim}' is not as configured.`, error);
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return refused("The token is signed in a way that this server does not accept.", error);
  }
  if (error instanceof errors.JOSEError || error instanceof TypeError) {
    return refused("The token is not valid.", error);
  }
  throw error;
}
