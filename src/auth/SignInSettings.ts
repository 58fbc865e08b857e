/** How people sign in, as the configuration says. Types only. */
import type { Role } from "../protocol/names.ts";

export type SignInSettings = Shared & ({ kind: "oidc"; issuer: string } | { kind: "secret"; secret: string });

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
