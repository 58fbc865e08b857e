/**
 * `npx colyseus-digital-twins token --role operator`: a token for development, signed with AUTH_SECRET. With an issuer
 * (AUTH_ISSUER) tokens come from there. Made from the same settings that the server reads, so that it is taken.
 */
import { parseArgs } from "node:util";
import { SignJWT } from "jose";
import { DEVELOPMENT_ISSUER } from "../auth/SignIn.ts";
import type { SignInSettings } from "../auth/SignInSettings.ts";
import { loadConfig } from "../config.ts";
import { ROLES, type Role } from "../protocol/names.ts";

const USAGE = `usage: AUTH_SECRET=… colyseus-digital-twins token --role ROLE … [--name NAME] [--hours N]

  --role    ${ROLES.join(", ")}; may be repeated
  --name    who it is for (default: developer)
  --hours   how long it lasts (default: 8)`;
const MOST_HOURS = 24 * 30;

interface Terminal {
  out(text: string): void;
  error(text: string): void;
}

/** The exit code. */
export async function token(
  args: string[],
  env: Record<string, string | undefined>,
  terminal: Terminal,
): Promise<number> {
  if (args.includes("--help")) {
    terminal.out(USAGE);
    return 0;
  }
  try {
    const asked = readArguments(args);
    terminal.out(await sign(asked, secretOf(env)));
    return 0;
  } catch (error) {
    terminal.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

interface Asked {
  roles: readonly Role[];
  name: string;
  hours: number;
}

function readArguments(args: string[]): Asked {
  const { values } = parseArgs({
    args,
    options: { role: { type: "string", multiple: true }, name: { type: "string" }, hours: { type: "string" } },
  });
  const roles = (values.role ?? []).map((text) => ROLES.find((role) => role === text));
  const hours = Number(values.hours ?? 8);
  if (roles.length === 0 || roles.includes(undefined) || !(hours > 0 && hours <= MOST_HOURS)) {
    throw new Error(USAGE);
  }
  return { roles: roles as Role[], name: values.name ?? "developer", hours };
}

type SecretSettings = SignInSettings & { kind: "secret" };

function secretOf(env: Record<string, string | undefined>): SecretSettings {
  const { signIn } = loadConfig(env);
  if (signIn?.kind !== "secret") {
    throw new Error(
      signIn
        ? "Tokens come from the issuer (AUTH_ISSUER); this command makes them for a shared secret only."
        : "AUTH_SECRET is not set: give the server and this command the same one, e.g. from `openssl rand -base64 32`.",
    );
  }
  return signIn;
}

/** Roles by the names that the configuration gives them, in the claim that it names. */
function sign({ roles, name, hours }: Asked, settings: SecretSettings): Promise<string> {
  const names = roles.map((role) => {
    const found = Object.entries(settings.roles).find(([, mapped]) => mapped === role);
    if (!found) {
      throw new Error(`AUTH_ROLES gives nobody the role ${role}.`);
    }
    return found[0];
  });
  const claim = settings.rolesClaim
    .split(".")
    .reduceRight<unknown>((value, member) => ({ [member]: value }), names) as Record<string, unknown>;
  return new SignJWT({ name, ...claim })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(DEVELOPMENT_ISSUER)
    .setAudience([...settings.audience])
    .setSubject(name)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000 + hours * 3600))
    .sign(new TextEncoder().encode(settings.secret));
}
