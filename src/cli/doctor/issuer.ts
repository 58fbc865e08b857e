/** `doctor` and the issuer of sign-ins: can it be found, and has it keys? */
import { lookAtIssuer } from "../../auth/OidcKeys.ts";
import type { SignInSettings } from "../../auth/SignInSettings.ts";
import type { Finding } from "./Finding.ts";

const what = "issuer of sign-ins";
const CURES = {
  discovery:
    "AUTH_ISSUER is what stands in the tokens' claim iss, for Entra ID https://login.microsoftonline.com/<tenant>/v2.0; look at DNS and firewalls too",
  keys: "the server reads keys from the jwks_uri of the discovery document: it has to reach that host too",
};

export async function issuer(settings: SignInSettings | undefined): Promise<Finding[]> {
  if (settings?.kind !== "oidc") {
    return [];
  }
  const look = await lookAtIssuer(settings.issuer);
  if (look.kind === "ok") {
    return [{ what, state: "ok", text: `${settings.issuer} answers, with ${look.keys} keys at ${look.keysUrl}` }];
  }
  return [{ what, state: "wrong", text: look.problem, cure: CURES[look.kind] }];
}
