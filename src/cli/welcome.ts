/** What `npm start` prints: where it is and what to try once a player could join, what it waits for until then. Pure; called by main.ts. */
import type { App } from "../app.ts";
import type { Config } from "../config.ts";

export function welcome(app: App, config: Config): string {
  const { spaces, mirror } = app.services;
  const source = config.azure === undefined ? "the embedded cloud" : config.azure.digitalTwinsUrl;
  return `
  ${mirror.size} twins in ${spaces.list().length} spaces, from ${source}.

  Open     ${app.url}
${signIn(config)}${config.azure === undefined ? demo(app.url, spaces.first() ?? "", config) : ""}${writes(config)}`;
}

/** The page is there before the twins are. */
export function stillLoading(app: App, config: Config): string {
  return `
  No twins yet from ${config.azure?.digitalTwinsUrl ?? "the embedded cloud"}: it is asked again until it answers.

  Open     ${app.url}
  Reason   ${app.url}/health
  Stop     Ctrl-C
`;
}

function signIn({ signIn: settings }: Config): string {
  if (settings === undefined) {
    return "";
  }
  return settings.kind === "oidc"
    ? `  Sign in  at ${settings.issuer}\n`
    : "  Sign in  with a token: npx colyseus-digital-twins token --role operator (with the same AUTH_SECRET)\n";
}

/** Who may not write, where that is so. */
function writes({ azure, signIn: settings, readOnly }: Config): string {
  if (readOnly) {
    return "\n  Read-only: READ_ONLY is set.\n";
  }
  return azure !== undefined && settings === undefined
    ? "\n  Without sign-in a real Azure Digital Twins instance is read-only here, on this machine only.\n"
    : "";
}

function demo(url: string, space: string, { signIn: settings }: Config): string {
  const join = settings === undefined ? "join" : "sign in";
  return `  Try      ${join} as operator, pick a pump in ${space}, change its speed set-point, and see it follow
           open the page a second time: both show the same
           ${join} as builder, place a twin, move it, restart: it is still there
  REST     ${url}/api/v1/twins      all of it: ${url}/docs
  Replay   npm run replay -- FILE --map MAPPING      real telemetry into a real office room
  Stop     Ctrl-C
`;
}
