/**
 * Shared access signatures: what a token says, and whether its policy's key signed it.
 *
 * `SharedAccessSignature sr=…&sig=…&se=…&skn=…`; the signature is HMAC-SHA256 over the resource as it stands in the token, a
 * newline and the expiry. Used by Claims.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export interface SasToken {
  /** Name of the policy. */
  policy: string;
  /** What the token is for, an URI. */
  resource: string;
  /** ms since epoch; NaN when the token has none. */
  expiry: number;
  isSignedBy(key: string | Uint8Array): boolean;
}

const FORM = /^SharedAccessSignature\s+/;

export function readSasToken(token: string): SasToken {
  const fields = new Map(
    token
      .replace(FORM, "")
      .split("&")
      .map((pair): [string, string] => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
  const signed = `${fields.get("sr")}\n${fields.get("se")}`;
  const signature = Buffer.from(decode(fields.get("sig")), "base64");
  return {
    policy: decode(fields.get("skn")),
    resource: decode(fields.get("sr")),
    expiry: fields.get("se") ? Number(fields.get("se")) * 1000 : Number.NaN,
    isSignedBy: (key) => {
      const expected = createHmac("sha256", key).update(signed).digest();
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    },
  };
}

function decode(text: string | undefined): string {
  try {
    return decodeURIComponent(text ?? "");
  } catch {
    return "";
  }
}
