/** The settings of sign-in and rights: their keys, what they come to, and what is wrong between them. Called by config.ts. */
import { z } from "zod";
import type { SignInSettings } from "../auth/SignInSettings.ts";
import { ROLES, type Role } from "../protocol/names.ts";
import { list } from "./list.ts";

/** HS256 asks for as many bits as its hash has (RFC 7518, 3.2). */
const SECRET_BYTES = 32;
const MAPPING = /^([^=]+)=(player|builder|operator|admin)$/;
const TOLERANCE = "expected a whole number of seconds, from 0 to 300";

export const signInKeys = {
  AUTH_ISSUER: z
    .url({
      protocol: /^https?$/,
      error: "expected the issuer's URL, such as https://login.microsoftonline.com/<tenant>/v2.0",
    })
    .optional(),
  AUTH_SECRET: z
    .string()
    .refine(
      (text) => Buffer.byteLength(text) >= SECRET_BYTES,
      `expected at least ${SECRET_BYTES} bytes; make one with: openssl rand -base64 32`,
    )
    .optional(),
  AUTH_AUDIENCE: list.pipe(z.array(z.string())).default([]),
  AUTH_CLIENT_ID: z.string().min(1).optional(),
  AUTH_SCOPES: z.string().min(1).default("openid profile offline_access"),
  AUTH_ROLES_CLAIM: z.string().min(1).default("roles"),
  AUTH_ROLES: list
    .pipe(z.array(z.string().regex(MAPPING, "expected <name in the token>=<role>, e.g. Plant.Operator=operator")))
    .default(ROLES.map((role) => `${role}=${role}`)),
  AUTH_CLOCK_TOLERANCE: z.coerce.number(TOLERANCE).int(TOLERANCE).min(0, TOLERANCE).max(300, TOLERANCE).default(30),
};

type Values = z.output<z.ZodObject<typeof signInKeys>>;

/** undefined: nobody signs in. */
export function signInSettings(e: Values): SignInSettings | undefined {
  const shared = {
    rolesClaim: e.AUTH_ROLES_CLAIM,
    roles: Object.fromEntries(e.AUTH_ROLES.map(mapping)),
    clockToleranceSeconds: e.AUTH_CLOCK_TOLERANCE,
  };
  if (e.AUTH_ISSUER !== undefined) {
    const clientId = e.AUTH_CLIENT_ID ?? e.AUTH_AUDIENCE[0] ?? "";
    return {
      kind: "oidc",
      issuer: e.AUTH_ISSUER,
      clientId,
      scopes: e.AUTH_SCOPES,
      audience: e.AUTH_AUDIENCE,
      ...shared,
    };
  }
  const audience = e.AUTH_AUDIENCE.length > 0 ? e.AUTH_AUDIENCE : ["colyseus-digital-twins"];
  return e.AUTH_SECRET === undefined ? undefined : { kind: "secret", secret: e.AUTH_SECRET, audience, ...shared };
}

export function signInProblems(e: Values): string[] {
  const problems: string[] = [];
  if (e.AUTH_ISSUER !== undefined && e.AUTH_SECRET !== undefined) {
    problems.push("AUTH_SECRET: set beside AUTH_ISSUER. Tokens come from one of them; unset the other");
  }
  if (e.AUTH_ISSUER !== undefined && e.AUTH_AUDIENCE.length === 0) {
    problems.push(
      "AUTH_AUDIENCE: not set although AUTH_ISSUER is. Without it a token for any other application would be taken",
    );
  }
  if (e.AUTH_ISSUER?.startsWith("http:") && !isLoopback(e.AUTH_ISSUER)) {
    problems.push("AUTH_ISSUER: http is for an issuer on this machine only; use https");
  }
  return problems;
}

export function isLoopback(url: string): boolean {
  return ["127.0.0.1", "localhost", "::1"].includes(new URL(url).hostname.replace(/[[\]]/g, ""));
}

function mapping(text: string): [string, Role] {
  const [, name = "", role] = MAPPING.exec(text) ?? [];
  return [name.trim(), role as Role];
}
