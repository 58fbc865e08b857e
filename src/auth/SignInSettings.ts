/** How people sign in, as the configuration says. Types only. */
import type { Role } from "../protocol/names.ts";

export type SignInSettings = Shared & (Oidc | { kind: "secret"; secret: string });

interface Oidc {
  kind: "oidc";
  issuer: string;
  /** What the page calls itself at the issuer, and what it asks for there. */
  clientId: string;
  scopes: string;
}

interface Shared {
  /** A token has to be for one of these. */
  audience: readonly string[];
  /** Name of the claim, or a path with dots. */
  rolesClaim: string;
  /** What stands in that claim → role. */
  roles: Readonly<Record<string, Role>>;
  /** By how much the issuer's clock may differ. */
  clockToleranceSeconds: number;
}
