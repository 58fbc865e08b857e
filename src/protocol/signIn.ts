/** How a page signs somebody in, as /health tells it (`signIn`). Types only; a token is pasted where there is no issuer. */
export type SignInOffer = { kind: "oidc"; issuer: string; clientId: string; scopes: string } | { kind: "token" };
