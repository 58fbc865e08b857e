/**
 * Who may ask: checks a bearer token as Azure Digital Twins checks Entra's, against a key of one's own.
 *
 * Signature (HS256 by a secret, RS256 by a public key in PEM or a JWKS), audience, issuer, times; then the roles, where the
 * token has any. Without a TokenCheck, which is the default, nobody is asked.
 */
import { createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from "node:crypto";
import { isObject, type JsonObject } from "../types.ts";

export interface TokenOptions {
  /** An HS256 secret, a public key in PEM, or the JSON of a JWKS. */
  key: string;
  /** One of these has to be the token's. Default: those of Azure Digital Twins. */
  audience?: readonly string[];
  /** Absent: any. */
  issuer?: string;
}

export type Verdict = "granted" | "unauthorized" | "forbidden";

const AZURE_AUDIENCE = ["https://digitaltwins.azure.net", "0b07f429-9f4b-4714-9392-cc5e8e80c8b0"];
/** ms by which clocks may differ. */
const SKEW = 300_000;
const OWNER = "azure digital twins data owner";
const READER = "azure digital twins data reader";

type Algorithm = "HS256" | "RS256";
interface Key {
  algorithm: Algorithm;
  id: string | undefined;
  check: (signed: Buffer, signature: Buffer) => boolean;
}

export class TokenCheck {
  readonly #keys: readonly Key[];
  readonly #audience: readonly string[];
  readonly #issuer: string | undefined;
  readonly #clock: () => number;

  /** Throws an Error with a sentence when the key cannot be read. */
  constructor(options: TokenOptions & { clock: () => number }) {
    this.#keys = readKeys(options.key);
    this.#audience = (options.audience ?? AZURE_AUDIENCE).map(withoutSlash);
    this.#issuer = options.issuer;
    this.#clock = options.clock;
  }

  /** `isRead`: the request changes nothing. */
  check(authorization: string | undefined, isRead: boolean): Verdict {
    const claims = this.#claims(/^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(authorization ?? "")?.[1] ?? "");
    if (claims === undefined || !this.#isValid(claims)) {
      return "unauthorized";
    }
    const roles = listOf(claims["roles"]);
    return roles === undefined || roles.includes(OWNER) || (isRead && roles.includes(READER)) ? "granted" : "forbidden";
  }

  /** Of a token that is signed by one of the keys. */
  #claims(token: string): JsonObject | undefined {
    const [head = "", body = "", signature = ""] = token.split(".");
    const header = decode(head);
    const signed = Buffer.from(`${head}.${body}`);
    const isSigned = this.#keys.some(
      (key) =>
        key.algorithm === header?.["alg"] &&
        (key.id === undefined || header["kid"] === undefined || key.id === header["kid"]) &&
        key.check(signed, Buffer.from(signature, "base64url")),
    );
    return isSigned ? decode(body) : undefined;
  }

  #isValid({ aud, iss, exp, nbf }: JsonObject): boolean {
    const now = this.#clock();
    const audience = (Array.isArray(aud) ? aud : [aud]).map((one) => withoutSlash(String(one)));
    return (
      audience.some((one) => this.#audience.includes(one)) &&
      (this.#issuer === undefined || iss === this.#issuer) &&
      typeof exp === "number" &&
      exp * 1000 + SKEW > now &&
      (nbf === undefined || (typeof nbf === "number" && nbf * 1000 - SKEW <= now))
    );
  }
}

function decode(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function listOf(roles: unknown): string[] | undefined {
  if (roles === undefined) {
    return undefined;
  }
  return (Array.isArray(roles) ? roles : [roles]).map((role) => String(role).toLowerCase());
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

function readKeys(text: string): Key[] {
  const trimmed = text.trim();
  if (trimmed === "") {
    throw new Error("The key for tokens is empty: give an HS256 secret, a public key in PEM, or a JWKS.");
  }
  if (trimmed.startsWith("-----BEGIN")) {
    return [rsaKey(readPublicKey(trimmed), undefined)];
  }
  const jwks = trimmed.startsWith("{") ? readJwks(trimmed) : undefined;
  return jwks ?? [secretKey(Buffer.from(text.replace(/\r?\n$/, "")), undefined)];
}

function readPublicKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new Error("The key for tokens looks like PEM, but is no public key.", { cause: error });
  }
}

/** Undefined: it is no JWKS. */
function readJwks(text: string): Key[] | undefined {
  let jwks: unknown;
  try {
    jwks = JSON.parse(text);
  } catch {
    return undefined;
  }
  const keys = isObject(jwks) && Array.isArray(jwks["keys"]) ? jwks["keys"].filter(isObject) : [];
  const usable = keys.filter((key) => key["kty"] === "RSA" || key["kty"] === "oct");
  if (usable.length === 0) {
    throw new Error('The key for tokens is JSON, but no JWKS with a key of type RSA or oct: {"keys":[…]}.');
  }
  return usable.map((jwk) => {
    const id = typeof jwk["kid"] === "string" ? jwk["kid"] : undefined;
    return jwk["kty"] === "oct"
      ? secretKey(Buffer.from(String(jwk["k"]), "base64url"), id)
      : rsaKey(createPublicKey({ key: jwk, format: "jwk" }), id);
  });
}

function secretKey(secret: Buffer, id: string | undefined): Key {
  const check = (signed: Buffer, signature: Buffer) => {
    const expected = createHmac("sha256", secret).update(signed).digest();
    return signature.byteLength === expected.byteLength && timingSafeEqual(signature, expected);
  };
  return { algorithm: "HS256", id, check };
}

function rsaKey(key: KeyObject, id: string | undefined): Key {
  return { algorithm: "RS256", id, check: (signed, signature) => verify("RSA-SHA256", signed, key, signature) };
}
