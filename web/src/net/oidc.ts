/**
 * Signing in at an OpenID Connect issuer: authorization code flow with PKCE (RFC 7636, OpenID Connect Core 3.1). Loaded
 * when the server asks for a sign-in, and called by `Account`. Everything throws `SignInError` with a sentence.
 */
import * as oauth from "oauth4webapi";
import type { SignInOffer } from "../../../src/protocol/signIn.ts";
import { S } from "../strings.ts";

export type Issuer = Extract<SignInOffer, { kind: "oidc" }>;

/** What is kept while the person is at the issuer. */
export interface Pending {
  state: string;
  nonce: string;
  verifier: string;
  /** Where the page was: its address's query. */
  search: string;
}

export interface Tokens {
  access: string;
  /** "" when the issuer gave none: the sign-in cannot be renewed silently. */
  refresh: string;
  /** "" when the issuer gave none. */
  id: string;
  /** ms since epoch, by this machine's clock; 0 when unknown. */
  expiresAt: number;
}

export class SignInError extends Error {
  override readonly name = "SignInError";
  /** The same again later may do. */
  readonly passing: boolean;

  constructor(message: string, options: { cause: unknown; passing?: boolean }) {
    super(message, options);
    this.passing = options.passing ?? false;
  }
}

/** Address of the issuer's page, and what to keep until the person is back. */
export async function begin(issuer: Issuer): Promise<{ url: string; pending: Pending }> {
  return await told(async () => {
    const server = await discover(issuer);
    const pending = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      search: location.search,
    };
    const url = new URL(server.authorization_endpoint ?? "");
    const asked = {
      client_id: issuer.clientId,
      response_type: "code",
      redirect_uri: here(),
      scope: issuer.scopes,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(asked)) {
      url.searchParams.set(name, value);
    }
    return { url: url.href, pending };
  });
}

/** `answer`: the query with which the issuer sent the person back. */
export async function finish(issuer: Issuer, answer: URLSearchParams, pending: Pending): Promise<Tokens> {
  return await told(async () => {
    const server = await discover(issuer);
    const client = { client_id: issuer.clientId };
    const params = oauth.validateAuthResponse(server, client, answer, pending.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      params,
      here(),
      pending.verifier,
      transport(issuer),
    );
    const given = await oauth.processAuthorizationCodeResponse(server, client, response, {
      ...(asksForId(issuer) ? { expectedNonce: pending.nonce, requireIdToken: true } : {}),
    });
    return tokensOf(given);
  });
}

export async function refresh(issuer: Issuer, held: Tokens): Promise<Tokens> {
  return await told(async () => {
    const server = await discover(issuer);
    const client = { client_id: issuer.clientId };
    const response = await oauth.refreshTokenGrantRequest(
      server,
      client,
      oauth.None(),
      held.refresh,
      transport(issuer),
    );
    const given = tokensOf(await oauth.processRefreshTokenResponse(server, client, response));
    // An issuer that does not rotate refresh tokens, or sends no new id token, means that the old ones hold.
    return { ...given, refresh: given.refresh || held.refresh, id: given.id || held.id };
  });
}

/** Where the issuer ends its own session; undefined when it has no such page, or is away. */
export async function endOfSession(issuer: Issuer, { id }: Tokens): Promise<string | undefined> {
  const server = await discover(issuer).catch(() => undefined);
  if (server?.end_session_endpoint === undefined) {
    return undefined;
  }
  const url = new URL(server.end_session_endpoint);
  url.searchParams.set("client_id", issuer.clientId);
  url.searchParams.set("post_logout_redirect_uri", here());
  if (id !== "") {
    url.searchParams.set("id_token_hint", id);
  }
  return url.href;
}

async function discover(issuer: Issuer): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer.issuer);
  try {
    return await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, transport(issuer)));
  } catch (cause) {
    throw new SignInError(S.signIn.away(url.host), { cause, passing: true });
  }
}

/** http is for an issuer on this machine; the server's settings allow no other (docs/configuration.md, AUTH_ISSUER). */
function transport({ issuer }: Issuer) {
  return { [oauth.allowInsecureRequests]: issuer.startsWith("http:") };
}

function asksForId({ scopes }: Issuer): boolean {
  return scopes.split(" ").includes("openid");
}

function here(): string {
  return `${location.origin}/`;
}

function tokensOf(given: oauth.TokenEndpointResponse): Tokens {
  return {
    access: given.access_token,
    refresh: given.refresh_token ?? "",
    id: given.id_token ?? "",
    expiresAt: given.expires_in === undefined ? 0 : Date.now() + given.expires_in * 1000,
  };
}

/** Faults as sentences. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  if (!window.isSecureContext) {
    throw new SignInError(S.signIn.insecure, { cause: location.origin });
  }
  try {
    return await work();
  } catch (error) {
    throw error instanceof SignInError ? error : translated(error);
  }
}

function translated(cause: unknown): SignInError {
  if (cause instanceof oauth.AuthorizationResponseError) {
    const text =
      cause.error === "access_denied" ? S.signIn.denied : S.signIn.failed(cause.error_description ?? cause.error);
    return new SignInError(text, { cause });
  }
  if (cause instanceof oauth.ResponseBodyError) {
    const text =
      cause.error === "invalid_grant" ? S.signIn.ended : S.signIn.failed(cause.error_description ?? cause.error);
    return new SignInError(text, { cause });
  }
  if (cause instanceof oauth.OperationProcessingError && cause.code === oauth.JWT_TIMESTAMP_CHECK) {
    return new SignInError(S.signIn.clock, { cause });
  }
  if (cause instanceof TypeError) {
    return new SignInError(S.signIn.away(""), { cause, passing: true }); // fetch: no answer
  }
  return new SignInError(S.signIn.failed(cause instanceof Error ? cause.message : String(cause)), { cause });
}
