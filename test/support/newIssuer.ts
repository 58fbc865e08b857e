// An OpenID Connect issuer on a free port: discovery, keys, tokens. Real HTTP, real keys.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

export interface NewIssuer {
  url: string;
  /** Good for `audience` "plant" for an hour unless claims say otherwise; `undefined` takes a claim out. */
  token(claims?: Record<string, unknown>, header?: { kid?: string }): Promise<string>;
  /** The public key in use, as published. */
  publicKey(): JWK;
  /** From now on another key signs; `publish: false`: and the issuer does not tell. */
  rotate(): Promise<void>;
  /** Stops answering, or answers again. */
  down: boolean;
  /** How often keys were asked for. */
  asked: number;
  close(): Promise<void>;
}

export async function newIssuer(): Promise<NewIssuer> {
  let key = await newKey("first");
  const server = createServer((req, res) => {
    if (issuer.down) {
      res.statusCode = 503;
      res.end();
      return;
    }
    const isDiscovery = req.url === "/.well-known/openid-configuration";
    issuer.asked += isDiscovery ? 0 : 1;
    const body = isDiscovery ? { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` } : { keys: [key.jwk] };
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer: NewIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    down: false,
    asked: 0,
    publicKey: () => key.jwk,
    async token(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const all = { iss: issuer.url, aud: "plant", sub: "ada", name: "Ada", roles: ["operator"], exp: now + 3600 };
      const payload = Object.fromEntries(
        Object.entries({ ...all, ...claims }).filter(([, value]) => value !== undefined),
      ) as JWTPayload;
      const { kid = key.jwk.kid ?? "" } = header;
      return new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid }).sign(key.privateKey);
    },
    async rotate() {
      key = await newKey(`after ${key.jwk.kid}`);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return issuer;
}

async function newKey(kid: string): Promise<{ privateKey: CryptoKey; jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" } };
}
