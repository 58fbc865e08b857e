/**
 * Checks an Entra-like token with a key: RS256 or ES256 with a public key, HS256 with a secret. RFC 7519, RFC 7515.
 *
 * Used by Claims when the endpoint was given a key; without one, tokens are taken unseen.
 */
import { createHmac, type KeyObject, timingSafeEqual, verify } from "node:crypto";

/** What Event Hubs' tokens are issued for; with or without a slash at the end. */
const AUDIENCES = ["https://eventhubs.azure.net", "https://servicebus.azure.net"];

/** When the token ends, ms since epoch. Throws an Error whose message says why the token is not taken. */
export function checkJwt(token: string, key: KeyObject, now: number): number {
  const [head = "", body = "", tail = ""] = token.split(".");
  const algorithm = parse(head)["alg"];
  if (!isSigned(`${head}.${body}`, Buffer.from(tail, "base64url"), algorithm, key)) {
    throw new Error("InvalidSignature: The token has an invalid signature.");
  }
  const claims = parse(body);
  const until = seconds(claims["exp"]);
  if (!(until > now)) throw new Error("ExpiredToken: The token is expired.");
  if (seconds(claims["nbf"] ?? 0) > now) throw new Error("InvalidToken: The token is not valid yet.");
  const audiences = [claims["aud"]].flat().map((audience) => String(audience).replace(/\/$/, ""));
  if (!audiences.some((audience) => AUDIENCES.includes(audience))) {
    throw new Error(`InvalidAudience: The token is for '${audiences.join(", ")}', not for ${AUDIENCES[0]}.`);
  }
  return until;
}

function isSigned(text: string, signature: Buffer, algorithm: unknown, key: KeyObject): boolean {
  const data = Buffer.from(text);
  // The key's kind decides, so that a token cannot choose to be checked with a public key as if it were a secret.
  if (key.type === "secret") {
    const expected = createHmac("sha256", key).update(data).digest();
    return algorithm === "HS256" && signature.length === expected.length && timingSafeEqual(signature, expected);
  }
  if (key.asymmetricKeyType === "rsa") return algorithm === "RS256" && verify("sha256", data, key, signature);
  return algorithm === "ES256" && verify("sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature);
}

function parse(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // Said below.
  }
  throw new Error("InvalidToken: The token is no JSON Web Token.");
}

function seconds(value: unknown): number {
  return typeof value === "number" ? value * 1000 : Number.NaN;
}
