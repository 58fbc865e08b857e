// An OpenID Connect issuer on a free port: discovery, keys, tokens, and what a page needs to sign somebody in: a page of
// its own with a button, authorization codes bound to PKCE challenges, rotating refresh tokens. Real HTTP, real keys.
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
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
  /** Who signs in at its page from now on. */
  person: Person;
  /** What was given out: "code" or "refresh", in order. */
  grants: string[];
  /** Forgets all refresh tokens, so that nobody renews. */
  revoke(): void;
  close(): Promise<void>;
}

export interface Person {
  claims: Record<string, unknown>;
  /** Of the tokens that the page gets, s. */
  lifetime: number;
  /** By how much the issuer's clock goes ahead, s. */
  ahead: number;
}

interface Code {
  challenge: string;
  nonce: string;
  redirect: string;
}

type Answer = (req: IncomingMessage, res: ServerResponse, url: URL) => unknown;

export async function newIssuer(): Promise<NewIssuer> {
  let key = await newKey("first");
  const codes = new Map<string, Code>();
  const refreshTokens = new Set<string>();
  const routes: Record<string, Answer> = {
    "/.well-known/openid-configuration": (_req, res) => json(res, 200, discovery(issuer.url)),
    "/keys": (_req, res) => {
      issuer.asked++;
      json(res, 200, { keys: [key.jwk] });
    },
    "/authorize": (_req, res, url) => askThePerson(res, url, codes),
    "/token": async (req, res) => {
      // Its page calls from another origin, with a POST that needs no preflight.
      const form = new URLSearchParams(await text(req));
      const nonce =
        form.get("grant_type") === "refresh_token" ? byRefreshToken(form, refreshTokens) : byCode(form, codes);
      if (nonce === undefined) {
        json(res, 400, { error: "invalid_grant" });
        return;
      }
      issuer.grants.push(form.get("grant_type") === "refresh_token" ? "refresh" : "code");
      json(res, 200, await grant(issuer, nonce, refreshTokens));
    },
    "/end": (_req, res, url) => redirect(res, url.searchParams.get("post_logout_redirect_uri") ?? "/"),
  };
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? "/", issuer.url);
    res.setHeader("access-control-allow-origin", "*");
    if (issuer.down) {
      res.statusCode = 503;
      res.end();
      return;
    }
    void (routes[url.pathname] ?? ((_req, to) => json(to, 404, {})))(req, res, url);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer: NewIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    down: false,
    asked: 0,
    person: { claims: {}, lifetime: 3600, ahead: 0 },
    grants: [],
    revoke: () => refreshTokens.clear(),
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

function discovery(url: string): object {
  return {
    issuer: url,
    jwks_uri: `${url}/keys`,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    end_session_endpoint: `${url}/end`,
    code_challenge_methods_supported: ["S256"],
  };
}

/** The issuer's page: the person allows it or does not. A request without PKCE is refused. */
function askThePerson(res: ServerResponse, url: URL, codes: Map<string, Code>): void {
  const get = (name: string) => url.searchParams.get(name) ?? "";
  if (get("code_challenge_method") !== "S256" || get("client_id") !== "plant" || get("response_type") !== "code") {
    json(res, 400, { error: "invalid_request" });
    return;
  }
  const code = randomUUID();
  codes.set(code, { challenge: get("code_challenge"), nonce: get("nonce"), redirect: get("redirect_uri") });
  const back = (answer: Record<string, string>) =>
    `${get("redirect_uri")}?${new URLSearchParams({ ...answer, state: get("state") })}`.replaceAll("&", "&amp;");
  res.setHeader("content-type", "text/html");
  res.end(`<!doctype html><title>Issuer</title><link rel="icon" href="data:,">
    <a href="${back({ code })}">Allow</a> <a href="${back({ error: "access_denied" })}">Deny</a>`);
}

/** The nonce that belongs to the code; undefined when code, address or verifier do not fit. Good for once. */
function byCode(form: URLSearchParams, codes: Map<string, Code>): string | undefined {
  const code = codes.get(form.get("code") ?? "");
  codes.delete(form.get("code") ?? "");
  const challenge = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  return code?.challenge === challenge && code.redirect === form.get("redirect_uri") ? code.nonce : undefined;
}

function byRefreshToken(form: URLSearchParams, known: Set<string>): string | undefined {
  return known.delete(form.get("refresh_token") ?? "") ? "" : undefined;
}

async function grant(issuer: NewIssuer, nonce: string, refreshTokens: Set<string>): Promise<object> {
  const { claims, lifetime, ahead } = issuer.person;
  const now = Math.floor(Date.now() / 1000);
  const refresh = randomUUID();
  refreshTokens.add(refresh);
  return {
    token_type: "Bearer",
    expires_in: lifetime,
    access_token: await issuer.token({ exp: now + lifetime, ...claims }),
    refresh_token: refresh,
    id_token: await issuer.token({
      iat: now + ahead,
      exp: now + ahead + lifetime,
      ...(ahead === 0 ? {} : { nbf: now + ahead }),
      ...(nonce === "" ? {} : { nonce }),
      ...claims,
    }),
  };
}

function json(res: ServerResponse, status: number, body: object): void {
  res.statusCode = status;
  res.setHeader("content-type", "application/json");
  res.end(JSON.stringify(body));
}

function redirect(res: ServerResponse, to: string): void {
  res.statusCode = 302;
  res.setHeader("location", to);
  res.end();
}

async function newKey(kid: string): Promise<{ privateKey: CryptoKey; jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" } };
}
